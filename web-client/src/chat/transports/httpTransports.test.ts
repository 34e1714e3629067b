import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RequestFailure } from '../../rsocket/failure'
import type { RoomEvent } from '../contract'
import { HttpDoor } from './http'
import { pollTransport } from './pollTransport'
import type { RoomTransport } from './roomTransport'
import { sseTransport } from './sseTransport'

const message = (seq: number): RoomEvent => ({ room: 'a', seq, at: seq, from: 'bob', type: 'message', id: `${seq}`, text: `${seq}` })
const json = (body: unknown, init: ResponseInit = {}) =>
  new Response(JSON.stringify(body), { ...init, headers: { 'content-type': init.status === undefined ? 'application/json' : 'application/problem+json', ...init.headers } })
const settled = () => vi.advanceTimersByTimeAsync(0)

/** A room of so many messages, behind the addresses of the HTTP door. */
function server(head: number) {
  const log = Array.from({ length: head }, (_, index) => message(index + 1))
  const asked: URL[] = []
  const requests: RequestInit[] = []
  const waiting: (() => void)[] = []
  const pieces: ReadableStreamDefaultController<Uint8Array>[] = []
  let refusal: Response | undefined
  const ask = (async (path: string, init: RequestInit = {}) => {
    const url = new URL(path, 'http://host')
    asked.push(url)
    requests.push(init)
    if (refusal !== undefined) {
      const answer = refusal
      refusal = undefined
      return answer
    }
    if (init.method === 'POST') {
      return json({ room: 'a', seq: log.push(message(log.length + 1)), at: 1, duplicate: false })
    }
    if ((init.headers as Record<string, string>).accept === 'text/event-stream') {
      return new Response(new ReadableStream({ start: (controller) => void pieces.push(controller) }, { highWaterMark: 0 }))
    }
    const [after, limit] = [Number(url.searchParams.get('after')), Number(url.searchParams.get('limit'))]
    if (after === log.length && url.searchParams.get('wait') !== '0') {
      await new Promise<void>((resolve, reject) => {
        waiting.push(resolve)
        init.signal!.addEventListener('abort', () => reject(new DOMException('gone', 'AbortError')))
      })
    }
    const tag = `"${after}-${log.length}"`
    if ((init.headers as Record<string, string>)['if-none-match'] === tag) {
      return new Response(null, { status: 304 })
    }
    return json({ events: log.slice(after, after + limit), more: after + limit < log.length }, { headers: { etag: tag } })
  }) as typeof fetch
  const write = () => {
    log.push(message(log.length + 1))
    waiting.splice(0).forEach((wake) => wake())
  }
  return { door: new HttpDoor('token', ask), asked, requests, pieces, write, refuse: (answer: Response) => (refusal = answer) }
}

function read(transport: RoomTransport, initial: number, after = 0) {
  const seqs: number[] = []
  let end: RequestFailure | undefined | 'open' = 'open'
  const feed = transport.feed('a', { after, epoch: 'e' }, { onNext: ({ seq }) => void seqs.push(seq), onEnd: (failure) => (end = failure) }, initial)
  return { feed, seqs, end: () => end }
}

