import type { HistoryPage, MessageEvent, RoomEvent } from './contract'

export interface MessageEntry {
  readonly kind: 'message'
  readonly seq: number
  readonly at: number
  readonly from: string
  readonly id?: string
  readonly text: string
  readonly deleted: boolean
  readonly editedAt?: number
  readonly reactions: Readonly<Record<string, readonly string[]>>
}

/** Something that happened in the room and is not a message. */
export interface NoticeEntry {
  readonly kind: 'notice'
  readonly seq: number
  readonly at: number
  readonly text: string
}

export type TimelineEntry = MessageEntry | NoticeEntry

export interface TimelineOptions {
  /** Entries kept while following the room, 1..2³¹-1. @default 500 */
  limit?: number
  /** Entries kept at most when older pages are loaded too. @default 2000 */
  maxLimit?: number
}

/**
 * What a view shows of one room: the entries of history pages and of the feed behind them, edits and such folded into their message,
 * the number of entries bounded. Immutable entries in an array that is replaced on each change, for `shallowRef`.
 */
export class Timeline {
  readonly #limit: number
  readonly #maxLimit: number
  #kept: number
  #entries: readonly TimelineEntry[] = []
  #epoch = ''
  #lastSeq = 0
  #hasOlder = false

  constructor(options: TimelineOptions = {}) {
    this.#limit = options.limit ?? 500
    this.#maxLimit = options.maxLimit ?? 2000
    this.#kept = this.#limit
  }

  get entries(): readonly TimelineEntry[] {
    return this.#entries
  }

  get epoch(): string {
    return this.#epoch
  }

  /** Everything up to this seq has been applied; a feed goes on after it. */
  get lastSeq(): number {
    return this.#lastSeq
  }

  /** Whether `messages.history` before {@link firstSeq} has more, and there is room for it. */
  get canLoadOlder(): boolean {
    return this.#hasOlder && this.#entries.length < this.#maxLimit
  }

  get firstSeq(): number | undefined {
    return this.#entries[0]?.seq
  }

  /** Starts anew from the newest page. */
  reset(page: HistoryPage): void {
    this.#epoch = page.epoch
    this.#lastSeq = page.head
    this.#kept = this.#limit
    this.#hasOlder = page.more
    this.#entries = page.events.flatMap(toEntry)
    this.#trim()
  }

  /** Puts a page from before {@link firstSeq} in front; what it takes is kept until {@link follow}. */
  prepend(page: HistoryPage): void {
    const first = this.firstSeq ?? Infinity
    const older = page.events.filter((event) => event.seq < first).flatMap(toEntry)
    this.#entries = [...older, ...this.#entries]
    this.#kept = Math.min(this.#maxLimit, Math.max(this.#kept, this.#entries.length + this.#limit))
    this.#hasOlder = page.more
    this.#trim()
  }

  /** Applies events of the feed. Those already known are ignored, so a repeat can do no harm. */
  apply(events: readonly RoomEvent[]): void {
    const entries = [...this.#entries]
    for (const event of events) {
      if (event.seq <= this.#lastSeq) {
        continue
      }
      this.#lastSeq = event.type === 'gap' ? Math.max(event.seq, event.to) : event.seq
      entries.push(...toEntry(event))
      fold(entries, event)
    }
    this.#entries = entries
    this.#trim()
  }

  /** The reader is back at the newest entries: what older pages added may go. */
  follow(): void {
    this.#kept = this.#limit
    this.#trim()
  }

  #trim(): void {
    if (this.#entries.length > this.#kept) {
      this.#entries = this.#entries.slice(-this.#kept)
      this.#hasOlder = true
    }
  }
}

/** Changes the message that `event` is about, when it is among `entries`. */
function fold(entries: TimelineEntry[], event: RoomEvent): void {
  if (event.type !== 'edit' && event.type !== 'delete' && event.type !== 'reaction') {
    return
  }
  const index = entries.findLastIndex((entry) => entry.seq === event.target)
  const target = entries[index]
  if (target?.kind !== 'message') {
    return
  }
  switch (event.type) {
    case 'edit':
      entries[index] = { ...target, text: event.text, editedAt: event.at }
      break
    case 'delete':
      entries[index] = { ...target, text: '', deleted: true, reactions: {} }
      break
    case 'reaction': {
      const others = (target.reactions[event.emoji] ?? []).filter((user) => user !== event.from)
      const users = event.on ? [...others, event.from] : others
      const { [event.emoji]: _, ...rest } = target.reactions
      entries[index] = { ...target, reactions: users.length > 0 ? { ...rest, [event.emoji]: users } : rest }
      break
    }
  }
}

/** One entry to show, or none. */
function toEntry(event: RoomEvent): TimelineEntry[] {
  switch (event.type) {
    case 'message':
      return [toMessage(event)]
    case 'member':
    case 'room':
    case 'gap':
      return [{ kind: 'notice', seq: event.seq, at: event.at, text: noticeText(event) }]
    default:
      // Edits, deletes and reactions are folded; types of a later contract are nothing this client can show.
      return []
  }
}

function toMessage(event: MessageEvent): MessageEntry {
  const { seq, at, from, id, text = '', deleted = false, editedAt, reactions = {} } = event
  return { kind: 'message', seq, at, from, id, text, deleted, editedAt, reactions }
}

function noticeText(event: Extract<RoomEvent, { type: 'member' | 'room' | 'gap' }>): string {
  if (event.type === 'gap') {
    return event.to > event.seq ? `Messages ${event.seq} to ${event.to} are no longer available.` : 'A message is no longer available.'
  }
  if (event.type === 'room') {
    return event.title === undefined ? `${event.from} changed the room.` : `${event.from} named the room “${event.title}”.`
  }
  switch (event.change) {
    case 'joined':
      return `${event.user} joined.`
    case 'left':
      return `${event.user} left.`
    case 'invited':
      return `${event.from} invited ${event.user}.`
    case 'removed':
      return `${event.from} removed ${event.user}.`
    case 'banned':
      return `${event.from} banned ${event.user}.`
    case 'role':
      return `${event.user} is now ${event.role}.`
  }
}
