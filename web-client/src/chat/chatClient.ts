import type { Connection } from '../rsocket/connection'
import type { CreditStream, PacedStream, StreamHandlers } from '../rsocket/creditStream'
import type { UploadOptions } from '../rsocket/upload'
import { rsocketTransport } from './transports/rsocketTransport'
import type { FeedPosition, RoomTransport, TransportKind } from './transports/roomTransport'
import type { Attachment, HistoryPage, Member, Role, RoomEvent, RoomInfo, RoomKind, SearchHit, SendAnswer, SendRequest, Signal } from './contract'

export interface HistoryQuery {
  /** Only entries older than this seq. Absent: the newest. */
  before?: number
  /** Only entries newer than this seq. */
  after?: number
  /** 1–500. */
  limit?: number
}

/**
 * The routes of one accepted connection, typed. Every method rejects with a RequestFailure. What is said in rooms comes and goes by a
 * transport, which may be another door of the server than this connection.
 */
export class ChatClient {
  readonly #connection: Connection
  readonly #transport: RoomTransport

  constructor(connection: Connection, transport: RoomTransport = rsocketTransport(connection)) {
    this.#connection = connection
    this.#transport = transport
  }

  /** How the messages of rooms come and go. */
  get transport(): TransportKind {
    return this.#transport.kind
  }

  async listRooms(query: { mine?: boolean; invited?: boolean; prefix?: string; after?: string; limit?: number } = {}): Promise<{ rooms: RoomInfo[]; next?: string }> {
    return await this.#connection.request('rooms.list', query)
  }

  async createRoom(room: string, kind: RoomKind = 'public', title?: string): Promise<RoomInfo> {
    return await this.#connection.request('rooms.create', { room, kind, title })
  }

  async joinRoom(room: string): Promise<RoomInfo> {
    return await this.#connection.request('rooms.join', { room })
  }

  /** The direct room with somebody, made when missing. */
  async openDirect(user: string): Promise<RoomInfo> {
    return await this.#connection.request('rooms.open', { user })
  }

  async leaveRoom(room: string): Promise<void> {
    await this.#connection.request('rooms.leave', { room })
  }

  async updateRoom(room: string, change: { title?: string; kind?: RoomKind }): Promise<RoomInfo> {
    return await this.#connection.request('rooms.update', { room, ...change })
  }

  /** What owner and moderators do with one user of a room. */
  async invite(room: string, user: string): Promise<void> {
    await this.#connection.request('rooms.invite', { room, user })
  }

  async remove(room: string, user: string): Promise<void> {
    await this.#connection.request('rooms.remove', { room, user })
  }

  async ban(room: string, user: string): Promise<void> {
    await this.#connection.request('rooms.ban', { room, user })
  }

  async setRole(room: string, user: string, role: Role): Promise<void> {
    await this.#connection.request('rooms.role', { room, user, role })
  }

  /** A page of members, in alphabetical order; `next` is the `after` of the page behind it. */
  async memberPage(room: string, after?: string, limit = 50): Promise<{ members: Member[]; next?: string }> {
    return await this.#connection.request('rooms.members', { room, after, limit })
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
    return await this.#transport.send(message)
  }

  async history(room: string, query: HistoryQuery = {}): Promise<HistoryPage> {
    return await this.#connection.request('messages.history', { room, ...query })
  }

  async edit(room: string, target: number, text: string): Promise<void> {
    await this.#connection.request('messages.edit', { room, target, text })
  }

  async delete(room: string, target: number): Promise<void> {
    await this.#connection.request('messages.delete', { room, target })
  }

  async react(room: string, target: number, emoji: string, on: boolean): Promise<void> {
    await this.#connection.request('messages.react', { room, target, emoji, on })
  }

  /** Newest first. Without `room`: every room the reader may read. */
  async search(query: string, room?: string, limit = 50): Promise<{ hits: SearchHit[]; more: boolean }> {
    return await this.#connection.request('messages.search', { query, room, limit })
  }

  /** Resolves when the server has the whole file on its disk; only then may a message name it. */
  async upload(room: string, file: File, options: UploadOptions = {}): Promise<Attachment> {
    const { name, size } = file
    const type = file.type || 'application/octet-stream'
    const { id } = await this.#connection.upload<{ id: string }>('attachments.upload', { room, name, type, size }, file, options)
    return { id, name, size, type }
  }

  /** The bytes of an attachment, in chunks of up to 64 KiB, one per credit. */
  download(room: string, id: string, handlers: StreamHandlers<Uint8Array>, initial: number): CreditStream<Uint8Array> {
    return this.#connection.streamBytes('attachments.download', { room, id }, handlers, initial)
  }

  /** Everything after `position`, then live; one event per credit. */
  feed(room: string, position: FeedPosition, handlers: StreamHandlers<RoomEvent>, initial: number): PacedStream {
    return this.#transport.feed(room, position, handlers, initial)
  }

  /** The events of all rooms one is a member of; each after its position, from its head on without one. With `notices` also what invites one or puts one out. */
  inbox(
    start: { positions: Record<string, number>; epochs: Record<string, string>; notices: boolean },
    handlers: StreamHandlers<RoomEvent>,
    initial: number,
  ): CreditStream<RoomEvent> {
    return this.#connection.stream('inbox.feed', start, handlers, initial)
  }

  signals(room: string, handlers: StreamHandlers<Signal>, initial: number): CreditStream<Signal> {
    return this.#connection.stream('signals.feed', { room }, handlers, initial)
  }

  async typing(room: string): Promise<void> {
    await this.#transport.typing(room)
  }

  async markRead(room: string, seq: number): Promise<void> {
    await this.#connection.notify('receipts.read', { room, seq })
  }
}
