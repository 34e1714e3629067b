import { describe, expect, it } from 'vitest'
import { RenderCredit, type RenderCreditOptions } from './renderCredit'

function take(credit: RenderCredit, count: number) {
  for (let i = 0; i < count; i++) {
    credit.take()
  }
}

function opened(options: RenderCreditOptions = {}) {
  const credit = new RenderCredit({ window: 8, ...options })
  credit.open(false)
  return credit
}

describe('RenderCredit', () => {
  it('starts with its window, a small one while nobody looks', () => {
    expect(new RenderCredit().open(false)).toBe(32)
    expect(new RenderCredit({ window: 5 }).open(false)).toBe(5)
    expect(new RenderCredit().open(true)).toBe(4)
  })

  it('grants exactly what was rendered', () => {
    const credit = opened()
    take(credit, 3)
    expect(credit.rendered(3, false)).toBe(3)
    expect([credit.granted, credit.received, credit.outstanding]).toEqual([11, 3, 8])
  })

  it('grants nothing for what was received and not rendered', () => {
    const credit = opened()
    take(credit, 8)
    expect(credit.rendered(0, false)).toBe(0)
    expect(credit.rendered(2, false)).toBe(2)
    expect(credit.unrendered).toBe(6)
  })

  it('lets the credit of a hidden page run down to the small window', () => {
    const credit = opened({ hiddenWindow: 2 })
    take(credit, 5)
    expect(credit.rendered(5, true)).toBe(0)
    take(credit, 3)
    expect(credit.rendered(3, true)).toBe(2)
  })

  it('tops up when the page is looked at again', () => {
    const credit = opened({ hiddenWindow: 2 })
    take(credit, 8)
    credit.rendered(8, true)
    expect(credit.rendered(0, false)).toBe(6)
    expect(credit.outstanding).toBe(8)
  })

  it('asks for less while the page is slow, and for all again when it is quick', () => {
    const credit = opened()
    take(credit, 8)
    credit.took(100)
    expect(credit.rendered(8, false)).toBe(4)
    for (let i = 0; i < 5; i++) {
      credit.took(100)
    }
    take(credit, 4)
    expect(credit.rendered(4, false)).toBe(4)
    credit.took(20)
    credit.took(20)
    expect(credit.rendered(0, false)).toBe(4)
  })

  it('grants nothing while it is paused, not even the first', () => {
    const credit = new RenderCredit({ window: 8 })
    credit.pace = { perSecond: Infinity, paused: true }
    expect(credit.open(false)).toBe(0)
    credit.pace = { perSecond: Infinity, paused: false }
    credit.open(false)
    take(credit, 8)
    credit.pace = { perSecond: Infinity, paused: true }
    expect([credit.rendered(8, false), credit.dueIn(false)]).toEqual([0, undefined])
    credit.pace = { perSecond: Infinity, paused: false }
    expect(credit.rendered(0, false)).toBe(8)
  })

  it('keeps a pace: so much a second and no more, however fast it is drawn', () => {
    let now = 0
    const credit = new RenderCredit({ window: 32, now: () => now })
    credit.pace = { perSecond: 20, paused: false }
    expect(credit.open(false)).toBe(1)
    for (; now < 10_000; now += 5) {
      take(credit, credit.outstanding)
      credit.rendered(credit.unrendered, false)
    }
    expect(credit.granted).toBeGreaterThanOrEqual(199)
    expect(credit.granted).toBeLessThanOrEqual(201)
  })

  it('says when the pace allows the next', () => {
    const credit = new RenderCredit({ window: 32, now: () => 0 })
    credit.pace = { perSecond: 2, paused: false }
    credit.open(false)
    expect(credit.dueIn(false)).toBeUndefined()
    take(credit, 1)
    expect(credit.rendered(1, false)).toBe(0)
    expect(credit.dueIn(false)).toBe(500)
  })

  it('never lets more than a window be on its way or unseen', () => {
    const credit = new RenderCredit({ window: 16, hiddenWindow: 3 })
    credit.open(false)
    let seed = 1
    const next = (bound: number) => (seed = (seed * 48_271) % 0x7fffffff) % bound
    for (let step = 0; step < 10_000; step++) {
      take(credit, Math.min(next(5), credit.outstanding))
      credit.rendered(next(5), next(3) === 0)
      expect(credit.outstanding + credit.unrendered).toBeLessThanOrEqual(16)
      expect(credit.outstanding).toBeGreaterThanOrEqual(0)
      expect(credit.granted).toBe(credit.received + credit.outstanding)
    }
  })
})
