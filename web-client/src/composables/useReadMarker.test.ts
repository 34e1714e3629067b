import { effectScope, shallowRef } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ChatClient } from '../chat/chatClient'
import { useReadMarker } from './useReadMarker'

describe('useReadMarker', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  function setup() {
    const page = { hidden: false }
    const markRead = vi.fn(async () => {})
    const client = shallowRef<ChatClient | null>({ markRead } as unknown as ChatClient)
    const scope = effectScope()
    const marker = scope.run(() => useReadMarker(client, { isHidden: () => page.hidden }))!
    return { page, markRead, marker, client }
  }

  it('tells only the newest position, and only once', () => {
    const { markRead, marker } = setup()
    marker.seen('lobby', 1)
    marker.seen('lobby', 5)
    vi.advanceTimersByTime(1000)
    marker.seen('lobby', 5)
    vi.advanceTimersByTime(1000)
    expect(markRead.mock.calls).toEqual([['lobby', 5]])
  })

  it('tells at once when the room is put aside', () => {
    const { markRead, marker, client } = setup()
    marker.seen('lobby', 5)
    client.value = null
    expect(markRead.mock.calls).toEqual([['lobby', 5]])
    vi.advanceTimersByTime(1000)
    expect(markRead).toHaveBeenCalledTimes(1)
  })

  it('tells nothing while nobody looks, and all of it when somebody does', () => {
    const { page, markRead, marker } = setup()
    page.hidden = true
    marker.seen('lobby', 5)
    vi.advanceTimersByTime(5000)
    expect(markRead).not.toHaveBeenCalled()
    page.hidden = false
    document.dispatchEvent(new Event('visibilitychange'))
    expect(markRead.mock.calls).toEqual([['lobby', 5]])
  })
})
