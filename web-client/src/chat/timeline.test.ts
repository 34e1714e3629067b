import { describe, expect, it } from 'vitest'
import type { HistoryPage, RoomEvent } from './contract'
import { Timeline, type MessageEntry } from './timeline'

const base = { room: 'lobby', at: 1000, from: 'ada' }
const message = (seq: number, text = `text ${seq}`): RoomEvent => ({ ...base, type: 'message', seq, id: `m${seq}`, text })
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => message(from + i))
const page = (events: RoomEvent[], head: number, more = false): HistoryPage => ({ room: 'lobby', epoch: 'e1', head, events, more })
const seqs = (timeline: Timeline) => timeline.entries.map((entry) => entry.seq)

describe('Timeline', () => {
  it('goes on after the head of the history, not after its last event', () => {
    const timeline = new Timeline()
    // Entry 3 was an edit, which history folds in and does not list.
    timeline.reset(page([message(1), message(2)], 3))
    expect(timeline.lastSeq).toBe(3)
    expect(timeline.epoch).toBe('e1')
  })

  it('ignores an event it has seen', () => {
    const timeline = new Timeline()
    timeline.reset(page(range(1, 2), 2))
    timeline.apply([message(2), message(3), message(3)])
    expect(seqs(timeline)).toEqual([1, 2, 3])
  })

  it('keeps only the newest, and says that there is older', () => {
    const timeline = new Timeline({ limit: 3 })
    timeline.reset(page(range(1, 2), 2))
    expect(timeline.canLoadOlder).toBe(false)
    timeline.apply(range(3, 5))
    expect(seqs(timeline)).toEqual([3, 4, 5])
    expect(timeline.canLoadOlder).toBe(true)
  })

  it('keeps older pages until the reader follows the room again', () => {
    const timeline = new Timeline({ limit: 3, maxLimit: 20 })
    timeline.reset(page(range(6, 8), 8, true))
    timeline.prepend(page(range(3, 5), 8, true))
    expect(seqs(timeline)).toEqual([3, 4, 5, 6, 7, 8])
    timeline.apply([message(9)], false)
    expect(timeline.firstSeq).toBe(3)
    timeline.follow()
    expect(seqs(timeline)).toEqual([7, 8, 9])
  })

  it('drops at the newer end what older pages are too much for, and loads it again', () => {
    const timeline = new Timeline({ limit: 3, maxLimit: 4 })
    timeline.reset(page(range(6, 8), 8, true))
    timeline.prepend(page(range(3, 5), 8, true))
    expect(seqs(timeline)).toEqual([3, 4, 5, 6])
    expect([timeline.attached, timeline.endSeq, timeline.lastSeq]).toEqual([false, 6, 8])
    timeline.apply([message(9)], false)
    expect(seqs(timeline)).toEqual([3, 4, 5, 6])
    timeline.append(page(range(7, 9), 9))
    expect(seqs(timeline)).toEqual([6, 7, 8, 9])
    expect(timeline.attached).toBe(true)
    timeline.apply([message(10)])
    expect(seqs(timeline)).toEqual([8, 9, 10])
  })

  it('drops nothing under the eyes of a reader who is elsewhere', () => {
    const timeline = new Timeline({ limit: 3, maxLimit: 4 })
    timeline.reset(page(range(1, 3), 3))
    timeline.apply(range(4, 7), false)
    expect(seqs(timeline)).toEqual([1, 2, 3, 4])
    expect([timeline.attached, timeline.lastSeq]).toEqual([false, 7])
  })

  it('goes to a place, and back to the newest before its feed is there', () => {
    const timeline = new Timeline()
    timeline.reset(page(range(90, 100), 100, true))
    timeline.moveTo(page(range(10, 20), 100, true), page(range(21, 30), 100, true))
    expect([timeline.firstSeq, timeline.endSeq, timeline.attached, timeline.canLoadOlder]).toEqual([10, 30, false, true])
    timeline.moveToNewest(page(range(100, 105), 105, true))
    expect(timeline.attached).toBe(true)
    timeline.apply(range(101, 106))
    expect(seqs(timeline)).toEqual([100, 101, 102, 103, 104, 105, 106])
  })

  it('folds edits, deletes and reactions into their message', () => {
    const timeline = new Timeline()
    timeline.reset(page(range(1, 2), 2))
    timeline.apply([
      { ...base, type: 'edit', seq: 3, at: 2000, target: 1, text: 'better' },
      { ...base, type: 'reaction', seq: 4, target: 1, emoji: '👍', on: true },
      { ...base, type: 'reaction', seq: 5, target: 1, emoji: '👍', on: true, from: 'bob' },
      { ...base, type: 'reaction', seq: 6, target: 1, emoji: '👍', on: false },
      { ...base, type: 'delete', seq: 7, target: 2 },
    ])
    const [first, second] = timeline.entries as MessageEntry[]
    expect(first).toMatchObject({ text: 'better', editedAt: 2000, reactions: { '👍': ['bob'] } })
    expect(second).toMatchObject({ text: '', deleted: true })
    expect(timeline.lastSeq).toBe(7)
  })

  it('ignores a change to a message that is not there', () => {
    const timeline = new Timeline()
    timeline.reset(page([message(9)], 9))
    timeline.apply([{ ...base, type: 'edit', seq: 10, target: 1, text: 'x' }])
    expect(seqs(timeline)).toEqual([9])
  })

  it('goes on behind a gap', () => {
    const timeline = new Timeline()
    timeline.apply([{ ...base, type: 'gap', seq: 1, to: 5 }, message(6)])
    expect(seqs(timeline)).toEqual([1, 6])
    expect(timeline.entries[0]).toMatchObject({ kind: 'notice', event: { type: 'gap', to: 5 } })
  })

  it('skips types it does not know but counts their seq', () => {
    const timeline = new Timeline()
    timeline.apply([{ ...base, type: 'poll', seq: 1 } as unknown as RoomEvent])
    expect(timeline.entries).toEqual([])
    expect(timeline.lastSeq).toBe(1)
  })
})
