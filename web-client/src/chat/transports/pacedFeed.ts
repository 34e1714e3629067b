import type { PacedStream, StreamHandlers } from '../../rsocket/creditStream'
import type { RequestFailure } from '../../rsocket/failure'
import { guarded } from '../../rsocket/guard'
import type { RoomEvent } from '../contract'
import type { FeedPosition } from './roomTransport'

/** The reader's end of a feed over a door that has no request(n) of its own: what is granted, where it is, and whether it is over. */
export class PacedFeed implements PacedStream {
  /** Aborted when the feed is over, from whichever side. */
  readonly signal: AbortSignal
  readonly epoch: string
  readonly #abort = new AbortController()
  readonly #onNext: (event: RoomEvent) => void
  readonly #onEnd: (failure?: RequestFailure) => void
  #credit: number
  #after: number
  #wake: (() => void) | undefined

  constructor(position: FeedPosition, handlers: StreamHandlers<RoomEvent>, initial: number) {
    this.signal = this.#abort.signal
    this.epoch = position.epoch
    this.#after = position.after
    this.#credit = initial
    this.#onNext = guarded((event: RoomEvent) => handlers.onNext(event))
    this.#onEnd = guarded((failure?: RequestFailure) => handlers.onEnd?.(failure))
  }

  /** Events that may still be taken. */
  get credit(): number {
    return this.#credit
  }

  /** Seq of the last entry taken. */
  get after(): number {
    return this.#after
  }

  get ended(): boolean {
    return this.signal.aborted
  }

  request(n: number): void {
    if (!this.ended) {
      this.#credit += n
      this.#wake?.()
    }
  }

  cancel(): void {
    this.#abort.abort()
    this.#wake?.()
  }

  /** Hands an event over, for one credit. One that is behind the position already was brought twice, and costs nothing. */
  take(event: RoomEvent): void {
    if (this.ended || event.seq <= this.#after) {
      return
    }
    this.#credit--
    this.#after = event.type === 'gap' ? event.to : event.seq
    this.#onNext(event)
  }

  end(failure?: RequestFailure): void {
    if (!this.ended) {
      this.cancel()
      this.#onEnd(failure)
    }
  }

  /** Resolves when there is credit, or the feed is over. */
  async hasCredit(): Promise<void> {
    while (this.#credit <= 0 && !this.ended) {
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}

/** Runs what reads a feed; how it fails is how the feed ends. */
export function run(feed: PacedFeed, read: () => Promise<void>, toFailure: (reason: unknown) => RequestFailure): PacedFeed {
  read().then(
    () => feed.end(),
    (reason: unknown) => feed.end(toFailure(reason)),
  )
  return feed
}
