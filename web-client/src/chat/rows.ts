import type { TimelineEntry } from './timeline'

export interface Row {
  readonly entry: TimelineEntry
  /** First of its day. */
  readonly startsDay: boolean
  /** First of a run of messages by one author. */
  readonly leads: boolean
  /** First of those that the reader has not seen. */
  readonly startsNew: boolean
}

/** Messages by one author that are closer than this form a run under one name. */
const RUN_MS = 5 * 60_000

/**
 * Entries with what is drawn between them: days, what is new, and a name where the author changes.
 * @param newAfter Seq that the reader had read when they came; `undefined`: nothing is new.
 * @param me The reader, whose own messages are not new to them.
 */
export function rowsOf(entries: readonly TimelineEntry[], newAfter?: number, me?: string): Row[] {
  let dayEnds = -Infinity
  let dayStarts = Infinity
  let isMarked = newAfter === undefined
  return entries.map((entry, index) => {
    const before = entries[index - 1]
    const startsDay = entry.at < dayStarts || entry.at >= dayEnds
    if (startsDay) {
      // Bounds instead of a date for each entry: this runs for the whole window with every batch of a feed.
      const midnight = new Date(entry.at)
      dayStarts = midnight.setHours(0, 0, 0, 0)
      dayEnds = midnight.setDate(midnight.getDate() + 1)
    }
    const startsNew = !isMarked && entry.kind === 'message' && entry.from !== me && entry.seq > newAfter!
    isMarked ||= startsNew
    const continues =
      !startsDay && !startsNew && before?.kind === 'message' && entry.kind === 'message' && before.from === entry.from &&
      entry.replyTo === undefined && entry.at - before.at < RUN_MS
    return { entry, startsDay, startsNew, leads: !continues }
  })
}
