import { effectScope, shallowRef } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ChatClient } from '../chat/chatClient'
import type { Member, Signal } from '../chat/contract'
import type { StreamHandlers } from '../rsocket/creditStream'
import { RequestFailure } from '../rsocket/failure'
import { useMembers } from './useMembers'

const member = (user: string, change: Partial<Member> = {}): Member => ({ user, role: 'member', online: false, ...change })

describe('useMembers', () => {
  let scope = effectScope()
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => {
    scope.stop()
    vi.useRealTimers()
  })

  async function setup(more: Partial<Record<keyof ChatClient, unknown>> = {}) {
    let handlers!: StreamHandlers<Signal>
    const memberPage = vi.fn(async (_: string, after?: string) =>
      after === undefined ? { members: [member('ada', { role: 'owner' }), member('bob')], next: 'bob' } : { members: [member('eve')] },
    )
    const signals = vi.fn((_: string, given: StreamHandlers<Signal>) => {
      handlers = given
      return { request: vi.fn(), cancel: vi.fn() }
    })
    const client = shallowRef<ChatClient | null>({ memberPage, signals, ...more } as unknown as ChatClient)
    scope = effectScope()
    const view = scope.run(() => useMembers(client, 'lobby'))!
    await vi.advanceTimersByTimeAsync(0)
    const push = async (signal: Signal) => {
      handlers.onNext(signal)
      await vi.advanceTimersByTimeAsync(50)
    }
    return { view, client, push, memberPage }
  }
  const names = (view: { members: { value: readonly Member[] } }) => view.members.value.map(({ user }) => user)

  it('loads page after page', async () => {
    const { view, memberPage } = await setup()
    expect([names(view), view.hasMore.value]).toEqual([['ada', 'bob'], true])
    await view.loadMore()
    expect([names(view), view.hasMore.value]).toEqual([['ada', 'bob', 'eve'], false])
    expect(memberPage.mock.calls.map(([, after]) => after)).toEqual([undefined, 'bob'])
  })

  it('follows who comes and goes', async () => {
    const { view, push } = await setup()
    await push({ type: 'presence', user: 'bob', online: true, at: 1 })
    expect(view.members.value.map(({ online }) => online)).toEqual([false, true])
  })

  it('shows a role and a removal when the server has them, and not when it refuses', async () => {
    const setRole = vi.fn(async () => {})
    const remove = vi.fn().mockRejectedValueOnce(new RequestFailure(0x403, 'forbidden', 'Not you')).mockResolvedValueOnce(undefined)
    const { view } = await setup({ setRole, remove })
    expect(await view.setRole('bob', 'moderator')).toBe(true)
    expect(view.members.value[1]?.role).toBe('moderator')
    expect(await view.remove('bob')).toBe(false)
    expect([names(view), view.error.value]).toEqual([['ada', 'bob'], 'Not you.'])
    expect(await view.remove('bob')).toBe(true)
    expect([names(view), view.error.value]).toEqual([['ada'], ''])
  })

  it('says so when there is no connection, and starts anew with the next', async () => {
    const { view, client, memberPage } = await setup()
    const before = client.value
    client.value = null
    await vi.advanceTimersByTimeAsync(0)
    expect(await view.invite('eve')).toBe(false)
    expect(view.error.value).toBe('There is no connection to the server at the moment.')
    client.value = before
    await vi.advanceTimersByTimeAsync(0)
    expect(memberPage).toHaveBeenCalledTimes(2)
  })
})
