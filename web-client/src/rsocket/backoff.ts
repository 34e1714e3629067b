export interface BackoffOptions {
  /** Ceiling of the first delay, in ms. @default 500 */
  firstMs?: number
  /** Ceiling of every delay, in ms. @default 30000 */
  maxMs?: number
  /** 0 (inclusive) to 1 (exclusive). @default Math.random */
  random?: () => number
}

/**
 * Milliseconds to wait before attempt `attempt` (0 = first retry). The ceiling doubles each time; the delay is a random half to whole
 * of it, so that a thousand clients of a server that restarted do not all come back in the same moment.
 */
export function backoffDelay(attempt: number, options: BackoffOptions = {}): number {
  const { firstMs = 500, maxMs = 30_000, random = Math.random } = options
  // 2^30 is far above any ratio of max to first; the bound only keeps the power finite.
  const ceiling = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 30))
  return Math.round(ceiling / 2 + (random() * ceiling) / 2)
}
