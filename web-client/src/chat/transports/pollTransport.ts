import type { HttpDoor } from './http'
import { toFailure } from './http'
import { PacedFeed, run } from './pacedFeed'
import type { RoomTransport } from './roomTransport'

export interface PollOptions {
  /** Seconds that the server may wait for something to tell: more than 0 is long polling. */
  wait: number
  /** ms between two questions when there was nothing. @default 2000 without waiting, else 100 */
  everyMs?: number
}

/** Most events that one answer may hold, as the server has it. */
const LIMIT = 500

/** Asks for a page, shows it, asks for the next: `limit` is the credit, so a reader who does not keep up asks for less, and later. */
export function pollTransport(door: HttpDoor, { wait, everyMs = wait > 0 ? 100 : 2000 }: PollOptions): RoomTransport {
  const open = new Set<PacedFeed>()

  async function read(room: string, feed: PacedFeed): Promise<void> {
    let last: { readonly asked: string; readonly tag?: string } | undefined
    while (!feed.ended) {
      await feed.hasCredit()
      if (feed.ended) {
        return
      }
      const { after, epoch, signal } = feed
      const limit = Math.min(LIMIT, feed.credit)
      const asked = `${after} ${limit}`
      // Somebody who waits wants no word that there is nothing; somebody who looks in does, in as few bytes as possible.
      const tag = wait === 0 && last?.asked === asked ? last.tag : undefined
      const page = await door.events({ room, after, epoch, limit, wait, tag, signal })
      if (page !== undefined) {
        page.events.forEach((event) => feed.take(event))
        last = { asked, tag: page.tag }
      }
      if (feed.after === after) {
        await pause(everyMs, feed.signal)
      }
    }
  }

  return {
    kind: wait > 0 ? 'longPoll' : 'poll',
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

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}
