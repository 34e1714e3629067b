import { RequestFailure } from '../rsocket/failure'
import type { OutgoingMessage, SendAnswer, SendRequest } from './contract'
import type { KeptMessage, OutboxKeeper } from './outboxStorage'

export interface OutboxEntry extends Readonly<OutgoingMessage> {
  readonly id: string
  /** `waiting` for a connection or an earlier message, `sending`, `sent` but not in the room's feed yet, or `failed` for good. */
  readonly state: 'waiting' | 'sending' | 'sent' | 'failed'
  readonly seq?: number
  /** Why it failed, for people. */
  readonly reason?: string
}

export type Deliver = (message: SendRequest) => Promise<SendAnswer>

export interface OutboxOptions {
  /** Called after each change with the new list. */
  onChange?: (entries: readonly OutboxEntry[]) => void
  /** ms before a message that met a retryable failure is tried again on the same connection. @default 2000 */
  retryAfterMs?: number
  /** Messages that may be under way, 1..2³¹-1; above it `add` refuses. @default 100 */
  limit?: number
  /** @default crypto.randomUUID */
  newId?: () => string
  /** Where messages survive a reload. @default nowhere */
  keeper?: OutboxKeeper
  /** Why a message failed, for people. @default the server's sentence */
  explain?: (failure: RequestFailure) => string
}

/** Not the message's fault: it waits for a newer sign-in, or for its turn. */
const LATER: ReadonlySet<string> = new Set(['unauthenticated', 'rate_limited'])

/**
 * The messages of one room that are on their way, sent one after the other so that they keep their order. Each has its own id, so
 * sending it again after a lost connection cannot make a second message.
 */
export class Outbox {
  readonly #room: string
  readonly #options: OutboxOptions
  #entries: readonly OutboxEntry[] = []
  #deliver: Deliver | undefined
  #busy = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(room: string, options: OutboxOptions = {}) {
    this.#room = room
    this.#options = options
    const kept = options.keeper?.load() ?? []
    this.#entries = kept.map(({ failed, ...message }) => ({ ...message, state: failed === undefined ? 'waiting' : 'failed', reason: failed }))
  }

  get entries(): readonly OutboxEntry[] {
    return this.#entries
  }

  /** False when there are too many already. */
  add(message: OutgoingMessage): boolean {
    if (this.#entries.length >= (this.#options.limit ?? 100)) {
      return false
    }
    const id = this.#options.newId?.() ?? newMessageId()
    this.#options.keeper?.save({ ...message, id })
    this.#change([...this.#entries, { ...message, id, state: 'waiting' }])
    void this.#pump()
    return true
  }

  /** A connection to send on, or `undefined` while there is none. */
  use(deliver: Deliver | undefined): void {
    this.#deliver = deliver
    clearTimeout(this.#timer)
    void this.#pump()
  }

  retry(id: string): void {
    this.#patch(id, { state: 'waiting', reason: undefined })
    this.#keep(id)
    void this.#pump()
  }

  discard(id: string): void {
    this.#options.keeper?.remove(id)
    this.#change(this.#entries.filter((entry) => entry.id !== id))
  }

  /** Another page of this user has sent or discarded it. */
  forget(id: string): void {
    this.#change(this.#entries.filter((entry) => entry.id !== id || entry.state === 'sending' || entry.state === 'sent'))
  }

  /** The room shows the entries up to `lastSeq`, among them the messages `shownIds`: those are no longer under way. */
  settle(lastSeq: number, shownIds: ReadonlySet<string>): void {
    const left = this.#entries.filter((entry) => !shownIds.has(entry.id) && !(entry.seq !== undefined && entry.seq <= lastSeq))
    if (left.length !== this.#entries.length) {
      // One that the feed shows was sent, even when its answer was lost.
      this.#entries.filter((entry) => !left.includes(entry)).forEach(({ id }) => this.#options.keeper?.remove(id))
      this.#change(left)
    }
  }

  async #pump(): Promise<void> {
    const next = this.#entries.find((entry) => entry.state === 'waiting')
    const deliver = this.#deliver
    if (this.#busy || next === undefined || deliver === undefined) {
      return
    }
    this.#busy = true
    this.#patch(next.id, { state: 'sending' })
    try {
      const { seq } = await deliver(toRequest(this.#room, next))
      this.#options.keeper?.remove(next.id)
      this.#patch(next.id, { state: 'sent', seq })
    } catch (error) {
      this.#failed(next.id, RequestFailure.from(error), deliver)
      return
    } finally {
      this.#busy = false
    }
    void this.#pump()
  }

  #failed(id: string, failure: RequestFailure, deliver: Deliver): void {
    if (!failure.retryable && !LATER.has(failure.kind)) {
      this.#patch(id, { state: 'failed', reason: this.#options.explain?.(failure) ?? failure.sentence })
      this.#keep(id)
      // The next one may be fine; it must not be tried within this call, which is still marked busy.
      queueMicrotask(() => void this.#pump())
      return
    }
    this.#patch(id, { state: 'waiting' })
    if (deliver === this.#deliver) {
      this.#timer = setTimeout(() => void this.#pump(), this.#options.retryAfterMs ?? 2000)
    } else {
      // A new connection came while the old one was failing.
      queueMicrotask(() => void this.#pump())
    }
  }

  #keep(id: string): void {
    const entry = this.#entries.find((each) => each.id === id)
    if (entry !== undefined) {
      this.#options.keeper?.save(toKept(entry))
    }
  }

  #patch(id: string, change: Partial<OutboxEntry>): void {
    this.#change(this.#entries.map((entry) => (entry.id === id ? { ...entry, ...change } : entry)))
  }

  #change(entries: readonly OutboxEntry[]): void {
    this.#entries = entries
    this.#options.onChange?.(entries)
  }
}

/** crypto.randomUUID exists only on https and localhost; a server on a plain http address of the home network has getRandomValues. */
function newMessageId(): string {
  if (typeof crypto.randomUUID === 'function') {
    return crypto.randomUUID()
  }
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function toKept({ state, seq: _, reason, ...message }: OutboxEntry): KeptMessage {
  return state === 'failed' ? { ...message, failed: reason ?? '' } : message
}

function toRequest(room: string, { id, text, replyTo, mentions, attachments, meta }: OutboxEntry): SendRequest {
  return { room, id, text, replyTo, mentions, attachments, meta }
}
