import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RequestFailure } from '../rsocket/failure'
import { Outbox, type Deliver } from './outbox'

const answer = (seq: number) => ({ room: 'lobby', seq, at: 1, duplicate: false })
const states = (outbox: Outbox) => outbox.entries.map((entry) => `${entry.text} ${entry.state}`)
const settled = () => vi.advanceTimersByTimeAsync(0)

describe('Outbox', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  function outbox(options = {}) {
    let id = 0
    return new Outbox('lobby', { newId: () => `id${++id}`, ...options })
  }

  it('waits for a connection, then sends in order, one at a time', async () => {
    const box = outbox()
    box.add({ text: 'one' })
    box.add({ text: 'two' })
    expect(states(box)).toEqual(['one waiting', 'two waiting'])

    const answers: ((seq: number) => void)[] = []
    const deliver = vi.fn<Deliver>(() => new Promise((resolve) => answers.push((seq) => resolve(answer(seq)))))
    box.use(deliver)
    await settled()
    expect(states(box)).toEqual(['one sending', 'two waiting'])
    answers[0]!(7)
    await settled()
    expect(states(box)).toEqual(['one sent', 'two sending'])
    expect(deliver.mock.calls.map(([message]) => message)).toEqual([
      { room: 'lobby', id: 'id1', text: 'one' },
      { room: 'lobby', id: 'id2', text: 'two' },
    ])
  })

  it('sends again with the same id after a lost connection', async () => {
    const box = outbox()
    box.use(async () => Promise.reject(RequestFailure.local('connection_lost', 'gone')))
    box.add({ text: 'one' })
    await settled()
    expect(states(box)).toEqual(['one waiting'])
    const deliver = vi.fn<Deliver>(async () => answer(1))
    box.use(deliver)
    await settled()
    expect(deliver).toHaveBeenCalledWith({ room: 'lobby', id: 'id1', text: 'one' })
    expect(states(box)).toEqual(['one sent'])
  })

  it('goes on when the new connection comes before the old one has failed', async () => {
    const box = outbox()
    let fail = (_: unknown) => {}
    box.use(() => new Promise((_, reject) => (fail = reject)))
    box.add({ text: 'one' })
    box.use(async () => answer(1))
    fail(RequestFailure.local('connection_lost', 'gone'))
    await settled()
    expect(states(box)).toEqual(['one sent'])
  })

  it('tries again after a while when the server is unavailable', async () => {
    const box = outbox({ retryAfterMs: 100 })
    const deliver = vi.fn<Deliver>().mockRejectedValueOnce(new RequestFailure(0x503, 'unavailable', 'draining')).mockResolvedValueOnce(answer(1))
    box.use(deliver)
    box.add({ text: 'one' })
    await vi.advanceTimersByTimeAsync(100)
    expect(states(box)).toEqual(['one sent'])
  })

  it('marks what can never succeed as failed and sends the rest', async () => {
    const box = outbox()
    box.use(async ({ text }) => (text === 'bad' ? Promise.reject(new RequestFailure(0x413, 'too_large', 'Too long.')) : answer(1)))
    box.add({ text: 'bad' })
    box.add({ text: 'good' })
    await settled()
    expect(states(box)).toEqual(['bad failed', 'good sent'])
    expect(box.entries[0]!.reason).toBe('Too long.')
  })

  it('drops what the room shows, whether the feed or the answer came first', async () => {
    const box = outbox()
    box.use(async () => answer(5))
    box.add({ text: 'one' })
    await settled()
    box.settle(4, new Set())
    expect(states(box)).toEqual(['one sent'])
    box.settle(5, new Set())
    expect(states(box)).toEqual([])

    box.use(undefined)
    box.add({ text: 'two' })
    box.settle(6, new Set(['id2']))
    expect(states(box)).toEqual([])
  })

  it('refuses more than its limit', () => {
    const box = outbox({ limit: 1 })
    expect([box.add({ text: 'one' }), box.add({ text: 'two' })]).toEqual([true, false])
  })
})
