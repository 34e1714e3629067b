import type { Connection } from '../rsocket/connection'
import type { CreditStream, StreamHandlers } from '../rsocket/creditStream'
import type { HistoryPage, Member, RoomEvent, RoomInfo, RoomKind, SendAnswer, SendRequest, Signal } from './contract'

export interface FeedPosition {
  /** Last seq already seen; the feed starts behind it. */
  after: number
  /** The log that seq belongs to. */
  epoch: string
}

export interface HistoryQuery {
  /** Only entries older than this seq. Absent: the newest. */
  before?: number
  /** 1–500. */
  limit?: number
}

/** The routes of one accepted connection, typed. Every method rejects with a RequestFailure. */
export class ChatClient {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async listRooms(query: { mine?: boolean; after?: string; limit?: number } = {}): Promise<{ rooms: RoomInfo[]; next?: string }> {
    return await this.#connection.request('rooms.list', query)
  }

  async createRoom(room: string, kind: RoomKind = 'public', title?: string): Promise<RoomInfo> {
    return await this.#connection.request('rooms.create', { room, kind, title })
  }

  async joinRoom(room: string): Promise<RoomInfo> {
    return await this.#connection.request('rooms.join', { room })
  }

  async getRoom(room: string): Promise<RoomInfo> {
    return await this.#connection.request('rooms.get', { room })
  }

  async members(room: string): Promise<Member[]> {
    const { members } = await this.#connection.request<{ members: Member[] }>('rooms.members', { room, limit: 200 })
    return members
  }

  /** Answered when the message is on the server's disk. Safe to repeat with the same id. */
  async send(message: SendRequest): Promise<SendAnswer> {
    return await this.#connection.request('messages.send', message)
  }

  async history(room: string, query: HistoryQuery = {}): Promise<HistoryPage> {
    return await this.#connection.request('messages.history', { room, ...query })
  }

  /** Everything after `position`, then live; one event per credit. */
  feed(room: string, position: FeedPosition, handlers: StreamHandlers<RoomEvent>, initial: number): CreditStream<RoomEvent> {
    return this.#connection.stream('rooms.feed', { room, ...position }, handlers, initial)
  }

  signals(room: string, handlers: StreamHandlers<Signal>, initial: number): CreditStream<Signal> {
    return this.#connection.stream('signals.feed', { room }, handlers, initial)
  }

  async typing(room: string): Promise<void> {
    await this.#connection.notify('typing', { room })
  }

  async markRead(room: string, seq: number): Promise<void> {
    await this.#connection.notify('receipts.read', { room, seq })
  }
}
