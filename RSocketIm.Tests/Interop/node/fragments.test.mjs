import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { useServer } from './fixture.mjs'
import { bytes } from './formats.mjs'

const fixture = useServer()

for (const transport of ['ws', 'tcp']) {
  for (const [size, fragmentSize] of [[100_000, 64], [500_000, 1024], [900_000, 16_384]]) {
    test(`${transport}: an echo of ${size} bytes in fragments of ${fragmentSize}`, async () => {
      const client = await fixture.as('fragmenter', { transport, fragmentSize })
      const sent = randomBytes(size)
      assert.ok(sent.equals(await client.request('system.echo', sent, bytes)))
    })
  }

  test(`${transport}: an echo of 900 000 bytes in one frame from us`, async () => {
    const client = await fixture.as('whole', { transport })
    const sent = randomBytes(900_000)
    assert.ok(sent.equals(await client.request('system.echo', sent, bytes)))
  })

  test(`${transport}: a fragmented element costs one credit`, async () => {
    const client = await fixture.as('fragment-credit', { transport })
    const count = client.stream('system.count', { count: 10, bytes: 100_000 }, 2)
    await count.atLeast(2)
    await client.roundTrips()
    assert.equal(count.values.length, 2)
    count.request(8)
    assert.equal((await count.completion()).length, 10)
  })
}

test('fragments of several streams may interleave', async () => {
  const client = await fixture.as('interleaver', { fragmentSize: 256 })
  const sent = Array.from({ length: 8 }, () => randomBytes(200_000))
  const answers = await Promise.all(sent.map((each) => client.request('system.echo', each, bytes)))
  answers.forEach((answer, i) => assert.ok(sent[i].equals(answer)))
})
