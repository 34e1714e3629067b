import { describe, expect, it, vi } from 'vitest'
import { upload, type OpenChannel, type UploadOptions } from './upload'

const turns = async () => {
  for (let i = 0; i < 20; i++) {
    await new Promise((resolve) => setTimeout(resolve))
  }
}

function setup(size: number, options: UploadOptions = {}) {
  const chunks: { bytes: number; last: boolean }[] = []
  const channel = {
    onNext: vi.fn((payload: { data?: Uint8Array | null }, last: boolean) => void chunks.push({ bytes: payload.data!.length, last })),
    onComplete: vi.fn(),
    cancel: vi.fn(),
  }
  let server!: Parameters<OpenChannel>[0]
  const answer = upload(
    (subscriber) => {
      server = subscriber
      return channel as unknown as ReturnType<OpenChannel>
    },
    new Blob([new Uint8Array(size)]),
    { chunkBytes: 10, ...options },
  )
  answer.catch(() => {})
  return { answer, chunks, channel, server }
}

describe('upload', () => {
  it('sends one chunk per credit, and says which is the last', async () => {
    const onProgress = vi.fn()
    const { answer, chunks, server } = setup(25, { onProgress })
    await turns()
    expect(chunks).toEqual([])
    server.request(1)
    await turns()
    expect(chunks).toEqual([{ bytes: 10, last: false }])
    server.request(5)
    await turns()
    expect(chunks).toEqual([{ bytes: 10, last: false }, { bytes: 10, last: false }, { bytes: 5, last: true }])
    expect(onProgress.mock.calls).toEqual([[10], [20], [25]])
    server.onNext({ data: Buffer.from('ok') }, true)
    expect(new TextDecoder().decode(await answer)).toBe('ok')
  })

  it('completes at once when there is nothing', async () => {
    const { channel } = setup(0)
    expect(channel.onComplete).toHaveBeenCalledOnce()
  })

  it('tells the server when it is given up', async () => {
    const abort = new AbortController()
    const { answer, channel, chunks, server } = setup(25, { signal: abort.signal })
    abort.abort()
    server.request(5)
    await turns()
    expect(channel.cancel).toHaveBeenCalledOnce()
    expect(chunks).toEqual([])
    await expect(answer).rejects.toMatchObject({ kind: 'aborted' })
  })

  it('fails with what the server says', async () => {
    const { answer, server } = setup(25)
    server.onError(Object.assign(new Error('too_large: 1 GiB at most.'), { code: 0x413 }))
    await expect(answer).rejects.toMatchObject({ kind: 'too_large' })
  })
})
