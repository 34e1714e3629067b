import { EventEmitter } from 'node:events'
import type { IClientOptions, MqttClient } from 'mqtt'
import { describe, expect, it, vi } from 'vitest'
import type { RequestFailure } from '../../rsocket/failure'
import type { RoomEvent } from '../contract'
import type { EventsQuery, HttpDoor } from './http'
import { mqttTransport } from './mqttTransport'

const message = (seq: number): RoomEvent => ({ room: 'a', seq, at: seq, from: 'bob', type: 'message', id: `${seq}`, text: `${seq}` })
const turns = async () => {
  for (let turn = 0; turn < 10; turn++) {
    await new Promise((resolve) => setTimeout(resolve))
  }
}

class FakeClient extends EventEmitter {
  handleMessage: (packet: unknown, done: () => void) => void = () => {}
  readonly subscribeAsync = vi.fn(async () => {})
  readonly publish = vi.fn()
  readonly end = vi.fn(() => this.emit('close'))

  /** Delivers a message; whether it has been acknowledged. */
  push(seq: number): () => boolean {
    let isDone = false
    this.handleMessage({ payload: new TextEncoder().encode(JSON.stringify(message(seq))) }, () => (isDone = true))
    return () => isDone
  }
}

function setup(head: number) {
  const clients: FakeClient[] = []
  const options: IClientOptions[] = []
  const asked: EventsQuery[] = []
  const state = { head }
  const door = {
    events: vi.fn(async (query: EventsQuery) => {
      asked.push(query)
      const last = Math.min(state.head, query.after + query.limit)
      return { events: Array.from({ length: last - query.after }, (_, index) => message(query.after + index + 1)), more: last < state.head }
    }),
    send: vi.fn(async () => ({ room: 'a', seq: 77, at: 1, duplicate: false })),
  }
  const transport = mqttTransport({
    url: 'ws://host/mqtt',
    user: 'ada',
    token: 'token',
    door: door as unknown as HttpDoor,
    load: async () => ({
      connect: (_, given) => {
        const client = new FakeClient()
        clients.push(client)
        options.push(given)
        queueMicrotask(() => client.emit('connect'))
        return client as unknown as MqttClient
      },
    }),
  })
  const read = (after: number, initial: number) => {
    const seqs: number[] = []
    let end: RequestFailure | undefined | 'open' = 'open'
    const feed = transport.feed('a', { after, epoch: 'e' }, { onNext: ({ seq }) => void seqs.push(seq), onEnd: (failure) => (end = failure) }, initial)
    return { feed, seqs, end: () => end }
  }
  return { transport, clients, options, door, asked, state, read }
}

