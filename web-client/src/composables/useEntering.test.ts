import { effectScope, shallowRef } from 'vue'
import { describe, expect, it } from 'vitest'
import type { ChatClient } from '../chat/chatClient'
import type { RoomInfo } from '../chat/contract'
import { RequestFailure } from '../rsocket/failure'
import { useEntering } from './useEntering'

const room = { room: 'a' } as RoomInfo

describe('useEntering', () => {
  function setup(client: ChatClient | null = {} as ChatClient) {
    return effectScope().run(() => useEntering(shallowRef(client)))!
  }

  it('is busy while it is tried, and gives the room', async () => {
    const way = setup()
    let open!: (info: RoomInfo) => void
    const entered = way.enter(() => new Promise((resolve) => (open = resolve)))
    expect(way.busy.value).toBe(true)
    open(room)
    expect([await entered, way.busy.value, way.error.value]).toEqual([room, false, ''])
  })

  it('says in a sentence what the server says, and forgets it with the next try', async () => {
    const way = setup()
    expect(await way.enter(() => Promise.reject(new RequestFailure(0x403, 'forbidden', 'Banned')))).toBeUndefined()
    expect([way.busy.value, way.error.value]).toEqual([false, 'Banned.'])
    expect(await way.enter(async () => room)).toBe(room)
    expect(way.error.value).toBe('')
  })

  it('says so when there is no connection, and asks nobody', async () => {
    const way = setup(null)
    let asked = false
    expect(await way.enter(async () => ((asked = true), room))).toBeUndefined()
    expect([asked, way.error.value]).toEqual([false, 'There is no connection to the server at the moment.'])
  })

  it('refuses with a sentence of its own', () => {
    const way = setup()
    way.refuse('That is no name.')
    expect(way.error.value).toBe('That is no name.')
  })
})