describe('transports over HTTP', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  describe.each([
    ['longPoll', (door: HttpDoor) => pollTransport(door, { wait: 25 })],
    ['poll', (door: HttpDoor) => pollTransport(door, { wait: 0 })],
  ] as const)('%s', (kind, open) => {
    it('asks for no more than was granted, and goes on behind what it has', async () => {
      const { door, asked } = server(10)
      const transport = open(door)
      const { feed, seqs } = read(transport, 3, 2)
      await settled()
      expect([transport.kind, seqs]).toEqual([kind, [3, 4, 5]])
      expect(asked.map(({ search }) => search)).toEqual([`?after=2&epoch=e&limit=3&wait=${kind === 'poll' ? 0 : 25}`])
      feed.request(2)
      await settled()
      expect(seqs).toEqual([3, 4, 5, 6, 7])
    })

    it('shows its token to every request', async () => {
      const { door, requests } = server(1)
      read(open(door), 1)
      await open(door).send({ room: 'a', id: '1', text: 'hi' })
      expect(requests.map(({ headers }) => (headers as Record<string, string>).authorization)).toEqual(['Bearer token', 'Bearer token'])
    })

    it('asks nothing any more once it is cancelled or closed', async () => {
      const { door, asked, write } = server(1)
      const transport = open(door)
      const { feed, seqs } = read(transport, 10)
      const other = read(transport, 10)
      await settled()
      feed.cancel()
      transport.close()
      const before = asked.length
      write()
      await vi.advanceTimersByTimeAsync(60_000)
      expect([seqs, other.seqs, asked.length - before, feed.ended, other.end()]).toEqual([[1], [1], 0, true, 'open'])
    })

    it('ends with what the server says, or with a way that is closed', async () => {
      const { door, refuse } = server(1)
      refuse(json({ title: 'forbidden', detail: 'Not you.', status: 403 }, { status: 403 }))
      const refused = read(open(door), 1)
      await settled()
      expect(refused.end()).toMatchObject({ code: 0x403, kind: 'forbidden', sentence: 'Not you.' })
      const gone = read(open(new HttpDoor('token', () => Promise.reject(new TypeError('Failed to fetch')))), 1)
      await settled()
      expect(gone.end()).toMatchObject({ kind: 'transport_lost', retryable: true })
      refuse(new Response('nginx', { status: 404 }))
      const none = read(open(door), 1)
      await settled()
      expect(none.end()).toMatchObject({ kind: 'not_found' })
    })

    it('passes over what it has already', async () => {
      const door = { events: async () => ({ events: [message(2), message(3)], more: true }) } as unknown as HttpDoor
      const { feed, seqs } = read(open(door), 4, 2)
      await vi.advanceTimersByTimeAsync(10_000)
      expect(seqs).toEqual([3])
      feed.cancel()
    })
  })

  it('polls now and then, and by the tag of what it has seen', async () => {
    const { door, requests, write } = server(1)
    const { seqs } = read(pollTransport(door, { wait: 0 }), 10)
    await vi.advanceTimersByTimeAsync(6100)
    const tags = requests.map(({ headers }) => (headers as Record<string, string>)['if-none-match'])
    expect(tags).toEqual([undefined, undefined, '"1-1"', '"1-1"', '"1-1"'])
    write()
    await vi.advanceTimersByTimeAsync(2000)
    expect(seqs).toEqual([1, 2])
  })

  it('waits at the server when there is nothing, and asks at once again', async () => {
    const { door, asked, write } = server(1)
    const { seqs } = read(pollTransport(door, { wait: 25 }), 10)
    await settled()
    expect(asked).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(asked).toHaveLength(2)
    write()
    await settled()
    expect([seqs, asked.length]).toEqual([[1, 2], 3])
  })

  describe('sse', () => {
    const event = (seq: number) => `id: ${seq}\nevent: message\ndata: ${JSON.stringify(message(seq))}\n\n`
    const piece = (text: string) => new TextEncoder().encode(text)

    it('hands over what is granted, and leaves the answer unread while nothing is', async () => {
      const { door, pieces } = server(0)
      const { feed, seqs } = read(sseTransport(door), 2)
      await settled()
      pieces[0]!.enqueue(piece(event(1) + event(2) + event(3)))
      pieces[0]!.enqueue(piece(event(4)))
      await settled()
      expect(seqs).toEqual([1, 2])
      // The first piece is read, the second is not, and that is what stops the server.
      expect(pieces[0]!.desiredSize).toBeLessThan(0)
      feed.request(2)
      await settled()
      expect(seqs).toEqual([1, 2, 3, 4])
    })

    it('ends with the problem that the stream tells, and with a way that is closed when it was cut', async () => {
      const { door, pieces } = server(0)
      const told = read(sseTransport(door), 2)
      await settled()
      pieces[0]!.enqueue(piece('event: problem\ndata: {"code":1027,"name":"forbidden","message":"No longer readable."}\n\n'))
      await settled()
      expect(told.end()).toMatchObject({ code: 0x403, kind: 'forbidden', sentence: 'No longer readable.' })
      const cut = read(sseTransport(door), 2)
      await settled()
      pieces[1]!.enqueue(piece(event(1)))
      pieces[1]!.close()
      await settled()
      expect([cut.seqs, cut.end()]).toMatchObject([[1], { kind: 'transport_lost' }])
    })
  })
})
