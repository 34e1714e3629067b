import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ErrorCodes } from 'rsocket-core'
import { bearer, simple } from './client.mjs'
import { failsWith, useServer } from './fixture.mjs'
import { bytes } from './formats.mjs'

const fixture = useServer()

describe('a request', () => {
  test('to an unknown route fails with not_found, whatever its kind', async () => {
    const client = await fixture.as('lost')
    const wanted = failsWith(0x404, /^not_found: .*no\.such/s)
    await assert.rejects(client.request('no.such', {}), wanted)
    wanted(await client.stream('no.such', {}, 1).failure())
    wanted(await client.channel('no.such', {}, 1).failure())
  })

  test('to an unknown route by fire-and-forget is not answered at all', async () => {
    const client = await fixture.as('quiet')
    await client.fire('no.such', {})
    await client.roundTrips(3)
    assert.equal(client.isClosed, false)
  })

  test('without a required key fails with bad_request that names the key', async () => {
    const client = await fixture.as('careless')
    await assert.rejects(client.request('rooms.get', {}), failsWith(0x400, /^bad_request: .*room/s))
    failsWith(0x400, /^bad_request: .*count/s)(await client.stream('system.count', {}, 1).failure())
  })

  test('with a key of the wrong type fails with bad_request that names the key', async () => {
    const client = await fixture.as('mistyped')
    await assert.rejects(client.request('rooms.get', { room: 5 }), failsWith(0x400, /^bad_request: .*room/s))
  })

  test('with data that are not in the format fails with bad_request', async () => {
    const client = await fixture.as('garbler')
    await assert.rejects(client.request('rooms.get', Buffer.from([0xc1, 0xc1]), bytes), failsWith(0x400, /^bad_request: ./s))
  })

  test('with a number outside its range fails with bad_request', async () => {
    const client = await fixture.as('outsider')
    await client.request('rooms.create', { room: 'ranges' })
    for (const limits of [{ limit: 0 }, { limit: 501 }, { limit: 2 ** 31 }, { before: -1 }, { after: -1 }]) {
      await assert.rejects(client.request('messages.history', { room: 'ranges', ...limits }), failsWith(0x400, /^bad_request: ./s), JSON.stringify(limits))
    }
  })

  test('for a room that is not there fails with not_found', async () => {
    const client = await fixture.as('seeker')
    await assert.rejects(client.request('rooms.get', { room: 'nowhere' }), failsWith(0x404, /^not_found: ./s))
    failsWith(0x404, /^not_found: ./s)(await client.stream('rooms.feed', { room: 'nowhere' }, 1).failure())
  })

  test('to make a room that exists fails with conflict', async () => {
    const client = await fixture.as('maker')
    await client.request('rooms.create', { room: 'once' })
    await assert.rejects(client.request('rooms.create', { room: 'once' }), failsWith(0x409, /^conflict: ./s))
  })

  test('to write where one is no member fails with forbidden', async () => {
    await (await fixture.as('host')).request('rooms.create', { room: 'members-only' })
    const visitor = await fixture.as('visitor')
    await assert.rejects(visitor.request('messages.send', { room: 'members-only', id: 'a', text: 'x' }), failsWith(0x403, /^forbidden: ./s))
  })

  test('with a text that is too long fails with too_large', async () => {
    const client = await fixture.as('novelist')
    await client.request('rooms.create', { room: 'novels' })
    await assert.rejects(
      client.request('messages.send', { room: 'novels', id: 'a', text: 'x'.repeat(16 * 1024 + 1) }),
      failsWith(0x413, /^too_large: ./s),
    )
  })

  test('for a feed of another epoch fails with gone', async () => {
    const client = await fixture.as('historian')
    await client.request('rooms.create', { room: 'epochs' })
    failsWith(0x410, /^gone: ./s)(await client.stream('rooms.feed', { room: 'epochs', after: 0, epoch: 'another' }, 1).failure())
    failsWith(0x410, /^gone: ./s)(await client.stream('inbox.feed', { positions: { epochs: 0 }, epochs: { epochs: 'another' } }, 1).failure())
  })

  test('that fails leaves the connection and its other streams alone', async () => {
    const client = await fixture.as('steady')
    const count = client.stream('system.count', { count: 10 }, 2)
    await assert.rejects(client.request('no.such', {}))
    count.request(8)
    assert.equal((await count.completion()).length, 10)
  })
})

describe('SETUP', () => {
  const refused = async (options) => (await fixture.connect(options)).closed

  test('with a bad token is REJECTED_SETUP', async () => {
    failsWith(ErrorCodes.REJECTED_SETUP, /./)(await refused({ setup: bearer('not.a.token') }))
  })

  test('without an identity is REJECTED_SETUP', async () => {
    failsWith(ErrorCodes.REJECTED_SETUP, /./)(await refused({}))
  })

  test('with a name that is no name is REJECTED_SETUP', async () => {
    failsWith(ErrorCodes.REJECTED_SETUP, /./)(await refused({ setup: simple('No Name!') }))
  })

  test('in an unsupported format is UNSUPPORTED_SETUP, and names the two that are supported', async () => {
    const error = await refused({ setup: simple('martian'), dataMimeType: 'application/x-martian' })
    failsWith(ErrorCodes.UNSUPPORTED_SETUP, /application\/vnd\.msgpack.*application\/json/s)(error)
  })

  for (const dataMimeType of ['application/x-msgpack', 'application/msgpack']) {
    test(`takes ${dataMimeType} as MessagePack`, async () => {
      const client = await fixture.connect({ setup: simple('aliased'), dataMimeType })
      assert.equal((await client.request('system.whoami', {})).user, 'aliased')
    })
  }
})
