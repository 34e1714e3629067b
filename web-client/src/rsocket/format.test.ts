import { describe, expect, it } from 'vitest'
import { json, messagePack } from './format'

describe.each([messagePack, json])('$mimeType', (format) => {
  it.each([
    [{ room: 'lobby', after: 0, meta: { a: 'b' } }],
    [{ text: 'naïve 日本語 🦆‍', list: [1, -1, 1.5, null, true] }],
    [{ count: Number.MAX_SAFE_INTEGER, at: 1_790_000_000_000 }],
  ])('brings back %j', (value) => {
    expect(format.decode(format.encode(value))).toEqual(value)
  })

  it('leaves out what is undefined', () => {
    expect(format.decode(format.encode({ room: 'lobby', epoch: undefined }))).toEqual({ room: 'lobby' })
  })
})
