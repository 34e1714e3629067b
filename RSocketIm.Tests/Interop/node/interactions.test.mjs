import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { useServer } from './fixture.mjs'
import { bytes, json, messagePack } from './formats.mjs'

const fixture = useServer()

for (const transport of ['ws', 'tcp']) {
  for (const format of [messagePack, json]) {
    describe(`${transport}, ${format.mimeType}`, () => {
      const name = `${transport}-${format === json ? 'json' : 'msgpack'}`
      const client = () => fixture.as(name, { transport, format })

      test('request-response answers who I am', async () => {
        const answer = await (await client()).request('system.whoami', {})
        assert.equal(answer.user, name)
        assert.equal(typeof answer.now, 'number')
      })

      test('request-response echoes the same bytes', async () => {
        const sent = Buffer.from([0, 1, 0xc1, 0xff, 0x7f])
        assert.deepEqual(await (await client()).request('system.echo', sent, bytes), sent)
      })

      test('request-stream counts to its end', async () => {
        const count = (await client()).stream('system.count', { count: 5 }, 100)
        assert.deepEqual((await count.completion()).map(({ i }) => i), [1, 2, 3, 4, 5])
      })

      test('request-stream pads its items to about the bytes asked for', async () => {
        const [item] = await (await client()).stream('system.count', { count: 1, bytes: 500 }, 1).completion()
        const size = format.encode(item).length
        assert.ok(size >= 400 && size <= 600, `${size} bytes`)
      })

      test('request-channel echoes in order and ends when we end', async () => {
        const echo = (await client()).channel('system.echo', 'first', 1000)
        const sent = Array.from({ length: 200 }, (_, i) => `value ${i}`)
        sent.forEach((value) => echo.send(value))
        echo.end()
        assert.deepEqual(await echo.completion(), ['first', ...sent])
      })

      test('fire-and-forget is taken, with effect', async () => {
        const me = await client()
        const room = `${name}-read`
        await me.request('rooms.create', { room })
        const { seq } = await me.request('messages.send', { room, id: 'm1', text: 'read me' })
        await me.fire('receipts.read', { room, seq })
        // Requests on different streams may overtake each other: ask until it shows.
        let info
        do {
          info = await me.request('rooms.get', { room })
        } while (info.readSeq !== seq)
        assert.equal(info.unread, 0)
      })
    })
  }
}
