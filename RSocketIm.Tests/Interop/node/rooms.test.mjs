import assert from 'node:assert/strict'
import { test } from 'node:test'
import { useServer } from './fixture.mjs'
import { json, messagePack } from './formats.mjs'

const fixture = useServer()

async function roomOf(name, ...others) {
  const owner = await fixture.as('owner')
  await owner.request('rooms.create', { room: name })
  const clients = [owner]
  for (const [user, options] of others) {
    const client = await fixture.as(user, options)
    await client.request('rooms.join', { room: name })
    clients.push(client)
  }
  return clients
}

test('two who write at once see the same messages in the same order', async () => {
  const room = 'order'
  const [ada, bob] = await roomOf(room, ['bob', { transport: 'tcp', format: json }])
  const feeds = [ada, bob].map((client) => client.stream('rooms.feed', { room, after: 0 }, 10_000))
  const writes = []
  for (let i = 0; i < 100; i++) {
    writes.push(ada.request('messages.send', { room, id: `a${i}`, text: `ada ${i}` }), bob.request('messages.send', { room, id: `b${i}`, text: `bob ${i}` }))
  }
  const answers = await Promise.all(writes)
  // Two entries of membership, then two hundred messages.
  const [one, two] = await Promise.all(feeds.map((feed) => feed.atLeast(202)))
  assert.deepEqual(one, two)
  assert.deepEqual(one.map(({ seq }) => seq), Array.from({ length: 202 }, (_, i) => i + 1))
  assert.deepEqual(new Set(answers.map(({ seq }) => seq)), new Set(Array.from({ length: 200 }, (_, i) => i + 3)))
})

test('a message that is sent twice is one message', async () => {
  const room = 'twice'
  const [owner] = await roomOf(room)
  const message = { room, id: 'the-same', text: 'once' }
  const [first, second] = [await owner.request('messages.send', message), await owner.request('messages.send', message)]
  assert.deepEqual([first.duplicate, second.duplicate, second.seq, second.at], [false, true, first.seq, first.at])
  const { events } = await owner.request('messages.history', { room })
  assert.equal(events.filter(({ type }) => type === 'message').length, 1)
})

const contents = [
  { text: 'plain' },
  { text: 'naïve Ünïcödé, 日本語, العربية, עברית' },
  { text: '🦆 👩‍👩‍👧‍👦 🏳️‍🌈 \u{1F468}\u{1F3FD}‍\u{1F4BB}' },
  { text: 'a\u0000b\tc\r\nd\u2028e\u2029f\ufeff' },
  { text: '</script><img src=x onerror=alert(1)>"\'&\\' },
  { text: 'x'.repeat(16 * 1024) },
  { text: '日'.repeat(5461) },
  { text: 'with meta', meta: { '': 'empty key', 'key with ünicode 🦆': 'v', long: 'x'.repeat(300), number: '18446744073709551615' } },
  { text: 'with mentions', mentions: ['owner'] },
]

for (const [name, format] of [['msgpack', messagePack], ['json', json]]) {
  test(`what was sent is what comes back, through ${name}, in feed and history`, async () => {
    const room = `contents-${name}`
    const [owner, reader] = await roomOf(room, [`reader-${name}`, { format }])
    const feed = reader.stream('rooms.feed', { room, after: 2 }, 1000)
    for (const [i, content] of contents.entries()) {
      // Half of them are written in the other format.
      await (i % 2 === 0 ? owner : reader).request('messages.send', { room, id: `c${i}`, ...content })
    }
    const fed = await feed.atLeast(contents.length)
    const { events, head, more } = await reader.request('messages.history', { room })
    assert.deepEqual([head, more], [contents.length + 2, false])
    const pick = ({ id, text, meta, mentions }) => ({ id, text, ...(meta ? { meta } : {}), ...(mentions ? { mentions } : {}) })
    const wanted = contents.map((content, i) => ({ id: `c${i}`, ...content }))
    assert.deepEqual(fed.map(pick), wanted)
    assert.deepEqual(events.filter(({ type }) => type === 'message').map(pick), wanted)
    const now = Date.now()
    assert.ok(fed.every(({ at }) => Number.isSafeInteger(at) && Math.abs(at - now) < 3_600_000))
  })
}

test('numbers beyond 32 bits are understood in every encoding of both formats', async () => {
  for (const format of [messagePack, json]) {
    const client = await fixture.as('counter', { format })
    const [item] = await client.stream('system.count', { count: 2 ** 53 }, 1).atLeast(1)
    assert.equal(item.i, 1)
  }
})

test('history pages have no hole and no overlap', async () => {
  const room = 'pages'
  const [owner] = await roomOf(room)
  for (let i = 0; i < 25; i++) {
    await owner.request('messages.send', { room, id: `p${i}`, text: `${i}` })
  }
  const seqs = []
  let before
  let more = true
  while (more) {
    const page = await owner.request('messages.history', { room, limit: 10, ...(before === undefined ? {} : { before }) })
    seqs.unshift(...page.events.map(({ seq }) => seq))
    before = seqs[0]
    more = page.more
  }
  assert.deepEqual(seqs, Array.from({ length: 26 }, (_, i) => i + 1))
})

test('a feed goes on after the last seq on another connection, without a hole or a repeat', async () => {
  const room = 'again'
  const [owner] = await roomOf(room)
  const first = await fixture.as('returning')
  const { epoch } = await first.request('rooms.get', { room })
  const before = first.stream('rooms.feed', { room, after: 0 }, 5)
  for (let i = 0; i < 20; i++) {
    await owner.request('messages.send', { room, id: `m${i}`, text: `${i}` })
  }
  const seen = (await before.atLeast(5)).map(({ seq }) => seq)
  first.close()
  await first.closed
  const second = await fixture.as('returning')
  const after = second.stream('rooms.feed', { room, after: seen.at(-1), epoch }, 1000)
  const rest = (await after.atLeast(16)).map(({ seq }) => seq)
  assert.deepEqual([...seen, ...rest], Array.from({ length: 21 }, (_, i) => i + 1))
})
