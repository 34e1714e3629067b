import type { RoomEvent } from '../contract'
import { EventStreamReader } from './eventStream'
import { failureOf, lost, toFailure, type HttpDoor } from './http'
import { PacedFeed, run } from './pacedFeed'
import type { RoomTransport } from './roomTransport'

/**
 * Server-Sent Events, read by `fetch`: an EventSource takes what comes as fast as it comes, and cannot show a token. Here a piece of the
 * answer is read when there is credit for more; what is not read stays with the socket, and stops the server's feed.
 */
export function sseTransport(door: HttpDoor): RoomTransport {
  const open = new Set<PacedFeed>()

  async function read(room: string, feed: PacedFeed): Promise<void> {
    const query = new URLSearchParams({ after: `${feed.after}`, epoch: feed.epoch })
    const response = await door.ask(`/api/rooms/${encodeURIComponent(room)}/events?${query}`, {
      signal: feed.signal,
      headers: { accept: 'text/event-stream' },
    })
    const pieces = response.body?.getReader()
    if (pieces === undefined) {
      throw lost()
    }
    const reader = new EventStreamReader()
    for (;;) {
      await feed.hasCredit()
      const { value, done } = await pieces.read()
      if (done || feed.ended) {
        // The server ends no feed without a word: a stream that ends was cut.
        throw lost()
      }
      for (const { event, data } of reader.push(value)) {
        if (event === 'problem') {
          throw failureOf(JSON.parse(data) as Parameters<typeof failureOf>[0])
        }
        await feed.hasCredit()
        feed.take(JSON.parse(data) as RoomEvent)
      }
    }
  }

  return {
    kind: 'sse',
    feed(room, position, handlers, initial) {
      const feed = new PacedFeed(position, handlers, initial)
      open.add(feed)
      feed.signal.addEventListener('abort', () => open.delete(feed))
      return run(feed, () => read(room, feed), toFailure)
    },
    send: (message) => door.send(message),
    typing: (room) => door.typing(room),
    close: () => open.forEach((feed) => feed.cancel()),
  }
}

