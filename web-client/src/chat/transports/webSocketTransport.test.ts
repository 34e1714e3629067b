import { describe, expect, it } from 'vitest'
import type { RequestFailure } from '../../rsocket/failure'
import type { RoomEvent } from '../contract'
import { webSocketTransport } from './webSocketTransport'

/** The other end of a `/ws`. */
class FakeSocket {
  readyState: number = WebSocket.CONNECTING
  readonly said: Record<string, unknown>[] = []
  onopen?: () => void
  onmessage?: (event: { data: string }) => void
  onclose?: () => void

  send(text: string): void {
    this.said.push(JSON.parse(text) as Record<string, unknown>)
  }

  close(): void {
    this.readyState = WebSocket.CLOSED
  }

  open(): void {
    this.readyState = WebSocket.OPEN
    this.onopen?.()
  }

  tell(...messages: unknown[]): void {
    messages.forEach((message) => this.onmessage?.({ data: JSON.stringify(message) }))
  }
}

const message = (seq: number): RoomEvent => ({ room: 'a', seq, at: seq, from: 'bob', type: 'message', id: `${seq}`, text: `${seq}` })
const event = (seq: number) => ({ op: 'event', room: 'a', event: message(seq) })
const subscribed = { op: 'subscribed', room: 'a', epoch: 'e', head: 9 }

function setup() {
  const sockets: FakeSocket[] = []
  const transport = webSocketTransport({
    url: 'ws://host/ws',
    token: 'token',
    createSocket: () => sockets[sockets.push(new FakeSocket()) - 1] as unknown as WebSocket,
  })
  const read = (after: number, initial = 5) => {
    const seqs: number[] = []
    let end: RequestFailure | undefined | 'open' = 'open'
    const feed = transport.feed('a', { after, epoch: 'e' }, { onNext: ({ seq }) => void seqs.push(seq), onEnd: (failure) => (end = failure) }, initial)
    return { feed, seqs, end: () => end }
  }
  return { transport, sockets, read }
}

describe('webSocketTransport', () => {
  it('says who it is, then subscribes from its position with its credit, and grants more', () => {
    const { sockets, read } = setup()
    const { feed, seqs } = read(3)
    sockets[0]!.open()
    sockets[0]!.tell(subscribed, event(4), event(5))
    feed.request(2)
    expect(sockets[0]!.said).toEqual([
      { op: 'hello', token: 'token' },
      { op: 'subscribe', room: 'a', after: 3, epoch: 'e', credit: 5 },
      { op: 'credit', room: 'a', n: 2 },
    ])
    expect(seqs).toEqual([4, 5])
  })

  it('does not take what belongs to the subscription before for its own', () => {
    const { sockets, read } = setup()
    const first = read(3)
    sockets[0]!.open()
    sockets[0]!.tell(subscribed, event(4))
    first.feed.cancel()
    const second = read(4)
    sockets[0]!.tell(event(5), event(6), subscribed, event(5))
    expect([first.seqs, second.seqs]).toEqual([[4], [5]])
    expect(sockets[0]!.said.map(({ op }) => op)).toEqual(['hello', 'subscribe', 'unsubscribe', 'subscribe'])
  })

  it('answers sends by their id, refusals too', async () => {
    const { transport, sockets } = setup()
    const [good, bad] = [transport.send({ room: 'a', id: '1', text: 'x' }), transport.send({ room: 'a', id: '2', text: 'y' })]
    sockets[0]!.open()
    sockets[0]!.tell({ op: 'error', id: '2', room: 'a', code: 0x403, name: 'forbidden', message: 'Not a member.' }, { op: 'ack', id: '1', room: 'a', seq: 8, at: 1, duplicate: false })
    expect(await good).toEqual({ room: 'a', seq: 8, at: 1, duplicate: false })
    await expect(bad).rejects.toMatchObject({ kind: 'forbidden', code: 0x403 })
  })

  it('ends a feed with what the server says of it, and leaves the others', () => {
    const { sockets, read } = setup()
    const { end, feed } = read(0)
    sockets[0]!.open()
    sockets[0]!.tell({ op: 'error', room: 'a', code: 0x410, name: 'gone', message: 'Another epoch.' })
    expect([end(), feed.ended]).toMatchObject([{ kind: 'gone' }, true])
    expect(sockets[0]!.said.map(({ op }) => op)).toEqual(['hello', 'subscribe'])
  })

  it('ends everything when it is lost, and opens again with the next thing to do', async () => {
    const { transport, sockets, read } = setup()
    const { end } = read(0)
    const sent = transport.send({ room: 'a', id: '1', text: 'x' })
    sockets[0]!.open()
    sockets[0]!.onclose!()
    expect(end()).toMatchObject({ kind: 'transport_lost', retryable: true })
    await expect(sent).rejects.toMatchObject({ kind: 'transport_lost' })
    read(0)
    sockets[1]!.open()
    expect(sockets[1]!.said.map(({ op }) => op)).toEqual(['hello', 'subscribe'])
  })

  it('is quiet when it is closed from this side', async () => {
    const { transport, sockets, read } = setup()
    const { end, feed } = read(0)
    sockets[0]!.open()
    const sent = transport.send({ room: 'a', id: '1', text: 'x' })
    transport.close()
    expect([end(), feed.ended, sockets[0]!.readyState]).toEqual(['open', true, WebSocket.CLOSED])
    await expect(sent).rejects.toMatchObject({ retryable: true })
  })
})
