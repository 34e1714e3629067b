import { effectScope, shallowRef, type EffectScope } from 'vue'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { CreditStream } from '../rsocket/creditStream'
import { openFlows } from '../rsocket/flows'
import { useRenderPump, type UseRenderPumpOptions } from './useRenderPump'

const turns = () => new Promise((resolve) => setTimeout(resolve))

const scopes: EffectScope[] = []
afterEach(() => scopes.splice(0).forEach((scope) => scope.stop()))

function setup(options: Partial<UseRenderPumpOptions<number>> = {}) {
  const shown = shallowRef<number[][]>([])
  const drawings: (() => void)[] = []
  const stream = { request: vi.fn(), cancel: vi.fn() }
  let push = (_: number) => {}
  const scope = effectScope()
  const pump = scope.run(() =>
    useRenderPump<number>({
      name: () => 'test',
      show: (batch) => (shown.value = [...shown.value, [...batch]]),
      credit: { window: 8, hiddenWindow: 2 },
      isHidden: () => false,
      whenDrawn: (callback) => drawings.push(callback),
      ...options,
    }),
  )!
  const open = () =>
    pump.open((onNext, initial) => {
      push = onNext
      stream.request.mockClear()
      expect(initial).toBe(8)
      return stream as unknown as CreditStream<number>
    })
  open()
  scopes.push(scope)
  return { shown, drawings, stream, scope, pump, open, push: (...values: number[]) => values.forEach((value) => push(value)) }
}

describe('useRenderPump', () => {
  it('shows a burst as one batch and grants its size after the drawing', async () => {
    const { shown, drawings, stream, push } = setup()
    push(1, 2, 3)
    expect(shown.value).toEqual([])
    await turns()
    expect(shown.value).toEqual([[1, 2, 3]])
    expect(stream.request).not.toHaveBeenCalled()
    drawings.shift()!()
    await turns()
    expect(stream.request.mock.calls).toEqual([[3]])
  })

  it('collects what comes while the screen is busy', async () => {
    const { shown, drawings, stream, push } = setup()
    push(1)
    await turns()
    push(2)
    push(3)
    await turns()
    expect(shown.value).toEqual([[1]])
    drawings.shift()!()
    await turns()
    expect(shown.value).toEqual([[1], [2, 3]])
    drawings.shift()!()
    await turns()
    expect(stream.request.mock.calls).toEqual([[1], [2]])
  })

  it('lets a hidden page run dry and tops up when it is seen again', async () => {
    let hidden = false
    const { drawings, stream, push } = setup({ isHidden: () => hidden })
    hidden = true
    push(1, 2, 3, 4)
    await turns()
    drawings.shift()!()
    await turns()
    expect(stream.request).not.toHaveBeenCalled()
    hidden = false
    document.dispatchEvent(new Event('visibilitychange'))
    expect(stream.request.mock.calls).toEqual([[4]])
  })

  it('grants nothing on a stream that was replaced meanwhile', async () => {
    const { drawings, stream, open, push } = setup()
    push(1)
    await turns()
    open()
    drawings.shift()!()
    await turns()
    expect(stream.cancel).toHaveBeenCalledOnce()
    expect(stream.request).not.toHaveBeenCalled()
  })

  it('cancels with its scope', () => {
    const { stream, scope } = setup()
    scope.stop()
    expect(stream.cancel).toHaveBeenCalledOnce()
  })

  it('grants nothing while it is paused, and goes on where it was', async () => {
    const { drawings, stream, pump, push } = setup()
    pump.setPace({ perSecond: Infinity, paused: true })
    push(1, 2, 3)
    await turns()
    drawings.shift()!()
    await turns()
    expect(stream.request).not.toHaveBeenCalled()
    pump.setPace({ perSecond: Infinity, paused: false })
    expect(stream.request.mock.calls).toEqual([[3]])
  })

  it('does not even ask for a stream while it is paused', () => {
    const { pump } = setup()
    pump.setPace({ perSecond: Infinity, paused: true })
    const start = vi.fn(() => ({ request: vi.fn(), cancel: vi.fn() }) as unknown as CreditStream<number>)
    pump.open(start)
    expect(start).not.toHaveBeenCalled()
    pump.setPace({ perSecond: Infinity, paused: false })
    expect(start).toHaveBeenCalledOnce()
  })

  it('lists its stream with its credit while it is open', async () => {
    const { pump, push } = setup()
    push(1, 2)
    const flow = openFlows().find(({ name }) => name === 'test')!
    expect([flow.credit.granted, flow.credit.received, flow.credit.outstanding]).toEqual([8, 2, 6])
    pump.close()
    expect(openFlows()).not.toContain(flow)
  })
})
