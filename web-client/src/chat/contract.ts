/** The part of the wire contract this client uses. Times are Unix milliseconds; `seq` counts a room's entries from 1 without holes. */

export type RoomKind = 'public' | 'private' | 'direct'
export type Role = 'owner' | 'moderator' | 'member'

export interface RoomInfo {
  room: string
  title: string
  kind: RoomKind
  /** Differs from the one remembered when the room's log was made anew: old positions then mean nothing. */
  epoch: string
  /** Last seq, 0 when empty. */
  head: number
  createdAt: number
  createdBy: string
  /** The caller's; absent for a non-member. */
  role?: Role
  readSeq?: number
  unread?: number
  members: number
}

interface EventBase {
  room: string
  seq: number
  at: number
  from: string
}

export interface MessageEvent extends EventBase {
  type: 'message'
  /** The sender's idempotency key. */
  id?: string
  text?: string
  deleted?: boolean
  replyTo?: number
  mentions?: string[]
  attachments?: Attachment[]
  meta?: Record<string, string>
  /** History folds these three in; a feed sends them as entries of their own. */
  editedAt?: number
  reactions?: Record<string, string[]>
}

export interface EditEvent extends EventBase {
  type: 'edit'
  target: number
  text: string
}

export interface DeleteEvent extends EventBase {
  type: 'delete'
  target: number
}

export interface ReactionEvent extends EventBase {
  type: 'reaction'
  target: number
  emoji: string
  on: boolean
}

export interface MemberEvent extends EventBase {
  type: 'member'
  user: string
  change: 'joined' | 'left' | 'invited' | 'removed' | 'banned' | 'role'
  role?: Role
}

export interface RoomChangeEvent extends EventBase {
  type: 'room'
  title?: string
  kind?: RoomKind
}

/** Stands for the entries `seq`…`to`, which are gone or not readable. */
export interface GapEvent extends EventBase {
  type: 'gap'
  to: number
}

export type RoomEvent = MessageEvent | EditEvent | DeleteEvent | ReactionEvent | MemberEvent | RoomChangeEvent | GapEvent

export interface HistoryPage {
  room: string
  epoch: string
  head: number
  /** Oldest first. */
  events: RoomEvent[]
  more: boolean
}

export interface Attachment {
  id: string
  name: string
  /** Bytes. */
  size: number
  /** Media type the sender gave; nothing to rely on. */
  type: string
}

export interface SendRequest {
  room: string
  /** 1–64 bytes, unique per sender and room; the same id again gives the same seq. */
  id: string
  text: string
  replyTo?: number
  mentions?: string[]
  attachments?: Attachment[]
  meta?: Record<string, string>
}

/** A message as it is written, before it has a room and an id. */
export type OutgoingMessage = Omit<SendRequest, 'room' | 'id'>

export interface SearchHit {
  room: string
  seq: number
  at: number
  from: string
  text: string
}

export interface SendAnswer {
  room: string
  /** Absent when the way it went tells no more than that it is on disk. */
  seq?: number
  at: number
  duplicate: boolean
}

export interface Member {
  user: string
  role: Role
  online: boolean
  joinedAt?: number
  readSeq?: number
}

export type Signal =
  | { type: 'presence'; user: string; online: boolean; at: number }
  | { type: 'typing'; user: string; until: number }
  | { type: 'receipt'; user: string; seq: number }

export interface WhoAmI {
  user: string
  now: number
}

/** Answer of `POST /api/guest`, `register` and `login`. */
export interface Session {
  user: string
  token: string
  expiresAt: number
  /** Whether it came without an account; this client's own note. */
  guest?: boolean
}

export const USER_PATTERN = /^[a-z0-9][a-z0-9._-]{0,31}$/
export const ROOM_PATTERN = /^[a-z0-9][a-z0-9._:-]{0,63}$/
/** Of a password, in UTF-8 bytes. */
export const PASSWORD_BYTES = { min: 8, max: 256 } as const
/** The server's default limit of a text, in UTF-8 bytes. */
export const MAX_TEXT_BYTES = 16 * 1024
