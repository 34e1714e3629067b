import { effectScope } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Session } from '../chat/contract'
import { SignInError } from '../chat/signIn'
import { useSession, type Credentials, type UseSessionOptions } from './useSession'

const HOUR = 3_600_000

describe('useSession', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 })
    sessionStorage.clear()
    localStorage.clear()
  })
  afterEach(() => {
    scope.stop()
    vi.useRealTimers()
  })

  let scope = effectScope()
  let serial = 0
  const ask = vi.fn<NonNullable<UseSessionOptions['signIn']>>(async (way, user) => ({
    user,
    token: `t${++serial}`,
    expiresAt: Date.now() + HOUR,
    guest: way === 'guest',
  }))
  function open(options: UseSessionOptions = {}) {
    scope = effectScope()
    return scope.run(() => useSession({ signIn: ask, ...options }))!
  }
  const as = (change: Partial<Credentials> = {}): Credentials => ({ way: 'guest', name: 'ada', password: '', remember: false, ...change })

  it('survives a reload of the tab, and not more, unless somebody asks for it', async () => {
    await open().signIn(as({ name: ' Ada ' }))
    scope.stop()
    expect(open().session.value?.user).toBe('ada')
    expect(localStorage.getItem('rsocketim.session')).toBeNull()
    scope.stop()
    sessionStorage.clear()
    expect(open().session.value).toBeNull()
    scope.stop()

    await open().signIn(as({ remember: true }))
    scope.stop()
    sessionStorage.clear()
    expect(open().session.value?.user).toBe('ada')
  })

  it('refuses what is no name and what is no password before asking', async () => {
    ask.mockClear()
    const { signIn, error } = open()
    await signIn(as({ name: 'no name!' }))
    expect(error.value).toContain('1 to 32 letters')
    await signIn(as({ way: 'register', password: 'short' }))
    expect(error.value).toContain('8 to 256 bytes')
    expect(ask).not.toHaveBeenCalled()
  })

  it('tells why a sign-in failed', async () => {
    const { signIn, error, busy, session } = open({ signIn: async () => Promise.reject(new SignInError(401)) })
    await signIn(as({ way: 'login', password: 'wrong password' }))
    expect([error.value, busy.value, session.value]).toEqual(['The name or the password is wrong.', false, null])
  })

  it('forgets an expired session, and one it cannot read', () => {
    sessionStorage.setItem('rsocketim.session', JSON.stringify({ user: 'ada', token: 't', expiresAt: 1 }))
    expect(open().session.value).toBeNull()
    sessionStorage.setItem('rsocketim.session', '{')
    expect(open().session.value).toBeNull()
  })

  it('signs out with a reason, everywhere it was kept', async () => {
    const { signIn, signOut, session, error } = open()
    await signIn(as({ remember: true }))
    signOut('Expired.')
    expect([session.value, error.value, sessionStorage.length, localStorage.getItem('rsocketim.session')]).toEqual([null, 'Expired.', 0, null])
  })

  it('asks for a guest\'s name again as it falls free', async () => {
    const { signIn, session } = open()
    await signIn(as())
    const before = session.value as Session
    await vi.advanceTimersByTimeAsync(HOUR)
    expect(session.value).toMatchObject({ user: 'ada', guest: true })
    expect(session.value?.token).not.toBe(before.token)
  })

  it('signs a guest out whose name somebody else has taken', async () => {
    const { signIn, session, error, refused } = open()
    await signIn(as())
    ask.mockRejectedValueOnce(new SignInError(409))
    refused()
    await vi.advanceTimersByTimeAsync(0)
    expect([session.value, error.value]).toEqual([null, 'The name “ada” is taken. Please choose another one.'])
  })

  it('goes on asking for a guest\'s name while the server\'s clock is behind', async () => {
    const { signIn, session } = open()
    await signIn(as())
    ask.mockRejectedValueOnce(new SignInError(409)).mockRejectedValueOnce(new SignInError(0))
    await vi.advanceTimersByTimeAsync(HOUR + 3999)
    expect(session.value?.expiresAt).toBeLessThan(Date.now())
    await vi.advanceTimersByTimeAsync(1)
    expect(session.value?.expiresAt).toBeGreaterThan(Date.now())
  })

  it('asks an account\'s owner in time, and goes on with the new token', async () => {
    const { signIn, renew, session, ending } = open()
    await signIn(as({ way: 'login', password: 'long enough', remember: true }))
    const before = session.value as Session
    await vi.advanceTimersByTimeAsync(HOUR - 11 * 60_000)
    expect(ending.value).toBe(false)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(ending.value).toBe(true)
    await renew('long enough')
    expect([ending.value, session.value?.user, session.value?.token === before.token]).toEqual([false, 'ada', false])
    expect(localStorage.getItem('rsocketim.session')).toContain(session.value!.token)
  })

  it('follows a sign-out in another tab of this device', async () => {
    const { signIn, session } = open()
    await signIn(as({ remember: true }))
    localStorage.removeItem('rsocketim.session')
    window.dispatchEvent(new StorageEvent('storage', { key: 'rsocketim.session', newValue: null, storageArea: localStorage }))
    expect(session.value).toBeNull()
  })
})
