import { backoffDelay, type BackoffOptions } from './backoff'
import type { Connection } from './connection'
import { RequestFailure } from './failure'
import { guarded } from './guard'

export type LinkState =
  | { kind: 'connecting'; attempt: number }
  | { kind: 'open'; connection: Connection }
  | { kind: 'waiting'; attempt: number; retryAt: number; failure: RequestFailure }
  | { kind: 'stopped'; failure?: RequestFailure }

export interface LinkOptions {
  /** Back-off between attempts. Without it (`false`) the first failure stops the link. */
  reconnect?: BackoffOptions | false
  /** Failures that no later attempt can mend. @default refusals of SETUP */
  isFinal?: (failure: RequestFailure) => boolean
  /** A connection that lived this many ms starts the back-off anew. @default 10000 */
  stableAfterMs?: number
  /** Asks the server for a sign of life, see {@link Link.check}: a request that is given up after some seconds. Without it nothing is checked. */
  probe?: (connection: Connection) => Promise<unknown>
}

/** ERROR[INVALID_SETUP], [UNSUPPORTED_SETUP], [REJECTED_SETUP]. The code tells, for a server may name the reason in its own words. */
const REFUSALS: ReadonlySet<number> = new Set([1, 2, 3])
/** Reasons of a refusal that pass: the server is full or about to stop, or there were too many attempts. */
const PASSING: ReadonlySet<string> = new Set(['unavailable', 'rate_limited'])

/** Keeps one connection open: dials, waits with jitter, dials again. Knows nothing of what runs on it; its listeners start that again. */
export class Link {
  readonly #dial: (signal: AbortSignal) => Promise<Connection>
  readonly #options: LinkOptions
  readonly #listeners = new Set<(state: LinkState) => void>()
  #state: LinkState = { kind: 'stopped' }
  #attempt = 0
  /** The connection that is being checked. */
  #checked: Connection | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #abort = new AbortController()

  constructor(dial: (signal: AbortSignal) => Promise<Connection>, options: LinkOptions = {}) {
    this.#dial = dial
    this.#options = options
  }

  get state(): LinkState {
    return this.#state
  }

  /** Calls back at each change; returns how to stop that. */
  onState(listener: (state: LinkState) => void): () => void {
    const safe = guarded(listener)
    this.#listeners.add(safe)
    return () => this.#listeners.delete(safe)
  }

  start(): void {
    if (this.#state.kind === 'stopped') {
      this.#attempt = 0
      this.#abort = new AbortController()
      void this.#connect()
    }
  }

  /** Dials now instead of at the end of the wait, for instance because the browser says the network is back. */
  retryNow(): void {
    if (this.#state.kind === 'waiting') {
      clearTimeout(this.#timer)
      void this.#connect()
    }
  }

  /**
   * Finds out now, and not at the end of the lifetime, whether an open connection still leads anywhere: for instance because the network
   * came or went, or the page slept. One that gives no sign of life is closed, which dials the next.
   */
  async check(): Promise<void> {
    const { probe } = this.#options
    if (this.#state.kind !== 'open' || probe === undefined || this.#checked === this.#state.connection) {
      return
    }
    const { connection } = this.#state
    this.#checked = connection
    try {
      await probe(connection)
    } catch (error) {
      // Whatever a server says, it is there.
      if (RequestFailure.from(error).kind === 'timeout') {
        connection.close()
      }
    } finally {
      this.#checked = undefined
    }
  }

  stop(failure?: RequestFailure): void {
    const last = this.#state
    if (last.kind === 'stopped') {
      return
    }
    clearTimeout(this.#timer)
    this.#abort.abort()
    this.#set({ kind: 'stopped', failure })
    if (last.kind === 'open') {
      last.connection.close()
    }
  }

  async #connect(): Promise<void> {
    const { signal } = this.#abort
    this.#set({ kind: 'connecting', attempt: this.#attempt })
    try {
      const connection = await this.#dial(signal)
      if (signal.aborted) {
        connection.close()
        return
      }
      const since = Date.now()
      this.#set({ kind: 'open', connection })
      connection.onClose((failure) => {
        if (!signal.aborted) {
          this.#attempt = Date.now() - since >= (this.#options.stableAfterMs ?? 10_000) ? 0 : this.#attempt + 1
          this.#lost(failure ?? RequestFailure.from(undefined))
        }
      })
    } catch (error) {
      if (!signal.aborted) {
        this.#attempt++
        this.#lost(RequestFailure.from(error))
      }
    }
  }

  #lost(failure: RequestFailure): void {
    const { reconnect, isFinal = (reason) => REFUSALS.has(reason.code) && !PASSING.has(reason.kind) } = this.#options
    if (reconnect === false || isFinal(failure)) {
      this.stop(failure)
      return
    }
    const delay = backoffDelay(Math.max(0, this.#attempt - 1), reconnect)
    this.#timer = setTimeout(() => void this.#connect(), delay)
    this.#set({ kind: 'waiting', attempt: this.#attempt, retryAt: Date.now() + delay, failure })
  }

  #set(state: LinkState): void {
    this.#state = state
    for (const listener of [...this.#listeners]) {
      listener(state)
    }
  }
}
