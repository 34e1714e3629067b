import { describe, expect, it } from 'vitest'
import { rowsOf } from './rows'
import type { TimelineEntry } from './timeline'

const noon = new Date(2026, 10, 22, 12).getTime()
const message = (seq: number, from: string, at: number): TimelineEntry => ({ kind: 'message', seq, at, from, text: 'x', deleted: false, mentions: [], attachments: [], reactions: {} })

describe('rowsOf', () => {
  it('puts a day before the first entry of each day', () => {
    const rows = rowsOf([message(1, 'ada', noon), message(2, 'ada', noon + 1000), message(3, 'ada', noon + 86_400_000)])
    expect(rows.map((row) => row.startsDay)).toEqual([true, false, true])
  })

  it('shows the name where the author changes, or after a while', () => {
    const rows = rowsOf([message(1, 'ada', noon), message(2, 'ada', noon + 1000), message(3, 'bob', noon + 2000), message(4, 'bob', noon + 600_000)])
    expect(rows.map((row) => row.leads)).toEqual([true, false, true, true])
  })

  it('shows the name again after a notice', () => {
    const event = { type: 'member', room: 'lobby', seq: 2, at: noon + 1, from: 'bob', user: 'bob', change: 'joined' } as const
    const notice: TimelineEntry = { kind: 'notice', seq: 2, at: noon + 1, event }
    expect(rowsOf([message(1, 'ada', noon), notice, message(3, 'ada', noon + 2)]).map((row) => row.leads)).toEqual([true, true, true])
  })

  it('marks the first message by somebody else that is new, once', () => {
    const entries = [message(1, 'bob', noon), message(2, 'ada', noon + 1), message(3, 'bob', noon + 2), message(4, 'bob', noon + 3)]
    expect(rowsOf(entries, 1, 'ada').map((row) => row.startsNew)).toEqual([false, false, true, false])
    expect(rowsOf(entries).some((row) => row.startsNew)).toBe(false)
  })
})
