import { Buffer } from 'buffer'
import type { Cancellable, OnExtensionSubscriber, OnNextSubscriber, OnTerminalSubscriber, Requestable } from 'rsocket-core'
import { RequestFailure } from './failure'
import { guarded } from './guard'

export interface UploadOptions {
  /** Bytes handed to the socket so far. */
  onProgress?: (sent: number) => void
  /** Gives up and tells the server so. */
  signal?: AbortSignal
  /** Bytes a chunk, 1..1 MiB less the frame's head. @default 65536 */
  chunkBytes?: number
}

type Subscriber = OnTerminalSubscriber & OnNextSubscriber & OnExtensionSubscriber & Requestable & Cancellable
/** What rsocket-js returns from and takes for requestChannel. */
export type OpenChannel = (subscriber: Subscriber) => Subscriber

/**
 * Sends a blob over a channel whose first payload is already given, one chunk per credit of the server. Only the chunk that is on its
 * way is in memory; the rest stays wherever the browser keeps files.
 */
export function upload(open: OpenChannel, source: Blob, options: UploadOptions = {}): Promise<Uint8Array> {
  const { chunkBytes = 64 * 1024, signal } = options
  const onProgress = guarded(options.onProgress)
  return new Promise<Uint8Array>((resolve, reject) => {
    let credit = 0
    let sent = 0
    let running = false
    let over = false

    const end = (finish: () => void) => {
      if (!over) {
        over = true
        signal?.removeEventListener('abort', abort)
        finish()
      }
    }
    const fail = (error: unknown) => end(() => reject(RequestFailure.from(error)))
    const abort = () =>
      end(() => {
        channel.cancel()
        reject(RequestFailure.local('aborted', 'The upload was given up.'))
      })

    /** Reading a chunk takes a turn of the event loop: credit that comes meanwhile is only counted. */
    async function pump(): Promise<void> {
      if (running) {
        return
      }
      running = true
      try {
        while (credit > 0 && !over && sent < source.size) {
          const chunk = await source.slice(sent, sent + chunkBytes).arrayBuffer()
          if (over) {
            return
          }
          credit--
          sent += chunk.byteLength
          const isLast = sent >= source.size
          channel.onNext({ data: Buffer.from(chunk) }, isLast)
          onProgress(sent)
        }
      } catch (error) {
        // A file that was changed or removed since it was chosen.
        end(() => {
          channel.cancel()
          reject(RequestFailure.local('unreadable', error instanceof Error ? error.message : String(error)))
        })
      } finally {
        running = false
      }
    }

    const channel = open({
      onNext: (payload) => end(() => resolve(payload.data ?? new Uint8Array())),
      onComplete: () => fail(RequestFailure.local('protocol', 'The server sent an empty answer.')),
      onError: fail,
      onExtension: () => {},
      request: (n) => {
        credit += n
        void pump()
      },
      // The server takes no more; its error or answer follows.
      cancel: () => (credit = Number.NEGATIVE_INFINITY),
    })
    if (source.size === 0) {
      channel.onComplete()
    }
    if (signal?.aborted) {
      abort()
    }
    signal?.addEventListener('abort', abort)
  })
}
