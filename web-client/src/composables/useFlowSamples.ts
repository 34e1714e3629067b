import { onScopeDispose, shallowReadonly, shallowRef, type ShallowRef } from 'vue'
import { openFlows } from '../rsocket/flows'

/** ms between two samples, and how many are kept: a minute. */
const EVERY_MS = 250
const KEPT = 240
/** ms over which a rate is measured. */
const RATE_MS = 1000

export interface FlowRow {
  readonly name: string
  readonly granted: number
  readonly received: number
  readonly outstanding: number
  /** Elements that came a second: each is one frame. */
  readonly perSecond: number
}

export interface Sample {
  readonly at: number
  readonly perSecond: number
  readonly outstanding: number
  readonly lag: number
}

export interface UseFlowSamplesReturn {
  /** The flows that are open, and what all of them are together. */
  flows: Readonly<ShallowRef<readonly FlowRow[]>>
  connection: Readonly<ShallowRef<FlowRow>>
  /** The last minute of the flow called `rooms.feed`, oldest first. */
  samples: Readonly<ShallowRef<readonly Sample[]>>
  /** Times a second that the browser draws the page. */
  drawn: Readonly<ShallowRef<number>>
}

/** Looks at the credit of all flows four times a second, and keeps a minute of it. */
export function useFlowSamples(lag: () => number): UseFlowSamplesReturn {
  const flows = shallowRef<readonly FlowRow[]>([])
  const connection = shallowRef<FlowRow>(sum([]))
  const samples = shallowRef<readonly Sample[]>([])
  const drawn = shallowRef(0)
  /** What had come, by the flow's credit, at the times looked at within the last second. */
  const history = new Map<object, { at: number; received: number }[]>()
  let frames = 0
  let framesSince = performance.now()
  let frame = requestAnimationFrame(count)

  function count(): void {
    frames++
    frame = requestAnimationFrame(count)
  }

  function look(): void {
    const now = performance.now()
    flows.value = openFlows().map(({ name, credit }) => {
      const { granted, received, outstanding } = credit
      const past = history.get(credit) ?? [{ at: now, received }]
      history.set(credit, past)
      while (past.length > 1 && now - past[0]!.at > RATE_MS) {
        past.shift()
      }
      const { at, received: before } = past[0]!
      past.push({ at: now, received })
      return { name, granted, received, outstanding, perSecond: now - at < EVERY_MS / 2 ? 0 : ((received - before) * 1000) / (now - at) }
    })
    const open = new Set<object>(openFlows().map(({ credit }) => credit))
    history.forEach((_, credit) => !open.has(credit) && history.delete(credit))
    connection.value = sum(flows.value)
    const feed = flows.value.find(({ name }) => name === 'rooms.feed')
    samples.value = [...samples.value.slice(1 - KEPT), { at: now, perSecond: feed?.perSecond ?? 0, outstanding: feed?.outstanding ?? 0, lag: lag() }]
    if (now - framesSince >= RATE_MS) {
      drawn.value = (frames * 1000) / (now - framesSince)
      frames = 0
      framesSince = now
    }
  }

  look()
  const timer = setInterval(look, EVERY_MS)
  onScopeDispose(() => {
    clearInterval(timer)
    cancelAnimationFrame(frame)
  })
  return { flows, connection, samples: shallowReadonly(samples), drawn: shallowReadonly(drawn) }
}

function sum(rows: readonly FlowRow[]): FlowRow {
  const total = (key: 'granted' | 'received' | 'outstanding' | 'perSecond') => rows.reduce((all, row) => all + row[key], 0)
  return { name: 'connection', granted: total('granted'), received: total('received'), outstanding: total('outstanding'), perSecond: total('perSecond') }
}
