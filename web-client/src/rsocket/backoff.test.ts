import { describe, expect, it } from 'vitest'
import { backoffDelay } from './backoff'

describe('backoffDelay', () => {
  it('doubles its ceiling up to the maximum', () => {
    const ceilings = [0, 1, 2, 3, 10, 5000].map((attempt) => backoffDelay(attempt, { firstMs: 100, maxMs: 700, random: () => 1 }))
    expect(ceilings).toEqual([100, 200, 400, 700, 700, 700])
  })

  it('never waits less than half the ceiling', () => {
    expect(backoffDelay(2, { firstMs: 100, maxMs: 700, random: () => 0 })).toBe(200)
  })
})
