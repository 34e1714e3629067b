import type { PacedStream, StreamHandlers } from '../../rsocket/creditStream'
import type { RoomEvent, SendAnswer, SendRequest } from '../contract'

/** The doors of the server. Behind each is the same log: the same rooms, seqs and rights. */
export const TRANSPORTS = ['rsocket', 'websocket', 'mqtt', 'sse', 'longPoll', 'poll'] as const
export type TransportKind = (typeof TRANSPORTS)[number]

export interface FeedPosition {
  /** Last seq already seen; the feed starts behind it. */
  after: number
  /** The log that seq belongs to. */
  epoch: string
  /** Whether the reader is a member, and does not only look at a room that all may read. */
  isMember?: boolean
}

/** How the messages of rooms come and go. A position belongs to the room and not to the way: on another way it goes on behind it. */
export interface RoomTransport {
  readonly kind: TransportKind
  /** Everything after `position`, then live, each entry once; never more than was granted, whatever the door calls its credit. */
  feed(room: string, position: FeedPosition, handlers: StreamHandlers<RoomEvent>, initial: number): PacedStream
  /** Answered when the message is on the server's disk. Safe to repeat with the same id, on any way. */
  send(message: SendRequest): Promise<SendAnswer>
  /** A hint that may be lost. */
  typing(room: string): Promise<void>
  /** Ends what it has open; it is not used any more. */
  close(): void
}

export const isTransport = (value: unknown): value is TransportKind => TRANSPORTS.includes(value as TransportKind)
