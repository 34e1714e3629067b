import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failsWith, useServer } from './fixture.mjs'

const fixture = useServer()

test('a channel sends us no more than we asked for, and asks for more itself', async () => {
  const client = await fixture.as('echo')
  const echo = client.channel('system.echo', 'v0', 2)
  for (let i = 1; i <= 300; i++) {
    echo.send(`v${i}`)
  }
  await echo.atLeast(2)
  await client.roundTrips()
  assert.deepEqual(echo.values, ['v0', 'v1'])
  assert.ok(echo.granted > 0, 'the server must grant credit, or its sender waits for ever')
  echo.request(1000)
  echo.end()
  assert.deepEqual(await echo.completion(), Array.from({ length: 301 }, (_, i) => `v${i}`))
})

test('a cancelled channel stops both ways', async () => {
  const client = await fixture.as('stopper')
  const echo = client.channel('system.echo', 'one', 10)
  await echo.atLeast(1)
  echo.cancel()
  await client.roundTrips()
  assert.deepEqual(echo.values, ['one'])
})

test('rooms.session sends, acknowledges and shows what others write', async () => {
  const ada = await fixture.as('ada')
  const bob = await fixture.as('bob')
  const room = 'session'
  await ada.request('rooms.create', { room })
  await bob.request('rooms.join', { room })
  const { head } = await ada.request('rooms.get', { room })

  const session = ada.channel('rooms.session', { room, after: head }, 1000)
  session.send({ op: 'send', id: 'a1', text: 'from the session' })
  const ack = await session.first(({ type }) => type === 'ack')
  assert.deepEqual({ id: ack.id, seq: ack.seq, duplicate: ack.duplicate }, { id: 'a1', seq: head + 1, duplicate: false })
  const own = await session.first(({ type, id }) => type === 'message' && id === 'a1')
  assert.deepEqual([own.seq, own.from, own.text], [head + 1, 'ada', 'from the session'])

  session.send({ op: 'send', id: 'a1', text: 'from the session' })
  const again = await session.first(({ type, duplicate }) => type === 'ack' && duplicate)
  assert.equal(again.seq, head + 1)

  await bob.request('messages.send', { room, id: 'b1', text: 'from outside' })
  const other = await session.first(({ id }) => id === 'b1')
  assert.equal(other.seq, head + 2)
  session.end()
})

test('rooms.session answers a bad operation in its place and lives on', async () => {
  const client = await fixture.as('clumsy')
  await client.request('rooms.create', { room: 'clumsy' })
  const session = client.channel('rooms.session', { room: 'clumsy' }, 1000)
  session.send({ op: 'send', id: 'empty', text: '' })
  const error = await session.first(({ type }) => type === 'error')
  assert.deepEqual([error.id, error.code, error.name], ['empty', 0x400, 'bad_request'])
  session.send({ op: 'send', id: 'full', text: 'x' })
  assert.equal((await session.first(({ type }) => type === 'ack')).id, 'full')
  session.end()
})

test('rooms.session tells others that one is typing, and remembers what one has read', async () => {
  const carol = await fixture.as('carol')
  const dave = await fixture.as('dave')
  const room = 'signals'
  await carol.request('rooms.create', { room })
  await dave.request('rooms.join', { room })
  const { seq } = await dave.request('messages.send', { room, id: 'd1', text: 'read this' })

  const signals = dave.stream('signals.feed', { room }, 1000)
  // The server has read the request for signals when it has answered what came after it on the same connection.
  await dave.roundTrips(3)
  const session = carol.channel('rooms.session', { room }, 1000)
  session.send({ op: 'typing' })
  const typing = await signals.first(({ type, user }) => type === 'typing' && user === 'carol')
  assert.equal(typeof typing.until, 'number')

  session.send({ op: 'read', seq })
  const receipt = await signals.first(({ type, user }) => type === 'receipt' && user === 'carol')
  assert.equal(receipt.seq, seq)
  assert.equal((await carol.request('rooms.get', { room })).readSeq, seq)
  session.end()
})

test('messages.publish answers each message in order', async () => {
  const client = await fixture.as('publisher')
  const room = 'publish'
  await client.request('rooms.create', { room })
  const publish = client.channel('messages.publish', { room, id: 'p0', text: '0' }, 1000)
  for (let i = 1; i < 200; i++) {
    publish.send(i === 50 ? { room, id: 'p50' } : { room, id: `p${i}`, text: `${i}` })
  }
  publish.end()
  const answers = await publish.completion()
  assert.equal(answers.length, 200)
  assert.deepEqual([answers[50].id, answers[50].error.code, answers[50].error.name], ['p50', 0x400, 'bad_request'])
  const seqs = answers.filter((answer) => !answer.error).map(({ seq }) => seq)
  assert.deepEqual(seqs, Array.from({ length: 199 }, (_, i) => seqs[0] + i))
})

test('messages.publish fails as a whole when its first message is bad', async () => {
  const client = await fixture.as('spoiler')
  failsWith(0x400, /^bad_request: .*room/s)(await client.channel('messages.publish', { id: 'x', text: 'x' }, 10).failure())
})
