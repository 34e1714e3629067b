import { describe, expect, it } from 'vitest'
import { EventStreamReader } from './eventStream'

const bytes = (text: string) => new TextEncoder().encode(text)
const STREAM = ':\n\nid: 7\nevent: message\ndata: {"seq":7,"text":"日本"}\n\nevent:edit\r\ndata:one\r\ndata: two\r\n\r\ndata\n\nretry: 5\n\n'
const EVENTS = [
  { event: 'message', data: '{"seq":7,"text":"日本"}' },
  { event: 'edit', data: 'one\ntwo' },
  { event: 'message', data: '' },
]

describe('EventStreamReader', () => {
  it('reads events, and leaves comments and other fields out', () => {
    expect(new EventStreamReader().push(bytes(STREAM))).toEqual(EVENTS)
  })

  it('does not mind where the pieces are cut', () => {
    const all = bytes(STREAM)
    for (let cut = 0; cut <= all.length; cut++) {
      const reader = new EventStreamReader()
      expect([...reader.push(all.slice(0, cut)), ...reader.push(all.slice(cut))]).toEqual(EVENTS)
    }
    const reader = new EventStreamReader()
    expect([...all].flatMap((byte) => reader.push(Uint8Array.of(byte)))).toEqual(EVENTS)
  })

  it('keeps an event that is not whole for itself', () => {
    const reader = new EventStreamReader()
    expect(reader.push(bytes('data: half\n'))).toEqual([])
    expect(reader.push(bytes('\n'))).toEqual([{ event: 'message', data: 'half' }])
  })
})
