import { effectScope, ref, shallowRef } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ChatClient } from '../chat/chatClient'
import type { Signal } from '../chat/contract'
import type { StreamHandlers } from '../rsocket/creditStream'
import { RequestFailure } from '../rsocket/failure'
import { useSignals } from './useSignals'

describe('useSignals', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  function setup(online: string[] = []) {
    let handlers!: StreamHandlers<Signal>
    const members = vi.fn(async () => [...online, 'absent'].map((user) => ({ user, role: 'member' as const, online: user !== 'absent' })))
    const typing = vi.fn(async () => {})
    const signals = vi.fn((_: string, given: StreamHandlers<Signal>) => {
      handlers = given
      return { request: vi.fn(), cancel: vi.fn() }
    })
    const client = shallowRef({ members, typing, signals } as unknown as ChatClient)
    const enabled = ref(true)
    const scope = effectScope()
    const view = scope.run(() => useSignals(client, 'lobby', { me: 'ada', enabled }))!
    const push = async (signal: Signal) => {
      handlers.onNext(signal)
      await vi.advanceTimersByTimeAsync(20)
    }
    return { view, push, end: (failure: RequestFailure) => handlers.onEnd?.(failure), members, typing, signals, enabled }
  }

  it('lists the members who are here, as they come and go', async () => {
    const { view, push } = setup(['bob', 'ada'])
    await vi.advanceTimersByTimeAsync(0)
    expect(view.online.value).toEqual(['ada', 'bob'])
    await push({ type: 'presence', user: 'carol', online: true, at: 1 })
    await push({ type: 'presence', user: 'bob', online: false, at: 2 })
    expect(view.online.value).toEqual(['ada', 'carol'])
  })

  it('believes a signal that came while the list was on its way', async () => {
    const { view, push, members } = setup()
    await vi.advanceTimersByTimeAsync(0)
    let answer = (_: unknown) => {}
    members.mockImplementationOnce(() => new Promise((resolve) => (answer = resolve as typeof answer)))
    const refreshed = view.refresh()
    await push({ type: 'presence', user: 'bob', online: false, at: 2 })
    answer([{ user: 'bob', role: 'member', online: true }])
    await refreshed
    expect(view.online.value).toEqual([])
  })

  it('shows who is writing until it lapses, and not the reader', async () => {
    const { view, push } = setup()
    await push({ type: 'typing', user: 'bob', until: Date.now() + 5000 })
    await push({ type: 'typing', user: 'ada', until: Date.now() + 5000 })
    expect(view.typing.value).toEqual(['bob'])
    await vi.advanceTimersByTimeAsync(5100)
    expect(view.typing.value).toEqual([])
  })

  it('does not believe a clock that is hours ahead', async () => {
    const { view, push } = setup()
    await push({ type: 'typing', user: 'bob', until: Date.now() + 3_600_000 })
    await vi.advanceTimersByTimeAsync(10_000)
    expect(view.typing.value).toEqual([])
  })

  it('takes somebody off the line when their message comes', async () => {
    const { view, push } = setup()
    await push({ type: 'typing', user: 'bob', until: Date.now() + 5000 })
    view.sent('bob')
    expect(view.typing.value).toEqual([])
  })

  it('tells that the reader is typing once in a while, and anew after a message', () => {
    const { view, typing } = setup()
    view.notifyTyping()
    view.notifyTyping()
    expect(typing).toHaveBeenCalledTimes(1)
    view.sent('ada')
    view.notifyTyping()
    expect(typing).toHaveBeenCalledTimes(2)
    vi.advanceTimersByTime(3000)
    view.notifyTyping()
    expect(typing).toHaveBeenCalledTimes(3)
  })

  it('asks again when the server ended the signals because it was busy, not when it refused', async () => {
    const { end, signals } = setup()
    end(new RequestFailure(0x403, 'forbidden', 'no'))
    await vi.advanceTimersByTimeAsync(5000)
    expect(signals).toHaveBeenCalledTimes(1)
    end(new RequestFailure(0x503, 'unavailable', 'busy'))
    await vi.advanceTimersByTimeAsync(2000)
    expect(signals).toHaveBeenCalledTimes(2)
  })

  it('asks for nothing before one is a member', () => {
    const { view, signals, enabled, typing } = setup()
    expect(signals).toHaveBeenCalledTimes(1)
    enabled.value = false
    view.notifyTyping()
    expect(typing).not.toHaveBeenCalled()
  })
})
