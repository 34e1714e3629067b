import { nextTick, onScopeDispose } from 'vue'
import type { CreditStream } from '../rsocket/creditStream'
import { RenderCredit, type RenderCreditOptions } from '../rsocket/renderCredit'

export interface UseRenderPumpOptions<T> {
  /** Puts elements into reactive state; credit for them is granted when Vue and the browser have drawn it. */
  show: (batch: readonly T[]) => void
  credit?: RenderCreditOptions
  /** @default document.hidden */
  isHidden?: () => boolean
  /** Calls back when the browser has drawn, or soon when it does not draw. @default {@link nextDrawing} */
  whenDrawn?: (callback: () => void) => void
}

export interface UseRenderPumpReturn<T> {
  /** Replaces the stream: `start` opens the new one with the receive callback and the first credit it is given. */
  open(start: (onNext: (value: T) => void, initial: number) => CreditStream<T>): void
  /** Cancels the stream and forgets what was not shown. */
  close(): void
}

/** Shows a stream at the pace of the screen. Elements wait in a buffer that the credit itself keeps short. */
export function useRenderPump<T>(options: UseRenderPumpOptions<T>): UseRenderPumpReturn<T> {
  const { show, isHidden = () => document.hidden, whenDrawn = nextDrawing } = options
  let current: { stream?: CreditStream<T>; credit: RenderCredit; buffer: T[]; running: boolean } | undefined

  function open(start: (onNext: (value: T) => void, initial: number) => CreditStream<T>): void {
    close()
    const mine = { stream: undefined as CreditStream<T> | undefined, credit: new RenderCredit(options.credit), buffer: [] as T[], running: false }
    current = mine
    mine.stream = start((value) => {
      mine.credit.received()
      mine.buffer.push(value)
      void pump(mine)
    }, mine.credit.initial)
  }

  async function pump(mine: NonNullable<typeof current>): Promise<void> {
    if (mine.running) {
      return
    }
    mine.running = true
    // Out of the receive callback first: a burst of frames that came in one message event becomes one batch.
    await Promise.resolve()
    while (mine === current && mine.buffer.length > 0) {
      const batch = mine.buffer.splice(0)
      show(batch)
      await nextTick()
      await new Promise<void>((resolve) => whenDrawn(resolve))
      grant(mine, batch.length)
    }
    mine.running = false
  }

  function grant(mine: NonNullable<typeof current>, rendered: number): void {
    const credit = mine.credit.rendered(rendered, isHidden())
    if (credit > 0 && mine === current) {
      mine.stream?.request(credit)
    }
  }

  function close(): void {
    current?.stream?.cancel()
    current = undefined
  }

  // A page that comes back to the front gets its whole window again, even when nothing is waiting to be drawn.
  const onVisibility = () => current && grant(current, 0)
  document.addEventListener('visibilitychange', onVisibility)
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', onVisibility)
    close()
  })

  return { open, close }
}

/** A hidden page gets no animation frames: then a second stands in for the frame, which also slows the stream down. */
function nextDrawing(callback: () => void): void {
  const once = () => {
    cancelAnimationFrame(frame)
    clearTimeout(timer)
    callback()
  }
  const frame = requestAnimationFrame(once)
  const timer = setTimeout(once, 1000)
}
