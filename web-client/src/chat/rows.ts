import type { TimelineEntry } from './timeline'

export interface Row {
  readonly entry: TimelineEntry
  /** First of its day: that day, for people. */
  readonly day?: string
  /** First of a run of messages by one author. */
  readonly leads: boolean
}

/** Messages by one author that are closer than this form a run under one name. */
const RUN_MS = 5 * 60_000

const DAY = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
const TIME = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' })

export const timeOf = (at: number): string => TIME.format(at)
export const fullTimeOf = (at: number): string => FULL.format(at)

/** Entries with what is drawn between them: days, and a name where the author changes. */
export function rowsOf(entries: readonly TimelineEntry[]): Row[] {
  let lastDay = ''
  return entries.map((entry, index) => {
    const before = entries[index - 1]
    const key = new Date(entry.at).toDateString()
    const day = key === lastDay ? undefined : DAY.format(entry.at)
    lastDay = key
    const continues =
      day === undefined && before?.kind === 'message' && entry.kind === 'message' && before.from === entry.from && entry.at - before.at < RUN_MS
    return { entry, day, leads: !continues }
  })
}
