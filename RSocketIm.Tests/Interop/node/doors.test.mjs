// The doors that are not RSocket, with the clients that people have: fetch, eventsource, ws.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { test } from 'node:test'
import { EventSource } from 'eventsource'
import { WebSocket } from 'ws'
import { useServer } from './fixture.mjs'

const fixture = useServer()

/** A guest at the HTTP doors. */
async function guest(name) {
  const json = { 'Content-Type': 'application/json' }
  const signedIn = await fetch(`${fixture.server.url}/api/guest`, { method: 'POST', headers: json, body: JSON.stringify({ name }) })
  const { token } = await signedIn.json()
  const ask = async (method, path, body, headers = {}) =>
    fetch(`${fixture.server.url}/api${path}`, {
      method,
      body: body && JSON.stringify(body),
      headers: { Authorization: `Bearer ${token}`, ...(body && json), ...headers },
    })
  return {
    token,
    ask,
    async json(method, path, body, headers) {
      const response = await ask(method, path, body, headers)
      assert.ok(response.ok, `${method} ${path}: ${response.status}`)
      return response.json()
    },
  }
}

/** What an EventSource gets, as a queue. */
function reading(source, ...types) {
  const events = []
  let wake = () => {}
  types.forEach((type) =>
    source.addEventListener(type, (event) => {
      events.push(event)
      wake()
    }),
  )
  return {
    events,
    async atLeast(count) {
      while (events.length < count) {
        await new Promise((resolve) => (wake = resolve))
      }
      return events
    },
  }
}

/** A proxy whose connections end after so many bytes to the client. */
async function startCuttingProxy(bytesBeforeCut) {
  const target = new URL(fixture.server.url)
  const links = new Set()
  const proxy = { cuts: 0, left: bytesBeforeCut }
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    const end = () => {
      client.destroy()
      upstream.destroy()
    }
    links.add(end)
    client.pipe(upstream)
    upstream.on('data', (bytes) => {
      const through = bytes.subarray(0, Math.min(bytes.length, proxy.left))
      client.write(through)
      proxy.left -= through.length
      if (proxy.left === 0) {
        proxy.cuts++
        proxy.left = bytesBeforeCut * 3
        client.end()
        upstream.destroy()
      }
    })
    client.on('error', end).on('close', end)
    upstream.on('error', end).on('close', () => client.end())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  proxy.url = `http://127.0.0.1:${server.address().port}`
  proxy.close = () => {
    links.forEach((end) => end())
    server.close()
  }
  return proxy
}

test('an EventSource with a ticket reads a room from its beginning, and live', async () => {
  const ada = await guest('sse-ada')
  await ada.json('POST', '/rooms', { room: 'sse' })
  const { ticket } = await ada.json('POST', '/tickets')
  const source = new EventSource(`${fixture.server.url}/api/rooms/sse/events?after=0&ticket=${ticket}`)
  const seen = reading(source, 'member', 'message')
  await seen.atLeast(1)
  await ada.json('POST', '/rooms/sse/messages', { id: 'a', text: 'Grüße\n👍' })
  const [joined, message] = await seen.atLeast(2)
  assert.deepEqual([joined.lastEventId, message.lastEventId], ['1', '2'])
  assert.equal(JSON.parse(message.data).text, 'Grüße\n👍')
  source.close()
})

test('an EventSource that is cut comes back by itself and misses nothing', async () => {
  const messages = 2_000
  const ada = await guest('cut-ada')
  await ada.json('POST', '/rooms', { room: 'cut' })
  const proxy = await startCuttingProxy(20_000)
  const source = new EventSource(`${proxy.url}/api/rooms/cut/events?after=0`, {
    fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, Authorization: `Bearer ${ada.token}` } }),
  })
  const seen = reading(source, 'member', 'message')
  for (let i = 0; i < messages; i += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, j) => ada.json('POST', '/rooms/cut/messages', { text: `${i + j}` }, { 'Idempotency-Key': `k${i + j}` })))
  }
  const events = await seen.atLeast(messages + 1)
  assert.deepEqual(events.map(({ lastEventId }) => Number(lastEventId)), Array.from({ length: messages + 1 }, (_, i) => i + 1))
  assert.ok(proxy.cuts > 2, `only ${proxy.cuts} cuts`)
  source.close()
  proxy.close()
})

test('a long poll is answered by the next event, and an idle poll costs no body', async () => {
  const ada = await guest('poll-ada')
  await ada.json('POST', '/rooms', { room: 'poll' })
  const waiting = ada.json('GET', '/rooms/poll/events?after=1&wait=30s')
  await ada.json('POST', '/rooms/poll/messages', { id: 'a', text: 'now' })
  const { events, head, more } = await waiting
  assert.deepEqual([events.map(({ text }) => text), head, more], [['now'], 2, false])

  const first = await ada.ask('GET', '/rooms/poll/events?after=2')
  assert.deepEqual((await first.json()).events, [])
  const idle = await ada.ask('GET', '/rooms/poll/events?after=2', undefined, { 'If-None-Match': first.headers.get('etag') })
  assert.equal(idle.status, 304)
})

test('a WebSocket with JSON subscribes with credit, sends, and is told its errors', async () => {
  const ada = await guest('ws-ada')
  await ada.json('POST', '/rooms', { room: 'ws' })
  const socket = new WebSocket(`${fixture.server.url.replace('http', 'ws')}/ws`)
  const seen = []
  let wake = () => {}
  socket.on('message', (data, isBinary) => {
    assert.equal(isBinary, false)
    seen.push(JSON.parse(data))
    wake()
  })
  const first = async (matches) => {
    for (;;) {
      const found = seen.find(matches)
      if (found) {
        return found
      }
      await new Promise((resolve) => (wake = resolve))
    }
  }
  const say = (message) => socket.send(JSON.stringify(message))
  await once(socket, 'open')
  say({ op: 'hello', token: ada.token })
  say({ op: 'subscribe', room: 'ws', after: 0, credit: 2 })
  for (let i = 0; i < 3; i++) {
    say({ op: 'send', room: 'ws', id: `m${i}`, text: `${i}` })
  }
  await first(({ op, id }) => op === 'ack' && id === 'm2')
  say({ op: 'send', room: 'ws', id: 'bad', text: '' })
  assert.deepEqual((({ room, name }) => ({ room, name }))(await first(({ op, id }) => op === 'error' && id === 'bad')), { room: 'ws', name: 'bad_request' })
  const seqs = () => seen.filter(({ op }) => op === 'event').map(({ event }) => event.seq)
  assert.deepEqual(seqs(), [1, 2])
  say({ op: 'credit', room: 'ws', n: 100 })
  await first(({ op, event }) => op === 'event' && event.seq === 4)
  assert.deepEqual(seqs(), [1, 2, 3, 4])
  socket.close()
  await once(socket, 'close')
})
