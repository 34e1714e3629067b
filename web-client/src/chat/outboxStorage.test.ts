import { beforeEach, describe, expect, it, vi } from 'vitest'
import { RequestFailure } from '../rsocket/failure'
import { Outbox } from './outbox'
import { OutboxStorage } from './outboxStorage'

describe('OutboxStorage', () => {
  beforeEach(() => localStorage.clear())

  it('gives back each room\'s messages in the order in which they were written', () => {
    const storage = new OutboxStorage('ada')
    storage.of('lobby').save({ id: 'z', text: 'one' })
    storage.of('lobby').save({ id: 'a', text: 'two', replyTo: 7 })
    storage.of('other').save({ id: 'm', text: 'elsewhere' })
    // A change keeps a message's place.
    storage.of('lobby').save({ id: 'z', text: 'one', failed: 'Too long.' })

    const reloaded = new OutboxStorage('ada')
    expect(reloaded.rooms().sort()).toEqual(['lobby', 'other'])
    expect(reloaded.of('lobby').load()).toEqual([
      { id: 'z', text: 'one', failed: 'Too long.' },
      { id: 'a', text: 'two', replyTo: 7 },
    ])
    reloaded.of('lobby').remove('z')
    expect(storage.of('lobby').load().map(({ id }) => id)).toEqual(['a'])
  })

  it('keeps users apart, whose names may begin alike', () => {
    new OutboxStorage('ada').of('lobby').save({ id: '1', text: 'hers' })
    const other = new OutboxStorage('ad')
    expect([other.rooms(), other.of('lobby').load()]).toEqual([[], []])
    other.clear()
    expect(new OutboxStorage('ada').rooms()).toEqual(['lobby'])
  })

  it('passes over what it did not write', () => {
    localStorage.setItem('rsocketim.outbox/ada/lobby/1', '{"id":"1"')
    localStorage.setItem('rsocketim.outbox/ada/lobby/2', '{"id":2,"text":"x","at":1}')
    expect(new OutboxStorage('ada').of('lobby').load()).toEqual([])
  })

  it('goes on without keeping when the browser has no room left', () => {
    const full = { getItem: () => null, setItem: () => { throw new DOMException('full', 'QuotaExceededError') }, length: 0 } as unknown as Storage
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    new OutboxStorage('ada', full).of('lobby').save({ id: '1', text: 'x' })
    expect(warn).toHaveBeenCalledOnce()
    warn.mockRestore()
  })
})

describe('An outbox with a keeper', () => {
  beforeEach(() => localStorage.clear())
  const keeper = () => new OutboxStorage('ada').of('lobby')
  const settled = () => new Promise<void>((resolve) => setTimeout(resolve))

  it('sends after a reload what it could not before, with the same id', async () => {
    new Outbox('lobby', { keeper: keeper() }).add({ text: 'kept', replyTo: 3 })
    const sent: unknown[] = []
    const box = new Outbox('lobby', { keeper: keeper() })
    const { id } = box.entries[0]!
    box.use(async (message) => {
      sent.push(message)
      return { room: 'lobby', seq: 1, at: 1, duplicate: false }
    })
    await settled()
    expect(sent).toEqual([expect.objectContaining({ room: 'lobby', id, text: 'kept', replyTo: 3 })])
    expect(keeper().load()).toEqual([])
  })

  it('keeps a message whose answer was lost until the feed shows it', async () => {
    const box = new Outbox('lobby', { keeper: keeper(), newId: () => 'm1' })
    box.use(async () => Promise.reject(RequestFailure.local('connection_lost', '')))
    box.add({ text: 'sent, perhaps' })
    await settled()
    expect(keeper().load().map(({ id }) => id)).toEqual(['m1'])
    box.settle(5, new Set(['m1']))
    expect(keeper().load()).toEqual([])
  })

  it('waits for the next sign-in when this one has expired', async () => {
    const box = new Outbox('lobby', { keeper: keeper() })
    box.use(async () => Promise.reject(new RequestFailure(0x401, 'unauthenticated', 'Expired.')))
    box.add({ text: 'later' })
    await settled()
    expect(box.entries.map(({ state }) => state)).toEqual(['waiting'])
    box.use(undefined)
  })

  it('keeps a refusal, and forgets it when it is discarded', async () => {
    const box = new Outbox('lobby', { keeper: keeper(), newId: () => 'm1' })
    box.use(async () => Promise.reject(new RequestFailure(0x403, 'forbidden', 'No.')))
    box.add({ text: 'no' })
    await settled()
    expect(new Outbox('lobby', { keeper: keeper() }).entries).toEqual([{ id: 'm1', text: 'no', state: 'failed', reason: 'No.' }])
    box.discard('m1')
    expect(keeper().load()).toEqual([])
  })

  it('drops what another page of the user has sent', () => {
    const box = new Outbox('lobby', { keeper: keeper(), newId: () => 'm1' })
    box.add({ text: 'twice here' })
    box.forget('m1')
    expect(box.entries).toEqual([])
  })
})
