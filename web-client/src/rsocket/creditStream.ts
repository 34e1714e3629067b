import type { OnExtensionSubscriber, OnNextSubscriber, OnTerminalSubscriber, Payload, Requestable, Cancellable } from 'rsocket-core'
import type { DataFormat } from './format'
import { RequestFailure } from './failure'
import { guarded } from './guard'

export interface StreamHandlers<T> {
  /** One element; it has used up one credit. */
  onNext(value: T): void
  /** The stream is over. Not called after `cancel()`. */
  onEnd?(failure?: RequestFailure): void
}

/** A stream that brings no more than it was asked for. */
export interface PacedStream {
  readonly ended: boolean
  /** Lets the other side send `n` more elements (1..2³¹-1). Grants add up. Does nothing when the stream is over. */
  request(n: number): void
  /** Ends the stream from this side; no handler is called any more. */
  cancel(): void
}

/** What rsocket-js returns from and takes for requestStream. */
export type OpenStream = (initial: number, subscriber: OnTerminalSubscriber & OnNextSubscriber & OnExtensionSubscriber) => Requestable & Cancellable

/** One request-stream whose credit is granted by hand. Nothing is granted unless `request` is called. */
export class CreditStream<T> implements PacedStream {
  readonly #format: Pick<DataFormat, 'decode'>
  readonly #onNext: (value: T) => void
  readonly #onEnd: (failure?: RequestFailure) => void
  #upstream: (Requestable & Cancellable) | undefined
  #ended = false

  /** @param initial Credit in the request itself, 1..2³¹-1. */
  constructor(open: OpenStream, format: Pick<DataFormat, 'decode'>, handlers: StreamHandlers<T>, initial: number) {
    requirePositive(initial)
    this.#format = format
    this.#onNext = guarded((value: T) => handlers.onNext(value))
    this.#onEnd = guarded((failure?: RequestFailure) => handlers.onEnd?.(failure))
    this.#upstream = open(initial, {
      onNext: (payload, isComplete) => this.#next(payload, isComplete),
      onComplete: () => this.#end(),
      onError: (error) => this.#end(RequestFailure.from(error)),
      onExtension: () => {},
    })
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Lets the server send `n` more elements (1..2³¹-1). Grants add up. Does nothing when the stream is over. */
  request(n: number): void {
    requirePositive(n)
    if (!this.#ended) {
      this.#upstream?.request(n)
    }
  }

  /** Ends the stream from this side; no handler is called any more. */
  cancel(): void {
    if (!this.#ended) {
      this.#ended = true
      this.#upstream?.cancel()
    }
  }

  #next(payload: Payload, isComplete: boolean): void {
    if (this.#ended) {
      return
    }
    let value: T
    try {
      value = this.#format.decode(payload.data ?? new Uint8Array()) as T
    } catch {
      this.#upstream?.cancel()
      this.#end(RequestFailure.local('undecodable', 'The server sent data this client cannot read.'))
      return
    }
    this.#onNext(value)
    // rsocket-js does not call onComplete for an element that carries the completion.
    if (isComplete) {
      this.#end()
    }
  }

  #end(failure?: RequestFailure): void {
    if (!this.#ended) {
      this.#ended = true
      this.#onEnd(failure)
    }
  }
}

function requirePositive(n: number): void {
  if (!Number.isInteger(n) || n < 1 || n > 0x7fffffff) {
    throw new RangeError(`Credit ${n} is outside 1..2147483647.`)
  }
}
