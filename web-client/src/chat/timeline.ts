import type { Attachment, GapEvent, HistoryPage, MemberEvent, MessageEvent, RoomChangeEvent, RoomEvent } from './contract'

export interface MessageEntry {
  readonly kind: 'message'
  readonly seq: number
  readonly at: number
  readonly from: string
  readonly id?: string
  readonly text: string
  readonly deleted: boolean
  readonly editedAt?: number
  readonly replyTo?: number
  readonly mentions: readonly string[]
  readonly attachments: readonly Attachment[]
  readonly reactions: Readonly<Record<string, readonly string[]>>
}

/** Something that happened in the room and is not a message. */
export interface NoticeEntry {
  readonly kind: 'notice'
  readonly seq: number
  readonly at: number
  readonly event: MemberEvent | RoomChangeEvent | GapEvent
}

export type TimelineEntry = MessageEntry | NoticeEntry

export interface TimelineOptions {
  /** Entries kept while following the room, 1..2³¹-1. @default 300 */
  limit?: number
  /** Entries kept at most while the reader is elsewhere in it. @default 800 */
  maxLimit?: number
}

/**
 * What a view holds of one room: a window of its log, however long that is. It grows at either end by pages of history, and at the
 * newest end by the feed; what is beyond its bound is dropped at the other end and can be loaded again. Edits and such are folded into
 * their message. Immutable entries in an array that is replaced on each change, for `shallowRef`.
 *
 *   log      1 ─────────────── firstSeq ═══ window ═══ #endSeq ─────── lastSeq (feed) ────── head (server)
 *   attached                                           #endSeq >= lastSeq: what the feed brings goes into the window
 */
export class Timeline {
  readonly #limit: number
  readonly #maxLimit: number
  #entries: readonly TimelineEntry[] = []
  #epoch = ''
  #lastSeq = 0
  /** The window holds everything up to this seq, but for what is older than its first entry. */
  #endSeq = 0
  #hasOlder = false

  constructor(options: TimelineOptions = {}) {
    this.#limit = options.limit ?? 300
    this.#maxLimit = Math.max(this.#limit, options.maxLimit ?? 800)
  }

  get entries(): readonly TimelineEntry[] {
    return this.#entries
  }

  get epoch(): string {
    return this.#epoch
  }

  /** Everything up to this seq has come; the feed goes on after it. */
  get lastSeq(): number {
    return this.#lastSeq
  }

  /** The window reaches to where the feed is. */
  get attached(): boolean {
    return this.#endSeq >= this.#lastSeq
  }

  /** Entries after this seq are loaded to go on at the newer end. */
  get endSeq(): number {
    return this.#endSeq
  }

  get canLoadOlder(): boolean {
    return this.#hasOlder
  }

  get firstSeq(): number | undefined {
    return this.#entries[0]?.seq
  }

  /** Starts anew from the newest page; the feed goes on after it. */
  reset(page: HistoryPage): void {
    this.#epoch = page.epoch
    this.#lastSeq = page.head
    this.#endSeq = page.head
    this.#hasOlder = page.more
    this.#entries = page.events.flatMap(toEntry)
    this.#dropOldest(this.#limit)
  }

  /** Moves the window to the place where `older` ends and `newer` begins; the feed is not touched. */
  moveTo(older: HistoryPage, newer: HistoryPage): void {
    this.#hasOlder = older.more
    this.#entries = [...older.events, ...newer.events].flatMap(toEntry)
    this.#endSeq = endOf(newer)
    this.#dropOldest(this.#maxLimit)
  }

  /** Moves the window to the newest entries; the feed is not touched. */
  moveToNewest(page: HistoryPage): void {
    this.#hasOlder = page.more
    this.#entries = page.events.flatMap(toEntry)
    this.#endSeq = page.head
  }

  /** Puts a page from before {@link firstSeq} in front. What is too much is dropped at the newer end. */
  prepend(page: HistoryPage): void {
    const first = this.firstSeq ?? Infinity
    const older = page.events.filter((event) => event.seq < first).flatMap(toEntry)
    const entries = [...older, ...this.#entries]
    this.#hasOlder = page.more
    if (entries.length > this.#maxLimit) {
      this.#entries = entries.slice(0, this.#maxLimit)
      this.#endSeq = this.#entries.at(-1)!.seq
    } else {
      this.#entries = entries
    }
  }

  /** Puts a page from after {@link endSeq} behind. What is too much is dropped at the older end. */
  append(page: HistoryPage): void {
    const newer = page.events.filter((event) => event.seq > this.#endSeq).flatMap(toEntry)
    this.#entries = [...this.#entries, ...newer]
    this.#endSeq = Math.max(this.#endSeq, endOf(page))
    this.#dropOldest(this.#maxLimit)
  }

  /**
   * Applies events of the feed. Those already known are ignored, so a repeat can do no harm. While the reader is not at the newest
   * entries nothing is dropped under their eyes: a full window stops growing instead, and is no longer attached.
   */
  apply(events: readonly RoomEvent[], isFollowing = true): void {
    let attached = this.attached
    const entries = [...this.#entries]
    for (const event of events) {
      if (event.seq <= this.#lastSeq) {
        continue
      }
      this.#lastSeq = event.type === 'gap' ? Math.max(event.seq, event.to) : event.seq
      if (attached && event.seq > this.#endSeq) {
        const added = toEntry(event)
        if (!isFollowing && entries.length + added.length > this.#maxLimit) {
          attached = false
        } else {
          entries.push(...added)
          this.#endSeq = this.#lastSeq
        }
      }
      fold(entries, event)
    }
    this.#entries = entries
    if (isFollowing && this.attached) {
      this.#dropOldest(this.#limit)
    }
  }

  /** The reader is at the newest entries: what older pages added may go. */
  follow(): void {
    if (this.attached) {
      this.#dropOldest(this.#limit)
    }
  }

  #dropOldest(keep: number): void {
    if (this.#entries.length > keep) {
      this.#entries = this.#entries.slice(-keep)
      this.#hasOlder = true
    }
  }
}

/** How far a page of entries "after" reaches: to the head, or to its last event when there is more. */
function endOf(page: HistoryPage): number {
  return page.more ? (page.events.at(-1)?.seq ?? page.head) : page.head
}

/** Changes the message that `event` is about, when it is among `entries`. */
function fold(entries: TimelineEntry[], event: RoomEvent): void {
  if (event.type !== 'edit' && event.type !== 'delete' && event.type !== 'reaction') {
    return
  }
  const index = entries.findLastIndex((entry) => entry.seq === event.target)
  const target = entries[index]
  // A window that was loaded again is already ahead of its feed: an edit of a deleted message must not bring words back.
  if (target?.kind !== 'message' || target.deleted) {
    return
  }
  switch (event.type) {
    case 'edit':
      entries[index] = { ...target, text: event.text, editedAt: event.at }
      break
    case 'delete':
      entries[index] = { ...target, text: '', deleted: true, attachments: [], mentions: [], reactions: {} }
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
      return [{ kind: 'notice', seq: event.seq, at: event.at, event }]
    default:
      // Edits, deletes and reactions are folded; types of a later contract are nothing this client can show.
      return []
  }
}

function toMessage(event: MessageEvent): MessageEntry {
  const { seq, at, from, id, text = '', deleted = false, editedAt, replyTo, mentions = [], attachments = [], reactions = {} } = event
  return { kind: 'message', seq, at, from, id, text, deleted, editedAt, replyTo, mentions, attachments, reactions }
}
