// @vitest-environment node
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { deserializeFrame, FrameTypes, serializeFrame } from 'rsocket-core'
import { describe, expect, test } from 'vitest'

interface Vector {
  name: string
  hex: string
  streamId: number
  type: string
}

/** The golden bytes that the C# codec is held to; see the file's "readme". */
const { frames } = JSON.parse(readFileSync(resolve(process.cwd(), '../RSocketIm.Tests/Vectors/frames.json'), 'utf8')) as { frames: Vector[] }

/** What travels between this page and the server, and rsocket-core can read; METADATA_PUSH and EXT it cannot, which is why the server sends none. */
const readable = frames.filter(({ type }) => type !== 'METADATA_PUSH' && type !== 'EXT')

describe('the frames of the page', () => {
  test.each(readable.map((vector) => [vector.name, vector] as const))('are read as the server writes them: %s', (_, vector) => {
    const frame = deserializeFrame(Buffer.from(vector.hex, 'hex'))
    expect([FrameTypes[frame.type], frame.streamId]).toEqual([vector.type, vector.streamId])
  })

  const requests = readable.filter(({ type }) => ['REQUEST_N', 'CANCEL', 'REQUEST_RESPONSE', 'REQUEST_STREAM', 'REQUEST_FNF', 'PAYLOAD'].includes(type))
  test.each(requests.map((vector) => [vector.name, vector] as const))('are written as the server reads them: %s', (_, vector) => {
    const frame = deserializeFrame(Buffer.from(vector.hex, 'hex'))
    expect(Buffer.from(serializeFrame(frame)).toString('hex')).toBe(vector.hex)
  })
})
