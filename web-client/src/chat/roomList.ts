import type { MemberEvent, RoomEvent, RoomInfo } from './contract'

/** What stands under a room's name: its last message, or what else happened last. */
export type LastEntry =
  | { readonly kind: 'message'; readonly seq: number; readonly at: number; readonly from: string; readonly text: string; readonly deleted: boolean; readonly attachments: number }
  | { readonly kind: 'member'; readonly seq: number; readonly at: number; readonly user: string; readonly change: MemberEvent['change'] }
  | { readonly kind: 'room'; readonly seq: number; readonly at: number }

export interface ListedRoom {
  readonly info: RoomInfo
  readonly last?: LastEntry
  /** Messages by others that were not read. */
  readonly unread: number
}

/** What a batch of events asks of the one who applies it. */
export interface Applied {
  /** Rooms that are not in the list: to be asked for. */
  readonly unknown: ReadonlySet<string>
  /** Rooms whose last entry is about another one: their last message is to be asked for. */
  readonly unclear: ReadonlySet<string>
  /** Rooms that the reader is invited to: to be asked for. */
  readonly invited: ReadonlySet<string>
  /** Rooms of which the reader is neither a member nor invited any more. */
  readonly ended: ReadonlySet<string>
}

/** The ends of a membership, and what can only come after such an end. */
const ENDS: ReadonlySet<string> = new Set<MemberEvent['change']>(['left', 'removed', 'banned', 'invited'])

/** Rooms of one user, the most lively first. Immutable entries, in an array that is replaced on each change, for `shallowRef`. */
export class RoomList {
  readonly #me: string
  readonly #rooms = new Map<string, ListedRoom>()
  #sorted: readonly ListedRoom[] | undefined

  constructor(me: string) {
    this.#me = me
  }

  get rooms(): readonly ListedRoom[] {
    return (this.#sorted ??= [...this.#rooms.values()].sort((a, b) => activityOf(b) - activityOf(a) || (a.info.room < b.info.room ? -1 : 1)))
  }

  /** The whole list as the server has it now. */
  reset(infos: readonly RoomInfo[]): void {
    const before = new Map(this.#rooms)
    this.#rooms.clear()
    for (const info of infos) {
      const known = before.get(info.room)
      // The last entry stays on the screen until the inbox brings it again.
      this.#put({ info, unread: info.unread ?? 0, last: known?.info.epoch === info.epoch ? known.last : undefined })
    }
    this.#sorted = undefined
  }

  /** A room as the server has it now: a new one, or one that has changed. */
  upsert(info: RoomInfo): void {
    this.#put({ info, unread: info.unread ?? 0, last: this.#rooms.get(info.room)?.last })
  }

  remove(room: string): void {
    this.#rooms.delete(room)
    this.#sorted = undefined
  }

  find(room: string): ListedRoom | undefined {
    return this.#rooms.get(room)
  }

  /** The reader has seen everything up to `seq`. */
  read(room: string, seq: number): void {
    const listed = this.#rooms.get(room)
    if (listed !== undefined && listed.unread > 0) {
      // Between the two there are at most so many messages; none when that was the newest.
      this.#put({ ...listed, unread: Math.min(listed.unread, Math.max(0, listed.info.head - seq)) })
    }
  }

  /** The newest message of a room, as history has it. */
  setLast(room: string, event: RoomEvent): void {
    const listed = this.#rooms.get(room)
    const last = toLast(event)
    if (listed !== undefined && last !== undefined && (listed.last?.seq ?? 0) <= last.seq) {
      this.#put({ ...listed, last })
    }
  }

  apply(events: readonly RoomEvent[]): Applied {
    const unknown = new Set<string>()
    const unclear = new Set<string>()
    const invited = new Set<string>()
    const ended = new Set<string>()
    for (const event of events) {
      const listed = this.#rooms.get(event.room)
      if (event.type === 'member' && event.user === this.#me && ENDS.has(event.change)) {
        // One that is older than what the list knows has been made up for.
        if (event.seq > (listed?.info.head ?? 0)) {
          this.remove(event.room)
          ;(event.change === 'invited' ? invited : ended).add(event.room)
          ;(event.change === 'invited' ? ended : invited).delete(event.room)
        }
      } else if (listed === undefined) {
        unknown.add(event.room)
      } else {
        const next = this.#after(listed, event)
        this.#put(next)
        if (next.last === undefined && event.type !== 'gap') {
          unclear.add(event.room)
        }
      }
    }
    return { unknown, unclear, invited, ended }
  }

  #after(listed: ListedRoom, event: RoomEvent): ListedRoom {
    const { info } = listed
    const isNew = event.seq > info.head
    return {
      info: isNew ? changed(info, event, this.#me) : info,
      last: folded(listed.last, event) ?? toLast(event) ?? listed.last,
      unread: isNew && event.type === 'message' && event.from !== this.#me && event.deleted !== true ? listed.unread + 1 : listed.unread,
    }
  }

  #put(listed: ListedRoom): void {
    this.#rooms.set(listed.info.room, listed)
    this.#sorted = undefined
  }
}

/** The other one in a direct room, `undefined` for rooms of another kind. */
export function partnerIn(room: string, me: string): string | undefined {
  const [kind, one, other] = room.split(':')
  return kind === 'dm' && one !== undefined && other !== undefined ? (one === me ? other : one) : undefined
}

/** What people call a room. */
export function nameOf({ room, title, kind }: Pick<RoomInfo, 'room' | 'title' | 'kind'>, me: string): string {
  // The server titles a direct room by its id.
  return (kind === 'direct' && partnerIn(room, me)) || title || room
}

const activityOf = ({ last, info }: ListedRoom): number => last?.at ?? info.createdAt

function changed(info: RoomInfo, event: RoomEvent, me: string): RoomInfo {
  const next: RoomInfo = { ...info, head: event.type === 'gap' ? event.to : event.seq }
  if (event.type === 'room') {
    next.title = event.title ?? info.title
    next.kind = event.kind ?? info.kind
  } else if (event.type === 'member') {
    next.members += event.change === 'joined' ? 1 : event.change === 'left' || event.change === 'removed' || event.change === 'banned' ? -1 : 0
    if (event.change === 'role' && event.user === me) {
      next.role = event.role
    }
  }
  return next
}

/** An edit or delete of the last message changes it; any other leaves it. */
function folded(last: LastEntry | undefined, event: RoomEvent): LastEntry | undefined {
  if (last?.kind !== 'message' || (event.type !== 'edit' && event.type !== 'delete') || event.target !== last.seq) {
    return undefined
  }
  return event.type === 'edit' ? { ...last, text: event.text } : { ...last, text: '', deleted: true, attachments: 0 }
}

function toLast(event: RoomEvent): LastEntry | undefined {
  const { seq, at } = event
  switch (event.type) {
    case 'message':
      return { kind: 'message', seq, at, from: event.from, text: event.text ?? '', deleted: event.deleted ?? false, attachments: event.attachments?.length ?? 0 }
    case 'member':
      return { kind: 'member', seq, at, user: event.user, change: event.change }
    case 'room':
      return { kind: 'room', seq, at }
    default:
      return undefined
  }
}
