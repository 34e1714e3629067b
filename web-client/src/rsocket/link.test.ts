import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Connection } from './connection'
import { RequestFailure } from './failure'
import { Link, type LinkOptions } from './link'

function connection() {
  let callback = (_?: RequestFailure) => {}
  return { onClose: (given: typeof callback) => (callback = given), close: vi.fn(), lose: (failure?: RequestFailure) => callback(failure) }
}

const lost = RequestFailure.local('connection_lost', 'gone')
const settled = () => vi.advanceTimersByTimeAsync(0)

describe('Link', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  function link(dial: () => Promise<unknown>, options: LinkOptions = { reconnect: { firstMs: 100, random: () => 1 } }) {
    const made = new Link(dial as () => Promise<Connection>, options)
    const kinds: string[] = []
    made.onState((state) => kinds.push(state.kind))
    made.start()
    return { made, kinds }
  }

  it('connects, and connects again after a back-off when the connection is lost', async () => {
    const first = connection()
    const dial = vi.fn().mockResolvedValueOnce(first).mockResolvedValueOnce(connection())
    const { kinds } = link(dial)
    await settled()
    first.lose(lost)
    expect(kinds).toEqual(['connecting', 'open', 'waiting'])
    await vi.advanceTimersByTimeAsync(100)
    expect(kinds).toEqual(['connecting', 'open', 'waiting', 'connecting', 'open'])
  })

  it('waits longer each time the server cannot be reached', async () => {
    const dial = vi.fn().mockRejectedValue(lost)
    link(dial)
    await settled()
    await vi.advanceTimersByTimeAsync(100)
    expect(dial).toHaveBeenCalledTimes(2)
    await vi.advanceTimersByTimeAsync(199)
    expect(dial).toHaveBeenCalledTimes(2)
    await vi.advanceTimersByTimeAsync(1)
    expect(dial).toHaveBeenCalledTimes(3)
  })

  it('does not hurry to a server that accepts and drops at once', async () => {
    const dial = vi.fn(async () => {
      const made = connection()
      setTimeout(() => made.lose(lost), 1)
      return made
    })
    link(dial)
    await vi.advanceTimersByTimeAsync(1 + 100 + 1 + 199)
    expect(dial).toHaveBeenCalledTimes(2)
  })

  it('stops at a refusal', async () => {
    const { made, kinds } = link(vi.fn().mockRejectedValue(new RequestFailure(3, 'rejected_setup', 'no')))
    await settled()
    expect(kinds).toEqual(['connecting', 'stopped'])
    expect(made.state).toMatchObject({ failure: { kind: 'rejected_setup' } })
  })

  it('stops at a refusal whose reason the server names itself, but not at one that passes', async () => {
    const refusal = link(vi.fn().mockRejectedValue(new RequestFailure(3, 'unauthenticated', 'The credentials are wrong.')))
    const full = link(vi.fn().mockRejectedValue(new RequestFailure(3, 'unavailable', 'Full.')))
    await settled()
    expect([refusal.kinds.at(-1), full.kinds.at(-1)]).toEqual(['stopped', 'waiting'])
  })

  it('does not try again when told not to', async () => {
    const { kinds } = link(vi.fn().mockRejectedValue(lost), { reconnect: false })
    await settled()
    expect(kinds).toEqual(['connecting', 'stopped'])
  })

  it('tries at once when asked', async () => {
    const dial = vi.fn().mockRejectedValueOnce(lost).mockResolvedValueOnce(connection())
    const { made, kinds } = link(dial)
    await settled()
    made.retryNow()
    await settled()
    expect(kinds).toEqual(['connecting', 'waiting', 'connecting', 'open'])
    await vi.advanceTimersByTimeAsync(1000)
    expect(dial).toHaveBeenCalledTimes(2)
  })

  describe('check', () => {
    async function checked(answer: () => Promise<unknown>) {
      const first = connection()
      first.close.mockImplementation(() => first.lose())
      const probe = vi.fn(answer)
      const { made, kinds } = link(vi.fn().mockResolvedValueOnce(first).mockResolvedValueOnce(connection()), { reconnect: { firstMs: 100, random: () => 1 }, probe })
      await settled()
      const both = [made.check(), made.check()]
      expect(probe).toHaveBeenCalledOnce()
      await Promise.all(both)
      return { made, kinds, probe }
    }

    it('gives a connection up that shows no sign of life, and dials the next', async () => {
      const { kinds } = await checked(() => Promise.reject(RequestFailure.local('timeout', 'nothing')))
      expect(kinds).toEqual(['connecting', 'open', 'waiting'])
      await vi.advanceTimersByTimeAsync(100)
      expect(kinds.slice(3)).toEqual(['connecting', 'open'])
    })

    it('keeps one whose server says anything, be it a refusal, and may ask again', async () => {
      for (const answer of [() => Promise.resolve({}), () => Promise.reject(new RequestFailure(0x202, 'rate_limited', 'slower'))]) {
        const { made, kinds, probe } = await checked(answer)
        expect(kinds).toEqual(['connecting', 'open'])
        await made.check()
        expect(probe).toHaveBeenCalledTimes(2)
      }
    })

    it('asks nothing while there is no connection', async () => {
      const probe = vi.fn()
      const { made } = link(vi.fn().mockRejectedValue(lost), { reconnect: { firstMs: 100 }, probe })
      await settled()
      await made.check()
      expect(probe).not.toHaveBeenCalled()
    })
  })

  it('closes a connection that comes after it was stopped', async () => {
    const late = connection()
    let arrive = (_: unknown) => {}
    const { made, kinds } = link(() => new Promise((resolve) => (arrive = resolve)))
    made.stop()
    arrive(late)
    await settled()
    expect(late.close).toHaveBeenCalledOnce()
    expect(kinds).toEqual(['connecting', 'stopped'])
  })
})
