import { describe, expect, it, vi } from 'vitest'
import { Translator } from '../texts/translator'
import { signInBy, SignInError, signInSentence } from './signIn'

const en = new Translator('en')
const zh = new Translator('zh')
const session = { user: 'ada', token: 't', expiresAt: 5 }

describe('signInBy', () => {
  const answering = (status: number, body: unknown, type = 'application/problem+json') =>
    vi.fn<typeof fetch>(async () => new Response(JSON.stringify(body), { status, headers: { 'content-type': type } }))

  it('sends a guest\'s name alone, and a password with the two other ways', async () => {
    const post = answering(200, session, 'application/json')
    await signInBy('guest', 'ada', 'ignored', post)
    const again = answering(200, session, 'application/json')
    await signInBy('login', 'ada', 'secret-pw', again)
    expect(post.mock.calls[0]).toMatchObject(['/api/guest', { body: '{"name":"ada"}' }])
    expect(again.mock.calls[0]).toMatchObject(['/api/login', { body: '{"name":"ada","password":"secret-pw"}' }])
  })

  it('notes whether the session came without an account', async () => {
    expect(await signInBy('guest', 'ada', '', answering(200, session, 'application/json'))).toEqual({ ...session, guest: true })
    expect(await signInBy('register', 'ada', 'secret-pw', answering(200, session, 'application/json'))).toEqual({ ...session, guest: false })
  })

  it('rejects with the status and the problem\'s own sentence', async () => {
    await expect(signInBy('guest', 'ada', '', answering(500, { detail: 'Broken.' }))).rejects.toMatchObject({ status: 500, detail: 'Broken.' })
    await expect(signInBy('guest', 'ada', '', answering(502, '<html>', 'text/html'))).rejects.toMatchObject({ status: 502, detail: undefined })
  })

  it('rejects with status 0 when nobody answers', async () => {
    await expect(signInBy('guest', 'ada', '', async () => Promise.reject(new TypeError('refused')))).rejects.toMatchObject({ status: 0 })
  })
})

describe('signInSentence', () => {
  it.each([
    [new SignInError(409, 'The name ada is taken.'), 'The name “ada” is taken. Please choose another one.'],
    [new SignInError(401, 'The name or the password is wrong.'), 'The name or the password is wrong.'],
    [new SignInError(403), 'Guests are not allowed on this server.'],
    [new SignInError(429), 'Too many sign-ins from here. Please wait a minute and try again.'],
    [new SignInError(0), 'The server cannot be reached. Is it running?'],
    [new SignInError(400, 'Key name is missing.'), 'Key name is missing.'],
    [new SignInError(502), 'The server answered with status 502.'],
  ])('%o: %s', (error, sentence) => expect(signInSentence(error, 'ada', en)).toBe(sentence))

  it('does not show English to who reads Chinese', () => {
    expect(signInSentence(new SignInError(500, 'Broken.'), 'ada', zh)).toBe('服务器返回状态 500。')
  })
})
