import { nextTick, onScopeDispose } from 'vue'
import type { PacedStream } from '../rsocket/creditStream'
import { listFlow } from '../rsocket/flows'
import { FULL_PACE, RenderCredit, type Pace, type RenderCreditOptions } from '../rsocket/renderCredit'

export interface UseRenderPumpOptions<T> {
  /** What the stream is called where flows are listed. */
  name: () => string
  /** Puts elements into reactive state; credit for them is granted when Vue and the browser have drawn it. */
  show: (batch: readonly T[]) => void
  credit?: RenderCreditOptions
  /** @default document.hidden */
  isHidden?: () => boolean
  /** Calls back when the browser has drawn, or soon when it does not draw. @default {@link nextDrawing} */
  whenDrawn?: (callback: () => void) => void
}

export interface UseRenderPumpReturn<T> {
  /** Replaces the stream: `start` opens the new one with the receive callback and the first credit. Called later when the pace is "paused". */
  open(start: (onNext: (value: T) => void, initial: number) => PacedStream): void
  /** Cancels the stream and forgets what was not shown. */
  close(): void
  /** Takes effect with the next grant, on this stream and on those that replace it. */
  setPace(pace: Pace): void
}

interface Run<T> {
  readonly credit: RenderCredit
  readonly start: (onNext: (value: T) => void, initial: number) => PacedStream
  readonly unlist: () => void
  stream?: PacedStream
  buffer: T[]
  running: boolean
  timer?: ReturnType<typeof setTimeout>
}

/** Shows a stream at the pace of the screen and of its reader. Elements wait in a buffer that the credit itself keeps short. */
export function useRenderPump<T>(options: UseRenderPumpOptions<T>): UseRenderPumpReturn<T> {
  const { show, isHidden = () => document.hidden, whenDrawn = nextDrawing } = options
  let current: Run<T> | undefined
  let pace = FULL_PACE

  function open(start: Run<T>['start']): void {
    close()
    const credit = new RenderCredit(options.credit)
    credit.pace = pace
    current = { credit, start, unlist: listFlow({ name: options.name(), credit }), buffer: [], running: false }
    grant(current, 0)
  }

  async function pump(mine: Run<T>): Promise<void> {
    if (mine.running) {
      return
    }
    mine.running = true
    // Out of the receive callback first: a burst of frames that came in one message event becomes one batch.
    await Promise.resolve()
    while (mine === current && mine.buffer.length > 0) {
      const batch = mine.buffer.splice(0)
      const since = performance.now()
      show(batch)
      await nextTick()
      await new Promise<void>((resolve) => whenDrawn(resolve))
      if (mine === current) {
        if (!isHidden()) {
          mine.credit.took(performance.now() - since)
        }
        grant(mine, batch.length)
      }
    }
    mine.running = false
  }

  function grant(mine: Run<T>, rendered: number): void {
    clearTimeout(mine.timer)
    if (mine.stream === undefined) {
      const initial = mine.credit.open(isHidden())
      if (initial > 0) {
        mine.stream = mine.start((value) => {
          mine.credit.take()
          mine.buffer.push(value)
          void pump(mine)
        }, initial)
      }
    } else {
      const credit = mine.credit.rendered(rendered, isHidden())
      if (credit > 0) {
        mine.stream.request(credit)
      }
    }
    const due = mine.credit.dueIn(isHidden())
    if (due !== undefined && mine.stream?.ended !== true) {
      mine.timer = setTimeout(() => grant(mine, 0), due)
    }
  }

  function close(): void {
    clearTimeout(current?.timer)
    current?.unlist()
    current?.stream?.cancel()
    current = undefined
  }

  function setPace(next: Pace): void {
    pace = next
    if (current) {
      current.credit.pace = next
      grant(current, 0)
    }
  }

  // A page that comes back to the front gets its whole window again, even when nothing is waiting to be drawn.
  const onVisibility = () => current && grant(current, 0)
  document.addEventListener('visibilitychange', onVisibility)
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', onVisibility)
    close()
  })

  return { open, close, setPace }
}

/**
 * An animation frame is called before its frame is drawn, and a task that it posts runs after. A hidden page gets no animation frames:
 * then a second stands in for the frame, which also slows the stream down.
 */
function nextDrawing(callback: () => void): void {
  const once = () => {
    cancelAnimationFrame(frame)
    clearTimeout(timer)
    callback()
  }
  const frame = requestAnimationFrame(() => {
    clearTimeout(timer)
    const drawn = new MessageChannel()
    drawn.port1.onmessage = () => {
      drawn.port1.close()
      callback()
    }
    drawn.port2.postMessage(null)
  })
  const timer = setTimeout(once, 1000)
}
