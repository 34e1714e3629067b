import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deserializeFrame, FrameTypes } from 'rsocket-core'
import { useServer } from './fixture.mjs'

const fixture = useServer()

test('system.count sends exactly what was asked for', async () => {
  const client = await fixture.as('counter')
  const count = client.stream('system.count', { count: 1000 }, 4)
  await count.atLeast(4)
  await client.roundTrips()
  assert.equal(count.values.length, 4)
  count.request(3)
  await count.atLeast(7)
  await client.roundTrips()
  assert.deepEqual(count.values.map(({ i }) => i), [1, 2, 3, 4, 5, 6, 7])
  assert.equal(count.isComplete, false)
  count.cancel()
})

test('grants add up', async () => {
  const client = await fixture.as('adder')
  const count = client.stream('system.count', { count: 1000 }, 1)
  count.request(2)
  count.request(3)
  await count.atLeast(6)
  await client.roundTrips()
  assert.equal(count.values.length, 6)
  count.cancel()
})

test('completion needs no credit', async () => {
  const client = await fixture.as('finisher')
  assert.equal((await client.stream('system.count', { count: 3 }, 3).completion()).length, 3)
})

test('two grants of 2^31-1 do not overflow', async () => {
  const client = await fixture.as('greedy')
  const count = client.stream('system.count', { count: 5000 }, 0x7fffffff)
  count.request(0x7fffffff)
  assert.equal((await count.completion()).length, 5000)
})

test('rooms.feed sends exactly what was asked for, in replay and live', async () => {
  const writer = await fixture.as('writer')
  const reader = await fixture.as('reader')
  const room = 'credit'
  await writer.request('rooms.create', { room })
  for (let i = 0; i < 10; i++) {
    await writer.request('messages.send', { room, id: `m${i}`, text: `${i}` })
  }
  const feed = reader.stream('rooms.feed', { room, after: 0 }, 4)
  await feed.atLeast(4)
  await reader.roundTrips()
  assert.equal(feed.values.length, 4)
  feed.request(3)
  await feed.atLeast(7)
  await reader.roundTrips()
  assert.deepEqual(feed.values.map(({ seq }) => seq), [1, 2, 3, 4, 5, 6, 7])

  // The owner's `joined` and ten messages: four are left, then the feed is live with two credits over.
  feed.request(6)
  await feed.atLeast(11)
  for (let i = 10; i < 15; i++) {
    await writer.request('messages.send', { room, id: `m${i}`, text: `${i}` })
  }
  await feed.atLeast(13)
  await reader.roundTrips()
  assert.deepEqual(feed.values.map(({ seq }) => seq), Array.from({ length: 13 }, (_, i) => i + 1))
  feed.cancel()
})

test('a cancelled stream of 2^53 stops', async () => {
  let payloads = 0
  const client = await fixture.as('canceller', {
    onFrame: (bytes) => {
      const frame = deserializeFrame(bytes)
      payloads += frame.type === FrameTypes.PAYLOAD && frame.streamId === streamId ? 1 : 0
    },
  })
  // The first request of a client has stream id 1.
  const streamId = 1
  const count = client.stream('system.count', { count: 2 ** 53 }, 0x7fffffff, ({ i }) => i === 1000 && count.cancel())
  await count.atLeast(1000)
  await client.roundTrips()
  const atRest = payloads
  await client.roundTrips(50)
  assert.equal(payloads, atRest)
})

test('a subscriber without credit does not hold up another one', async () => {
  const writer = await fixture.as('brisk')
  const room = 'isolation'
  await writer.request('rooms.create', { room })
  const slow = (await fixture.as('sleepy')).stream('rooms.feed', { room, after: 0 }, 1)
  const quick = (await fixture.as('awake')).stream('rooms.feed', { room, after: 0 }, 1000)
  await slow.atLeast(1)
  for (let i = 0; i < 100; i++) {
    await writer.request('messages.send', { room, id: `m${i}`, text: 'x' })
  }
  await quick.atLeast(101)
  assert.equal(slow.values.length, 1)
  slow.request(100)
  assert.deepEqual((await slow.atLeast(101)).map(({ seq }) => seq), (await quick.atLeast(101)).map(({ seq }) => seq))
})
