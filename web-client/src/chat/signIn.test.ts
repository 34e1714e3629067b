import { describe, expect, it, vi } from 'vitest'
import { signInAsGuest } from './signIn'

const answering = (status: number, body: unknown, type = 'application/problem+json') =>
  vi.fn(async () => new Response(JSON.stringify(body), { status, headers: { 'content-type': type } })) as unknown as typeof fetch

describe('signInAsGuest', () => {
  it('posts the name and gives back the session', async () => {
    const session = { user: 'ada', token: 't', expiresAt: 5 }
    const post = answering(200, session, 'application/json')
    expect(await signInAsGuest('ada', post)).toEqual(session)
    expect(post).toHaveBeenCalledWith('/api/guest', expect.objectContaining({ method: 'POST', body: '{"name":"ada"}' }))
  })

  it('says in a sentence that the name is taken', async () => {
    await expect(signInAsGuest('ada', answering(409, { title: 'conflict', status: 409 }))).rejects.toThrow(
      'The name “ada” is taken. Please choose another one.',
    )
  })

  it('shows the detail of other problems', async () => {
    await expect(signInAsGuest('', answering(400, { detail: 'name: 1 to 32 characters.' }))).rejects.toThrow('name: 1 to 32 characters.')
  })

  it('names the status when there is no detail', async () => {
    await expect(signInAsGuest('ada', answering(502, '<html>', 'text/html'))).rejects.toThrow('The server answered with status 502.')
  })

  it('says that the server cannot be reached', async () => {
    const post = vi.fn(async () => Promise.reject(new TypeError('fetch failed'))) as unknown as typeof fetch
    await expect(signInAsGuest('ada', post)).rejects.toThrow('The server cannot be reached. Is it running?')
  })
})
