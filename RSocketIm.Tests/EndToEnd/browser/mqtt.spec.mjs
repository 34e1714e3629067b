// MQTT.js in a page of Chromium, from the bundle that it publishes for browsers, as people write it.
import { fileURLToPath } from 'node:url'
import { expect, test } from './fixture.mjs'

const library = fileURLToPath(new URL('../../Interop/node/node_modules/mqtt/dist/mqtt.min.js', import.meta.url))

for (const protocolVersion of [4, 5]) {
  test(`MQTT.js talks MQTT ${protocolVersion} over WebSocket in a page`, async ({ visit }) => {
    const page = await visit({ bypassCSP: true }) // the page's policy lets no foreign script in
    await page.addScriptTag({ path: library })
    const received = await page.evaluate(async (protocolVersion) => {
      const client = globalThis.mqtt.connect(`ws://${location.host}/mqtt`, { protocolVersion, reconnectPeriod: 0 })
      const texts = []
      const three = new Promise((resolve, reject) => {
        client.on('error', reject)
        client.on('message', (topic, payload, packet) => {
          texts.push(`${topic} ${payload} ${packet.qos}`)
          if (texts.length === 3) {
            resolve()
          }
        })
      })
      client.on('connect', () => {
        client.subscribe(`chat/page${protocolVersion}`, { qos: 2 }, () => {
          client.publish(`chat/page${protocolVersion}`, 'Hello')
          client.publish(`chat/page${protocolVersion}`, 'at least once', { qos: 1 })
          client.publish(`chat/page${protocolVersion}`, 'exactly once 你好', { qos: 2 })
        })
      })
      await three
      await client.endAsync()
      return texts
    }, protocolVersion)
    expect(received).toEqual(['Hello', 'at least once', 'exactly once 你好'].map((text) => `chat/page${protocolVersion} ${text} 2`))
  })
}