describe('mqttTransport', () => {
  it('subscribes first, then fills what lies between its position and the head', async () => {
    const { clients, options, asked, read } = setup(5)
    const { seqs } = read(2, 10)
    await turns()
    expect(options[0]).toMatchObject({ protocolVersion: 5, username: 'ada', password: 'token', reconnectPeriod: 0, timerVariant: 'native', properties: { receiveMaximum: 32 } })
    expect(clients[0]!.subscribeAsync).toHaveBeenCalledWith('chat/a/events', expect.objectContaining({ qos: 1 }))
    expect([seqs, asked[0]!.wait]).toEqual([[3, 4, 5], 0])
  })

  it('takes each entry once, and fills a hole', async () => {
    const { clients, state, read } = setup(5)
    const { seqs } = read(3, 100)
    await turns()
    clients[0]!.push(5)
    await turns()
    clients[0]!.push(6)
    await turns()
    state.head = 9
    clients[0]!.push(9)
    await turns()
    expect(seqs).toEqual([4, 5, 6, 7, 8, 9])
  })

  it('takes what comes before the answer to its subscription', async () => {
    const { clients, read, transport } = setup(5)
    let answer: () => void = () => {}
    const first = read(5, 10)
    await Promise.resolve()
    await vi.waitFor(() => expect(clients).toHaveLength(1))
    clients[0]!.subscribeAsync.mockImplementationOnce(() => new Promise<void>((resolve) => (answer = resolve)))
    await turns()
    const isDone = clients[0]!.push(6)
    await turns()
    expect([isDone(), first.seqs]).toEqual([true, [6]])
    answer()
    await turns()
    expect(first.seqs).toEqual([6])
    transport.close()
  })

  it('acknowledges when there is room for the next, and no earlier', async () => {
    const { clients, read } = setup(1)
    const { feed, seqs } = read(1, 1)
    await turns()
    const first = clients[0]!.push(2)
    await turns()
    const second = clients[0]!.push(3)
    await turns()
    expect([first(), second(), seqs]).toEqual([true, false, [2]])
    feed.request(1)
    await turns()
    expect([second(), seqs]).toEqual([true, [2, 3]])
  })

  it('asks for no more than was granted while it fills', async () => {
    const { asked, read } = setup(100)
    const { feed, seqs } = read(0, 3)
    await turns()
    expect([seqs.length, asked.map(({ limit }) => limit)]).toEqual([3, [3]])
    feed.request(4)
    await turns()
    expect(seqs).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  it('does not join a room that is only looked at', async () => {
    const { transport, clients, asked } = setup(3)
    const seqs: number[] = []
    transport.feed('a', { after: 0, epoch: 'e', isMember: false }, { onNext: ({ seq }) => void seqs.push(seq) }, 3)
    await turns()
    expect([clients.length, seqs, asked.map(({ wait }) => wait)]).toEqual([0, [1, 2, 3], [25]])
  })

  it('passes over what may not be told any more', async () => {
    const { clients, read } = setup(1)
    const { seqs, end } = read(1, 5)
    await turns()
    let isDone = false
    clients[0]!.handleMessage({ payload: new Uint8Array() }, () => (isDone = true))
    clients[0]!.push(2)
    await turns()
    expect([isDone, seqs, end()]).toEqual([true, [2], 'open'])
  })

  it('publishes a text with its id, and what is more than a text by the other door', async () => {
    const { transport, clients, door } = setup(0)
    const sent = transport.send({ room: 'a', id: 'm1', text: 'hello' })
    await turns()
    const [topic, text, options, done] = clients[0]!.publish.mock.calls[0]!
    expect([topic, text, options]).toEqual(['chat/a', 'hello', { qos: 1, properties: { userProperties: { id: 'm1' } } }])
    done(undefined, { properties: { userProperties: { seq: '12', at: '5', duplicate: 'false' } } })
    expect(await sent).toEqual({ room: 'a', seq: 12, at: 5, duplicate: false })
    expect(await transport.send({ room: 'a', id: 'm2', text: 'reply', replyTo: 3 })).toMatchObject({ seq: 77 })
    expect(door.send).toHaveBeenCalledOnce()
  })

  it('tells refusals apart from a way that is closed', async () => {
    const { transport, clients } = setup(0)
    const refused = transport.send({ room: 'a', id: 'm1', text: 'hello' })
    await turns()
    clients[0]!.publish.mock.calls[0]![3](Object.assign(new Error('Publish error: forbidden: Not a member.'), { code: 0x87 }))
    await expect(refused).rejects.toMatchObject({ kind: 'forbidden', sentence: 'Not a member.' })
    const lost = transport.send({ room: 'a', id: 'm2', text: 'hello' })
    await turns()
    clients[0]!.emit('close')
    await expect(lost).rejects.toMatchObject({ kind: 'transport_lost', retryable: true })
    // The next one has a connection of its own again.
    void transport.send({ room: 'a', id: 'm3', text: 'hello' }).catch(() => {})
    await turns()
    expect(clients).toHaveLength(2)
  })

  it('ends with its connection, and takes it along', async () => {
    const { clients, read, transport } = setup(0)
    const first = read(0, 5)
    await turns()
    clients[0]!.emit('close')
    await turns()
    expect(first.end()).toMatchObject({ kind: 'transport_lost' })
    const second = read(0, 5)
    await turns()
    transport.close()
    await turns()
    expect([second.end(), clients[1]!.end.mock.calls.length > 0]).toEqual(['open', true])
  })
})
