import { effectScope, shallowRef } from 'vue'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ChatClient } from '../chat/chatClient'
import type { RoomInfo } from '../chat/contract'
import { RequestFailure } from '../rsocket/failure'
import { useRooms } from './useRooms'

const info = (room: string, role?: 'member') => ({ room, role, title: '' }) as RoomInfo

describe('useRooms', () => {
  const scopes: ReturnType<typeof effectScope>[] = []
  afterEach(() => scopes.splice(0).forEach((scope) => scope.stop()))

  function setup(more: Partial<ChatClient> = {}) {
    const joined = [info('mine', 'member')]
    const listRooms = vi.fn(async ({ mine = false } = {}) => ({ rooms: mine ? joined : [...joined, info('public')] }))
    const client = shallowRef<ChatClient | null>({ listRooms, ...more } as unknown as ChatClient)
    const scope = effectScope()
    scopes.push(scope)
    return { client, rooms: scope.run(() => useRooms(client))! }
  }

  it('lists my rooms apart from the others', async () => {
    const { rooms } = setup()
    await vi.waitFor(() => expect(rooms.mine.value.map(({ room }) => room)).toEqual(['mine']))
    expect(rooms.others.value.map(({ room }) => room)).toEqual(['public'])
  })

  it('makes a room with the id as the server spells ids', async () => {
    const createRoom = vi.fn(async (room: string) => info(room, 'member'))
    const { rooms } = setup({ createRoom })
    expect(await rooms.create(' Lobby ')).toBe('lobby')
    expect(createRoom).toHaveBeenCalledWith('lobby')
  })

  it('says in a sentence why there is no such room', async () => {
    const { rooms } = setup({ joinRoom: async () => Promise.reject(new RequestFailure(0x404, 'not_found', 'There is no room “nowhere”.')) })
    expect(await rooms.join('nowhere')).toBeUndefined()
    expect(rooms.error.value).toBe('There is no room “nowhere”.')
  })

  it('does not ask the server for an id it would refuse', async () => {
    const { rooms } = setup()
    expect(await rooms.join('not a room')).toBeUndefined()
    expect(rooms.error.value).toContain('1 to 64 letters')
  })

  it('says that there is no connection', async () => {
    const { rooms, client } = setup()
    client.value = null
    expect(await rooms.join('lobby')).toBeUndefined()
    expect(rooms.error.value).toBe('There is no connection to the server at the moment.')
  })
})
