// MQTT.js against the real server, over WebSocket and TCP, MQTT 3.1.1 and 5.0, as people write it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, describe, test } from 'node:test'
import mqtt from 'mqtt'
import { useServer } from './fixture.mjs'

const fixture = useServer({ args: ['--RSocketIm:Mqtt:Port=auto'] })
const open = new Set()
let names = 0

const addresses = {
  ws: () => fixture.server.mqttSocketUrl,
  tcp: () => `mqtt://${fixture.server.mqtt.host}:${fixture.server.mqtt.port}`,
}

/** A connected client. `reconnectPeriod: 0`: what fails here fails the test, and is not tried again. */
async function connect(options = {}, by = 'ws') {
  const client = await mqtt.connectAsync(addresses[by](), { reconnectPeriod: 0, connectTimeout: 20_000, ...options })
  client.received = []
  client.on('message', (topic, payload, packet) => client.received.push({ topic, text: payload.toString(), packet }))
  open.add(client)
  return client
}

/** Resolves when the client has received `count` messages. */
async function received(client, count) {
  while (client.received.length < count) {
    await once(client, 'message', { signal: AbortSignal.timeout(20_000) })
  }
  return client.received
}

const room = () => `talk${++names}`

after(() => Promise.all([...open].map((client) => client.endAsync(true))))

test('the lines that everybody writes work against an empty server, without a user name', async () => {
  const client = mqtt.connect(fixture.server.mqttSocketUrl, { reconnectPeriod: 0 })
  open.add(client)
  client.on('connect', () => {
    client.subscribe('chat/room1', (error) => {
      assert.equal(error, null)
      client.publish('chat/room1', 'Hello')
    })
  })
  const [topic, payload] = await once(client, 'message', { signal: AbortSignal.timeout(20_000) })
  assert.deepEqual([topic, payload.toString()], ['chat/room1', 'Hello'])
})

for (const by of ['ws', 'tcp']) {
  for (const protocolVersion of [4, 5]) {
    describe(`MQTT ${protocolVersion} over ${by}`, () => {
      for (const qos of [0, 1, 2]) {
        test(`messages of QoS ${qos} arrive in order, once`, async () => {
          const topic = `chat/${room()}`
          const reader = await connect({ protocolVersion, username: `reader${++names}` }, by)
          const writer = await connect({ protocolVersion, username: `writer${++names}` }, by)
          const [grant] = await reader.subscribeAsync(topic, { qos })
          assert.equal(grant.qos, qos)
          const texts = Array.from({ length: 50 }, (_, i) => `text ${i} 你好`)
          await Promise.all(texts.map((text) => writer.publishAsync(topic, text, { qos })))
          const all = await received(reader, texts.length)
          assert.deepEqual(all.map((one) => one.text), texts)
          assert.ok(all.every((one) => one.topic === topic && one.packet.qos === qos && !one.packet.retain))
        })
      }

      test('a new subscriber gets the last message, retained', async () => {
        const topic = `chat/${room()}`
        const writer = await connect({ protocolVersion }, by)
        await writer.publishAsync(topic, 'first', { qos: 1 })
        await writer.publishAsync(topic, 'last', { qos: 1 })
        const reader = await connect({ protocolVersion }, by)
        await reader.subscribeAsync(topic)
        const [{ text, packet }] = await received(reader, 1)
        assert.deepEqual([text, packet.retain], ['last', true])
      })

      test('a persistent session gets what it missed', async () => {
        const topic = `chat/${room()}`
        const options = { protocolVersion, clean: false, clientId: `phone${++names}`, username: `ann${names}`, properties: protocolVersion === 5 ? { sessionExpiryInterval: 3600 } : undefined }
        const before = await connect(options, by)
        await before.subscribeAsync(topic, { qos: 1 })
        await before.endAsync()
        const writer = await connect({ protocolVersion }, by)
        const texts = Array.from({ length: 30 }, (_, i) => `missed ${i}`)
        await Promise.all(texts.map((text) => writer.publishAsync(topic, text, { qos: 1 })))

        const client = mqtt.connect(addresses[by](), { reconnectPeriod: 0, ...options })
        open.add(client)
        client.received = []
        client.on('message', (_, payload) => client.received.push({ text: payload.toString() }))
        const [connack] = await once(client, 'connect')
        assert.equal(connack.sessionPresent, true)
        assert.deepEqual((await received(client, texts.length)).map((one) => one.text), texts)
      })

      test('a will is published when the connection is cut', async () => {
        const topic = `chat/${room()}`
        const reader = await connect({ protocolVersion }, by)
        await reader.subscribeAsync(topic)
        const mortal = await connect({ protocolVersion, username: `mortal${++names}`, will: { topic, payload: 'gone', qos: 1, retain: false } }, by)
        mortal.stream.destroy()
        assert.equal((await received(reader, 1))[0].text, 'gone')
      })

      test('wildcards match the rooms that are joined, later ones too', async () => {
        const prefix = `w${++names}`
        const client = await connect({ protocolVersion, username: prefix }, by)
        await client.publishAsync(`chat/${prefix}-a`, 'before', { qos: 1 })
        await client.subscribeAsync('chat/+', { qos: 1 })
        await client.publishAsync(`chat/${prefix}-b`, 'after', { qos: 1 })
        await client.publishAsync(`chat/${prefix}-a`, 'again', { qos: 1 })
        const all = await received(client, 3)
        assert.deepEqual(all.map((one) => `${one.topic} ${one.text}`).sort(), [`chat/${prefix}-a again`, `chat/${prefix}-a before`, `chat/${prefix}-b after`])
      })

      test('events and signals are JSON', async () => {
        const name = room()
        const user = `typist${++names}`
        const client = await connect({ protocolVersion, username: user }, by)
        await client.subscribeAsync([`chat/${name}/events`, `chat/${name}/signals`], { qos: 1 })
        await client.publishAsync(`chat/${name}`, 'words', { qos: 1 })
        await client.publishAsync(`chat/${name}/typing`, '')
        while (!client.received.some((one) => one.text.includes('"typing"')) || !client.received.some((one) => one.text.includes('"words"'))) {
          await once(client, 'message', { signal: AbortSignal.timeout(20_000) })
        }
        const event = JSON.parse(client.received.find((one) => one.text.includes('"words"')).text)
        assert.deepEqual([event.room, event.type, event.from, event.text], [name, 'message', user, 'words'])
      })
    })
  }
}

