import { effectScope, nextTick, shallowRef } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ChatClient } from '../chat/chatClient'
import type { Signal } from '../chat/contract'
import type { StreamHandlers } from '../rsocket/creditStream'
import { usePresence } from './usePresence'

describe('usePresence', () => {
  let scope = effectScope()
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => {
    scope.stop()
    vi.useRealTimers()
  })

  function setup(names: string[]) {
    const open = new Map<string, StreamHandlers<Signal>>()
    const signals = vi.fn((room: string, handlers: StreamHandlers<Signal>) => {
      open.set(room, handlers)
      return { request: vi.fn(), cancel: vi.fn(() => open.delete(room)) }
    })
    const client = shallowRef<ChatClient | null>({ signals } as unknown as ChatClient)
    const rooms = shallowRef<readonly string[]>(names)
    scope = effectScope()
    const online = scope.run(() => usePresence(client, rooms))!
    const tell = async (room: string, signal: Signal) => {
      open.get(room)!.onNext(signal)
      await vi.advanceTimersByTimeAsync(50)
    }
    return { client, rooms, online, open, signals, tell }
  }
  const presence = (user: string, online: boolean): Signal => ({ type: 'presence', user, online, at: 1 })

  it('follows who comes and goes in each room', async () => {
    const { online, tell } = setup(['dm:ada:bob', 'dm:ada:eve'])
    await tell('dm:ada:bob', presence('bob', true))
    await tell('dm:ada:eve', presence('eve', true))
    expect([...online.value]).toEqual(['bob', 'eve'])
    await tell('dm:ada:bob', presence('bob', false))
    expect([...online.value]).toEqual(['eve'])
  })

  it('makes no new value when nothing has changed', async () => {
    const { online, tell } = setup(['dm:ada:bob'])
    await tell('dm:ada:bob', presence('bob', true))
    const before = online.value
    await tell('dm:ada:bob', presence('bob', true))
    await tell('dm:ada:bob', { type: 'typing', user: 'bob', until: 5 })
    expect(online.value).toBe(before)
  })

  it('opens what is new and ends what is gone, and leaves the rest as it is', async () => {
    const { rooms, open, signals } = setup(['a', 'b'])
    rooms.value = ['c', 'b']
    await nextTick()
    expect([...open.keys()].sort()).toEqual(['b', 'c'])
    expect(signals).toHaveBeenCalledTimes(3)
    // Another order is no other set.
    rooms.value = ['b', 'c']
    await nextTick()
    expect(signals).toHaveBeenCalledTimes(3)
  })

  it('follows the most lively rooms only', () => {
    const { open } = setup(Array.from({ length: 40 }, (_, index) => `r${index}`))
    expect(open.size).toBe(12)
  })

  it('starts anew with another connection, and ends with its scope', async () => {
    const { client, open, signals } = setup(['a'])
    client.value = null
    await nextTick()
    expect(open.size).toBe(0)
    client.value = { signals } as unknown as ChatClient
    await nextTick()
    expect([...open.keys()]).toEqual(['a'])
    scope.stop()
    expect(open.size).toBe(0)
  })
})
