import { shallowReactive, type ShallowRef } from 'vue'
import type { ChatClient } from '../chat/chatClient'
import type { TimelineEntry } from '../chat/timeline'
import { RequestFailure } from '../rsocket/failure'

export interface Quote {
  readonly from: string
  /** Absent: the message was deleted or is no longer there. */
  readonly text?: string
}

/** Quotes kept; the oldest go first. */
const LIMIT = 500

/** What messages answer: from the window of the room when it is in there, else from the server, once. */
export function useQuotes(client: Readonly<ShallowRef<ChatClient | null>>, room: () => string, entries: Readonly<ShallowRef<readonly TimelineEntry[]>>) {
  const loaded = shallowReactive(new Map<number, Quote>())
  const asked = new Set<number>()

  function quoteOf(seq: number): Quote | undefined {
    const entry = find(entries.value, seq)
    if (entry !== undefined) {
      return entry.kind === 'message' ? { from: entry.from, text: entry.deleted ? undefined : entry.text } : undefined
    }
    const quote = loaded.get(seq)
    if (quote === undefined && !asked.has(seq) && client.value !== null) {
      asked.add(seq)
      void load(client.value, seq)
    }
    return quote
  }

  async function load(from: ChatClient, seq: number): Promise<void> {
    try {
      const { events } = await from.history(room(), { before: seq + 1, limit: 1 })
      const event = events.at(-1)
      if (loaded.size >= LIMIT) {
        const [oldest] = loaded.keys()
        loaded.delete(oldest!)
        asked.delete(oldest!)
      }
      loaded.set(seq, event?.seq === seq && event.type === 'message' ? { from: event.from, text: event.deleted ? undefined : event.text } : { from: '' })
    } catch (reason) {
      // A quote is an extra: without it the answer stands alone. It is asked for again when it is drawn the next time.
      asked.delete(seq)
      console.warn('A quoted message could not be read.', RequestFailure.from(reason).message)
    }
  }

  return { quoteOf }
}

/** Entries are in order of their seq. */
function find(entries: readonly TimelineEntry[], seq: number): TimelineEntry | undefined {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (entries[middle]!.seq < seq) {
      low = middle + 1
    } else {
      high = middle
    }
  }
  return entries[low]?.seq === seq ? entries[low] : undefined
}
