import { beforeEach, describe, expect, it, vi } from 'vitest'
import { SignInError } from '../chat/signIn'
import { useSession } from './useSession'

const future = Date.now() + 3_600_000

describe('useSession', () => {
  beforeEach(() => sessionStorage.clear())

  it('signs in with the name as the server spells names, and survives a reload', async () => {
    const ask = vi.fn(async (user: string) => ({ user, token: 't', expiresAt: future }))
    await useSession({ signIn: ask }).signIn(' Ada ')
    expect(ask).toHaveBeenCalledWith('ada')
    expect(useSession().session.value).toMatchObject({ user: 'ada', token: 't' })
  })

  it('does not ask the server for a name it would refuse', async () => {
    const ask = vi.fn()
    const { signIn, error } = useSession({ signIn: ask })
    await signIn('not a name')
    expect(ask).not.toHaveBeenCalled()
    expect(error.value).toContain('1 to 32 letters')
  })

  it('shows why it failed', async () => {
    const { signIn, error, busy, session } = useSession({ signIn: async () => Promise.reject(new SignInError('The name “ada” is taken.')) })
    await signIn('ada')
    expect([error.value, busy.value, session.value]).toEqual(['The name “ada” is taken.', false, null])
  })

  it('forgets an expired session', () => {
    sessionStorage.setItem('rsocketim.session', JSON.stringify({ user: 'ada', token: 't', expiresAt: 1 }))
    expect(useSession().session.value).toBeNull()
  })

  it('signs out with a reason', async () => {
    const { signIn, signOut, session, error } = useSession({ signIn: async (user) => ({ user, token: 't', expiresAt: future }) })
    await signIn('ada')
    signOut('Expired.')
    expect([session.value, error.value, sessionStorage.length]).toEqual([null, 'Expired.', 0])
  })
})
