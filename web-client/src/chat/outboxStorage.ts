import type { OutgoingMessage } from './contract'

/** A message that is not known to be on the server. */
export interface KeptMessage extends OutgoingMessage {
  id: string
  /** Why the server will not have it; absent while it is to be sent. */
  failed?: string
}

/** One room's part of an {@link OutboxStorage}. */
export interface OutboxKeeper {
  /** In the order in which they were written. */
  load(): KeptMessage[]
  save(message: KeptMessage): void
  remove(id: string): void
}

interface Stored extends KeptMessage {
  at: number
}

/**
 * Keeps one user's unsent messages over a reload. In `localStorage`, because that is written when `save` returns: a page that is
 * closed right after Enter loses nothing, which an asynchronous database cannot promise. A key for each message, so that two pages of
 * one user do not overwrite each other; that both send what they found does no harm, for the id makes it one message.
 */
export class OutboxStorage {
  readonly #storage: Storage
  readonly #prefix: string
  #last = 0

  constructor(user: string, storage: Storage = localStorage) {
    this.#storage = storage
    // No name has a slash in it.
    this.#prefix = `rsocketim.outbox/${user}/`
  }

  /** Rooms that have something. */
  rooms(): string[] {
    return [...new Set(this.#keys().map((key) => this.locate(key)!.room))]
  }

  of(room: string): OutboxKeeper {
    return { load: () => this.#load(room), save: (message) => this.#save(room, message), remove: (id) => this.#storage.removeItem(this.#key(room, id)) }
  }

  /** Which message a storage key means, `undefined` for a key that is none of this user's. */
  locate(key: string): { room: string; id: string } | undefined {
    const [room, id] = key.startsWith(this.#prefix) ? key.slice(this.#prefix.length).split('/') : []
    return room === undefined || id === undefined ? undefined : { room, id }
  }

  clear(): void {
    this.#keys().forEach((key) => this.#storage.removeItem(key))
  }

  #save(room: string, message: KeptMessage): void {
    const key = this.#key(room, message.id)
    // Never two at one moment: this is the order they are sent in. A change keeps a message's place.
    const at = parse(this.#storage.getItem(key))?.at ?? (this.#last = Math.max(this.#last + 1, Date.now()))
    try {
      this.#storage.setItem(key, JSON.stringify({ ...message, at } satisfies Stored))
    } catch (reason) {
      // The browser's quota: the message is sent all the same, it only would not survive a reload.
      console.warn('An unsent message could not be kept.', reason)
    }
  }

  #load(room: string): KeptMessage[] {
    return this.#keys()
      .filter((key) => this.locate(key)?.room === room)
      .flatMap((key) => parse(this.#storage.getItem(key)) ?? [])
      .sort((a, b) => a.at - b.at)
      .map(({ at: _, ...message }) => message)
  }

  #key(room: string, id: string): string {
    return `${this.#prefix}${room}/${id}`
  }

  #keys(): string[] {
    const keys = Array.from({ length: this.#storage.length }, (_, index) => this.#storage.key(index) ?? '')
    return keys.filter((key) => this.locate(key) !== undefined)
  }
}

function parse(text: string | null): Stored | undefined {
  if (text === null) {
    return undefined
  }
  try {
    const stored = JSON.parse(text) as Partial<Stored> | null
    return typeof stored?.id === 'string' && typeof stored.text === 'string' && typeof stored.at === 'number' ? (stored as Stored) : undefined
  } catch {
    // Not ours, or cut off: nothing that could be sent.
    return undefined
  }
}
