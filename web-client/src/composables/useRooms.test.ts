import { effectScope, shallowRef } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ChatClient } from '../chat/chatClient'
import type { RoomEvent, RoomInfo } from '../chat/contract'
import type { StreamHandlers } from '../rsocket/creditStream'
import { RequestFailure } from '../rsocket/failure'
import { useRooms } from './useRooms'

const info = (room: string, change: Partial<RoomInfo> = {}): RoomInfo => ({
  room, title: '', kind: 'public', epoch: `e-${room}`, head: 5, createdAt: 1, createdBy: 'ada', role: 'member', unread: 0, members: 2, ...change,
})
const message = (room: string, seq: number, text = 'hi'): RoomEvent => ({ room, seq, at: seq, from: 'bob', type: 'message', id: `${seq}`, text })

describe('useRooms', () => {
  const scopes: ReturnType<typeof effectScope>[] = []
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => {
    scopes.splice(0).forEach((scope) => scope.stop())
    vi.useRealTimers()
  })

  async function setup(more: Partial<ChatClient> = {}) {
    let handlers!: StreamHandlers<RoomEvent>
    const request = vi.fn()
    const pages: Record<string, { rooms: RoomInfo[]; next?: string }> = { '': { rooms: [info('a')], next: 'a' }, a: { rooms: [info('b', { head: 0 })] } }
    const invited = info('secret', { kind: 'private', role: undefined })
    const listRooms = vi.fn(async ({ mine = false, after = '' } = {}) => (mine ? pages[after]! : { rooms: [invited] }))
    const inbox = vi.fn((_: unknown, given: StreamHandlers<RoomEvent>) => {
      handlers = given
      return { request, cancel: vi.fn() }
    })
    const client = shallowRef<ChatClient | null>({ listRooms, inbox, ...more } as unknown as ChatClient)
    const scope = effectScope()
    scopes.push(scope)
    const view = scope.run(() => useRooms(client, 'ada'))!
    await vi.advanceTimersByTimeAsync(0)
    const push = async (...events: RoomEvent[]) => {
      events.forEach((event) => handlers.onNext(event))
      await vi.advanceTimersByTimeAsync(50)
    }
    return { client, view, push, end: (failure?: RequestFailure) => handlers.onEnd?.(failure), listRooms, inbox, request }
  }

  it('reads all pages, then starts one inbox before each room\'s head', async () => {
    const { view, inbox } = await setup()
    expect(view.rooms.value.map((listed) => listed.info.room)).toEqual(['a', 'b'])
    expect(inbox).toHaveBeenCalledTimes(1)
    expect(inbox.mock.calls[0]![0]).toEqual({ positions: { a: 4, b: 0 }, epochs: { a: 'e-a', b: 'e-b' }, notices: true })
  })

  it('shows what the inbox brings, and grants for what it has drawn', async () => {
    const { view, push, request } = await setup()
    await push(message('a', 5, 'the last one'), message('b', 1, 'a new one'))
    expect(view.rooms.value.map(({ last, unread }) => [last, unread])).toMatchObject([
      [{ text: 'the last one' }, 0],
      [{ text: 'a new one' }, 1],
    ])
    expect(request).not.toHaveBeenCalled()
    for (let i = 0; i < 60; i++) {
      await push(message('a', 6 + i))
    }
    // Once its heads are there, the inbox is read at the pace of a list.
    expect(request).toHaveBeenCalled()
    view.noteRead('a', 65)
    view.noteRead('b', 1)
    expect(view.rooms.value.map(({ unread }) => unread)).toEqual([0, 0])
  })

  it('asks nothing again while nothing happens', async () => {
    const { listRooms } = await setup()
    const before = listRooms.mock.calls.length
    await vi.advanceTimersByTimeAsync(600_000)
    expect(listRooms).toHaveBeenCalledTimes(before)
  })

  it('takes in a room that somebody else has opened', async () => {
    const getRoom = vi.fn(async (room: string) => info(room, { kind: 'direct', head: 2, unread: 1 }))
    const { view, push } = await setup({ getRoom } as unknown as Partial<ChatClient>)
    await push(message('dm:ada:bob', 2, 'psst'))
    expect(view.rooms.value[0]).toMatchObject({ info: { room: 'dm:ada:bob' }, unread: 1, last: { text: 'psst' } })
    expect(getRoom).toHaveBeenCalledTimes(1)
  })

  it('asks history for the last message when the last entry is a reaction', async () => {
    const history = vi.fn(async () => ({ room: 'a', epoch: 'e-a', head: 5, events: [message('a', 3, 'folded')], more: true }))
    const { view, push } = await setup({ history } as unknown as Partial<ChatClient>)
    await push({ room: 'a', seq: 5, at: 5, from: 'bob', type: 'reaction', target: 3, emoji: '👍', on: true })
    expect(view.rooms.value.find((listed) => listed.info.room === 'a')?.last).toMatchObject({ text: 'folded' })
  })

  const about = (room: string, seq: number, change: 'invited' | 'removed' | 'left', user = 'ada'): RoomEvent => ({ room, seq, at: seq, from: 'bob', type: 'member', user, change })

  it('asks for nothing but rooms of its own, and those it is invited to', async () => {
    const { listRooms } = await setup()
    expect(listRooms.mock.calls.map(([query]) => query)).toMatchObject([{ mine: true }, { mine: true }, { invited: true }])
  })

  it('learns at once who invites it and who puts it out, from whichever room', async () => {
    const getRoom = vi.fn(async (room: string) => info(room, { kind: 'private', role: undefined, title: 'Late' }))
    const { view, push } = await setup({ getRoom } as unknown as Partial<ChatClient>)
    await push(about('late', 7, 'invited'))
    expect(view.invitations.value.map(({ room }) => room)).toEqual(['secret', 'late'])
    await push(about('secret', 8, 'removed'), about('a', 6, 'removed'))
    expect(view.invitations.value.map(({ room }) => room)).toEqual(['late'])
    expect(view.rooms.value.map((listed) => listed.info.room)).toEqual(['b'])
    // Out and invited again in one: what came last counts.
    await push(about('b', 3, 'invited'))
    expect([view.rooms.value.length, view.invitations.value.map(({ room }) => room)]).toEqual([0, ['late', 'b']])
    await push(about('b', 4, 'removed'), about('b', 5, 'invited'), about('late', 9, 'invited'), about('late', 10, 'removed'))
    expect(view.invitations.value.map(({ room }) => room)).toEqual(['b'])
  })

  it('is not put out by what is older than its list, nor by what befalls others', async () => {
    const { view, push } = await setup()
    await push(about('a', 5, 'left'), about('b', 1, 'removed', 'eve'))
    expect(view.rooms.value.map((listed) => listed.info.room).sort()).toEqual(['a', 'b'])
  })

  it('takes some of a flood, and goes to the heads instead of through all of it', async () => {
    const { view, push, request, inbox, listRooms } = await setup()
    await push(message('a', 5))
    request.mockClear()
    for (let seq = 6; seq < 186; seq++) {
      await push(message('a', seq))
    }
    // Nine seconds of twenty a second are not worth a second look.
    expect(inbox).toHaveBeenCalledTimes(1)
    const lists = listRooms.mock.calls.length
    for (let seq = 186; inbox.mock.calls.length === 1 && seq < 2000; seq += 3) {
      await push(message('a', seq), message('a', seq + 1), message('a', seq + 2))
    }
    expect(inbox).toHaveBeenCalledTimes(2)
    expect(listRooms.mock.calls.length).toBeGreaterThan(lists)
    expect(view.rooms.value.find(({ info: { room } }) => room === 'a')?.last).toBeDefined()
  })

  it('tells of invitations until they are accepted', async () => {
    const { view } = await setup()
    expect(view.invitations.value.map(({ room }) => room)).toEqual(['secret'])
    view.put(info('secret', { kind: 'private' }))
    expect([view.invitations.value.length, view.rooms.value.length]).toEqual([0, 3])
  })

  it('starts anew with the next connection, and when the server ended the inbox', async () => {
    const { client, inbox, end } = await setup()
    end(RequestFailure.local('connection_lost', ''))
    await vi.advanceTimersByTimeAsync(10_000)
    expect(inbox).toHaveBeenCalledTimes(1)
    client.value = { ...client.value } as ChatClient
    await vi.advanceTimersByTimeAsync(0)
    expect(inbox).toHaveBeenCalledTimes(2)
    end(new RequestFailure(0x410, 'gone', 'Another epoch.'))
    await vi.advanceTimersByTimeAsync(2000)
    expect(inbox).toHaveBeenCalledTimes(3)
  })

  it('says in a sentence why there is no list', async () => {
    const { view } = await setup({ listRooms: async () => Promise.reject(new RequestFailure(0x403, 'forbidden', 'Not you')) })
    expect(view.error.value).toBe('Not you.')
  })
})