test('MQTT 5.0 carries seq, from, id and type, and properties through', async () => {
  const topic = `chat/${room()}`
  const client = await connect({ protocolVersion: 5, username: `props${++names}` })
  await client.subscribeAsync(topic, { qos: 1, properties: { subscriptionIdentifier: 7 } })
  await client.publishAsync(topic, 'hi', {
    qos: 1,
    properties: { responseTopic: 'chat/answers', correlationData: Buffer.from([1, 2, 3]), contentType: 'text/plain', userProperties: { id: 'my-id', colour: 'red' } },
  })
  const { properties } = (await received(client, 1))[0].packet
  assert.deepEqual(
    [properties.userProperties.id, properties.userProperties.from, properties.userProperties.type, properties.userProperties.colour, properties.subscriptionIdentifier, properties.responseTopic, properties.contentType, [...properties.correlationData]],
    ['my-id', `props${names}`, 'message', 'red', 7, 'chat/answers', 'text/plain', [1, 2, 3]],
  )
  await client.publishAsync(topic, 'hi again, under the same id', { qos: 1, properties: { userProperties: { id: 'my-id' } } })
  await client.publishAsync(topic, 'another', { qos: 1 })
  assert.deepEqual((await received(client, 2)).map((one) => one.text), ['hi', 'another'])
})

test('a wrong password is refused with the code of each version', async () => {
  const name = `acc${++names}`
  const made = await fetch(`${fixture.server.url}/api/register`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ name, password: 'correct horse' }) })
  const { token } = await made.json()
  await assert.rejects(connect({ username: name, password: 'wrong horse', protocolVersion: 4 }), (error) => error.code === 4)
  await assert.rejects(connect({ username: name, password: 'wrong horse', protocolVersion: 5 }), (error) => error.code === 0x86)
  await assert.rejects(connect({ username: name, protocolVersion: 5 }), (error) => error.code === 0x86)
  await connect({ username: name, password: 'correct horse' })
  await connect({ username: name, password: token })
  await assert.rejects(connect({ username: 'somebody', password: token, protocolVersion: 5 }), (error) => error.code === 0x86)
})

test('the same client identifier takes the session over', async () => {
  const options = { protocolVersion: 5, clientId: `one${++names}`, username: `user${names}` }
  const first = await connect(options)
  const told = once(first, 'disconnect')
  const second = await connect(options)
  assert.equal((await told)[0].reasonCode, 0x8e)
  const stranger = await connect({ ...options, username: `other${names}` })
  assert.ok(second.connected && stranger.connected)
})
