import { describe, expect, it } from 'vitest'
import { RenderCredit } from './renderCredit'

function receive(credit: RenderCredit, count: number) {
  for (let i = 0; i < count; i++) {
    credit.received()
  }
}

describe('RenderCredit', () => {
  it('starts with its window', () => {
    expect(new RenderCredit().initial).toBe(32)
    expect(new RenderCredit({ window: 5 }).initial).toBe(5)
  })

  it('grants exactly what was rendered', () => {
    const credit = new RenderCredit({ window: 8 })
    receive(credit, 3)
    expect(credit.rendered(3, false)).toBe(3)
    expect(credit.outstanding).toBe(8)
  })

  it('grants nothing for what was received and not rendered', () => {
    const credit = new RenderCredit({ window: 8 })
    receive(credit, 8)
    expect(credit.rendered(0, false)).toBe(0)
    expect(credit.rendered(2, false)).toBe(2)
    expect(credit.unrendered).toBe(6)
  })

  it('lets the credit of a hidden page run down to the small window', () => {
    const credit = new RenderCredit({ window: 8, hiddenWindow: 2 })
    receive(credit, 5)
    expect(credit.rendered(5, true)).toBe(0)
    receive(credit, 3)
    expect(credit.rendered(3, true)).toBe(2)
  })

  it('tops up when the page is looked at again', () => {
    const credit = new RenderCredit({ window: 8, hiddenWindow: 2 })
    receive(credit, 8)
    credit.rendered(8, true)
    expect(credit.rendered(0, false)).toBe(6)
    expect(credit.outstanding).toBe(8)
  })

  it('never lets more than a window be on its way or unseen', () => {
    const credit = new RenderCredit({ window: 16, hiddenWindow: 3 })
    let seed = 1
    const next = (bound: number) => (seed = (seed * 48_271) % 0x7fffffff) % bound
    for (let step = 0; step < 10_000; step++) {
      receive(credit, Math.min(next(5), credit.outstanding))
      credit.rendered(next(5), next(3) === 0)
      expect(credit.outstanding + credit.unrendered).toBeLessThanOrEqual(16)
      expect(credit.outstanding).toBeGreaterThanOrEqual(0)
    }
  })
})
