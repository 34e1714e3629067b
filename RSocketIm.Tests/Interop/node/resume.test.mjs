// rsocket-js with its resume option, cut at random between it and the real server.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeCompositeMetadata, encodeRoute, WellKnownMimeType } from 'rsocket-composite-metadata'
import { RSocketConnector } from 'rsocket-core'
import { WebsocketClientTransport } from 'rsocket-websocket-client'
import { WebSocket } from 'ws'
import { simple } from './client.mjs'
import { CuttingProxy } from './cutting-proxy.mjs'
import { useServer } from './fixture.mjs'
import { messagePack } from './formats.mjs'

const COUNT = 200_000
const WINDOW = 256
const COMPOSITE = WellKnownMimeType.MESSAGE_RSOCKET_COMPOSITE_METADATA.string

const fixture = useServer()
const hasty = useServer({ args: ['--RSocketIm:Resume:SessionSeconds=1'] })

async function withResume(name, run) {
  const proxy = await CuttingProxy.start(new URL(fixture.server.socketUrl))
  let over = false
  const connector = new RSocketConnector({
    transport: new WebsocketClientTransport({ url: `ws://127.0.0.1:${proxy.port}/rsocket`, wsCreator: (url) => new WebSocket(url) }),
    setup: {
      dataMimeType: messagePack.mimeType,
      metadataMimeType: COMPOSITE,
      keepAlive: 1_000,
      lifetime: 30_000,
      payload: { data: undefined, metadata: simple(name) },
    },
    resume: {
      tokenGenerator: () => Buffer.from(crypto.randomUUID()),
      // rsocket-js resumes after an intended close, too, unless this rejects.
      reconnectFunction: async () => {
        if (over) {
          throw new Error('closed')
        }
      },
    },
  })
  const rsocket = await connector.connect()
  try {
    await run(rsocket, proxy)
  } finally {
    over = true
    rsocket.close()
    await proxy.stop()
  }
}

const payload = (route, value) => ({
  data: messagePack.encode(value),
  metadata: encodeCompositeMetadata([[WellKnownMimeType.MESSAGE_RSOCKET_ROUTING, encodeRoute(route)]]),
})

const request = (rsocket, route, value) =>
  new Promise((resolve, reject) => {
    rsocket.requestResponse(payload(route, value), {
      onNext: ({ data }) => resolve(messagePack.decode(data)),
      onComplete: () => resolve(undefined),
      onError: reject,
      onExtension: () => {},
    })
  })

function count(rsocket, total, onEach) {
  return new Promise((resolve, reject) => {
    let next = 1
    let granted = WINDOW
    const upstream = rsocket.requestStream(payload('system.count', { count: total }), WINDOW, {
      onNext: ({ data }, isComplete) => {
        const { i } = messagePack.decode(data)
        if (i !== next || i > granted) {
          reject(new Error(`${next} was expected (of ${granted} granted) and ${i} came.`))
        }
        next++
        onEach?.(i)
        if (i % (WINDOW / 2) === 0) {
          granted += WINDOW / 2
          upstream.request(WINDOW / 2)
        }
        if (isComplete) {
          resolve(next - 1)
        }
      },
      onComplete: () => resolve(next - 1),
      onError: reject,
      onExtension: () => {},
    })
  })
}

test('a session that is cut at random delivers every element once and in order', { timeout: 60_000 }, async () => {
  await withResume('resume-random', async (rsocket, proxy) => {
    await request(rsocket, 'system.whoami', {}) // the session is there
    proxy.paceMs = 4 // so that it takes some seconds, and there is something to cut
    proxy.cutAtRandom(20261122, 10, 1_500)
    let answers = 0
    const [counted] = await Promise.all([
      count(rsocket, COUNT),
      (async () => {
        while (answers < 300) {
          assert.deepEqual(await request(rsocket, 'system.echo', { answers }), { answers })
          answers++
        }
      })(),
    ])
    assert.equal(counted, COUNT)
    assert.ok(proxy.cuts >= 3, `${proxy.cuts} cuts`)
    console.log(`${COUNT} elements and ${answers} answers over ${proxy.cuts} cuts`)
  })
})

test('after a resume the server asks for signs of life, and the session goes on', { timeout: 60_000 }, async () => {
  await withResume('resume-alive', async (rsocket, proxy) => {
    const before = await request(rsocket, 'system.whoami', {})
    await proxy.cut()
    const after = await request(rsocket, 'system.whoami', {})
    assert.equal(after.connection, before.connection)

    // rsocket-js sends no KEEPALIVE of its own any more: what it says now are answers to the server's.
    const seen = proxy.bytesUp
    await proxy.until(() => proxy.bytesUp > seen)
    assert.equal(await count(rsocket, 1_000), 1_000)
  })
})

test('more than the server retains is delivered, because the server asks for the position', { timeout: 60_000 }, async () => {
  await withResume('resume-bound', async (rsocket) => {
    let bytes = 0
    const total = 2_000
    await new Promise((resolve, reject) => {
      rsocket.requestStream(payload('system.count', { count: total, bytes: 2_000 }), 2_147_483_647, {
        onNext: ({ data }, isComplete) => {
          bytes += data.length
          if (isComplete) {
            resolve()
          }
        },
        onComplete: resolve,
        onError: reject,
        onExtension: () => {},
      })
    })
    assert.ok(bytes > total * 1_900, `${bytes} bytes`)
  })
})

test('a session whose time is over is refused, and its streams fail', { timeout: 60_000 }, async () => {
  let setups = 0
  const connector = new RSocketConnector({
    transport: new WebsocketClientTransport({ url: hasty.server.socketUrl, wsCreator: (url) => (socket = new WebSocket(url)) }),
    setup: { dataMimeType: messagePack.mimeType, metadataMimeType: COMPOSITE, keepAlive: 20_000, lifetime: 90_000, payload: { data: undefined, metadata: simple('resume-late') } },
    resume: { tokenGenerator: () => Buffer.from(`token ${++setups}`), reconnectFunction: () => untilMetric('rsocketim_resume_expired', 1) },
  })
  let socket
  const rsocket = await connector.connect()
  const failure = await new Promise((resolve) => {
    rsocket.requestStream(payload('system.count', { count: 10 }), 1, {
      onNext: () => socket.terminate(),
      onComplete: () => resolve(null),
      onError: resolve,
      onExtension: () => {},
    })
  })
  assert.ok(failure instanceof Error)

  // What an application does then: SETUP, with another token.
  const fresh = await connector.connect()
  assert.equal((await request(fresh, 'system.whoami', {})).user, 'resume-late')
  assert.equal(setups, 2)
})

async function untilMetric(name, least) {
  for (;;) {
    const text = await (await fetch(`${hasty.server.url}/metrics`)).text()
    const value = new RegExp(`^${name}\\S* (\\d+)`, 'm').exec(text)?.[1]
    if (Number(value) >= least) {
      return
    }
  }
}
