import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bearer } from './client.mjs'
import { useServer } from './fixture.mjs'

const fixture = useServer()

const post = (path, body, headers = { 'content-type': 'application/json' }) =>
  fixture.server && fetch(`${fixture.server.url}${path}`, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) })

async function guest(name) {
  const response = await post('/api/guest', { name })
  assert.equal(response.status, 200)
  return response.json()
}

async function isProblem(response, status) {
  assert.equal(response.status, status)
  assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/)
  assert.equal((await response.json()).status, status)
}

const whoAmI = async (client) => (await client.request('system.whoami', {})).user

describe('identity', () => {
  test('simple, a name and an empty password, is a guest', async () => {
    assert.equal(await whoAmI(await fixture.as('simple-guest')), 'simple-guest')
  })

  for (const transport of ['ws', 'tcp']) {
    test(`${transport}: bearer, the token of a guest`, async () => {
      const { token } = await guest(`bearer-${transport}`)
      assert.equal(await whoAmI(await fixture.connect({ setup: bearer(token), transport })), `bearer-${transport}`)
    })
  }

  test('in the upgrade request, with routing metadata alone', async () => {
    const { token } = await guest('header')
    const client = await fixture.connect({ routingOnly: true, headers: { authorization: `Bearer ${token}` } })
    assert.equal(await whoAmI(client), 'header')
  })

  test('in the upgrade request, with composite metadata that have none', async () => {
    const { token } = await guest('header-composite')
    const client = await fixture.connect({ headers: { authorization: `Bearer ${token}` } })
    assert.equal(await whoAmI(client), 'header-composite')
  })
})

describe('POST /api/guest', () => {
  test('answers user, token and when it expires', async () => {
    const { user, token, expiresAt } = await guest('newcomer')
    assert.equal(user, 'newcomer')
    assert.match(token, /./)
    assert.ok(expiresAt > Date.now())
  })

  test('answers 409 while another guest holds the name', async () => {
    await guest('holder')
    await isProblem(await post('/api/guest', { name: 'holder' }), 409)
  })

  for (const body of ['', '{', '[]', 'null', '5', '{}', '{"name":5}', '{"name":null}', '{"name":""}', '{"name":"No Name!"}', `{"name":"${'x'.repeat(33)}"}`]) {
    test(`answers 400 to ${JSON.stringify(body)}`, async () => {
      await isProblem(await post('/api/guest', body), 400)
    })
  }
})
