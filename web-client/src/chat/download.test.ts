import { describe, expect, it, vi } from 'vitest'
import type { StreamHandlers } from '../rsocket/creditStream'
import { RequestFailure } from '../rsocket/failure'
import type { ChatClient } from './chatClient'
import { download, type DownloadOptions } from './download'

function setup(size: number, options: DownloadOptions = {}) {
  const stream = { request: vi.fn(), cancel: vi.fn() }
  let handlers!: StreamHandlers<Uint8Array>
  let initial = 0
  const client = {
    download: (_: string, __: string, given: typeof handlers, credit: number) => {
      handlers = given
      initial = credit
      return stream
    },
  } as unknown as ChatClient
  const answer = download(client, 'lobby', { id: 'x', name: 'x', size, type: '' }, options)
  answer.catch(() => {})
  return { answer, stream, handlers, initial }
}

describe('download', () => {
  it('gives credit back for what it has taken, half a window at a time', async () => {
    const onProgress = vi.fn()
    const { answer, stream, handlers, initial } = setup(20, { onProgress })
    expect(initial).toBe(16)
    for (let i = 0; i < 20; i++) {
      handlers.onNext(new Uint8Array([i]))
    }
    handlers.onEnd?.()
    expect(stream.request.mock.calls).toEqual([[8], [8]])
    expect(onProgress).toHaveBeenLastCalledWith(20)
    expect((await answer).map(([byte]) => byte)).toEqual(Array.from({ length: 20 }, (_, i) => i))
  })

  it('fails when bytes are missing, when the server says so, and when it is given up', async () => {
    const short = setup(2)
    short.handlers.onNext(new Uint8Array(1))
    short.handlers.onEnd?.()
    await expect(short.answer).rejects.toMatchObject({ kind: 'protocol' })

    const refused = setup(2)
    refused.handlers.onEnd?.(new RequestFailure(0x404, 'not_found', 'There is no such file.'))
    await expect(refused.answer).rejects.toMatchObject({ kind: 'not_found' })

    const abort = new AbortController()
    const given = setup(2, { signal: abort.signal })
    abort.abort()
    await expect(given.answer).rejects.toMatchObject({ kind: 'aborted' })
    expect(given.stream.cancel).toHaveBeenCalledOnce()
  })
})
