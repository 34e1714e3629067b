import type { CreditStream } from '../rsocket/creditStream'
import { RequestFailure } from '../rsocket/failure'
import type { ChatClient } from './chatClient'
import type { Attachment } from './contract'

/** Chunks of up to 64 KiB that may be under way. */
const WINDOW = 16

export interface DownloadOptions {
  /** Bytes that came so far. */
  onProgress?: (received: number) => void
  signal?: AbortSignal
}

/** The whole of an attachment. Credit goes back as chunks are taken over, half a window at a time. */
export function download(client: ChatClient, room: string, { id, size }: Attachment, options: DownloadOptions = {}): Promise<Uint8Array<ArrayBuffer>[]> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array<ArrayBuffer>[] = []
    let received = 0
    let owed = 0
    const abort = () => {
      stream.cancel()
      reject(RequestFailure.local('aborted', 'The download was given up.'))
    }
    const stream: CreditStream<Uint8Array> = client.download(room, id, {
      onNext: (chunk) => {
        chunks.push(chunk as Uint8Array<ArrayBuffer>)
        received += chunk.length
        options.onProgress?.(received)
        if (++owed >= WINDOW / 2) {
          stream.request(owed)
          owed = 0
        }
      },
      onEnd: (failure) => {
        options.signal?.removeEventListener('abort', abort)
        if (failure !== undefined) {
          reject(failure)
        } else if (received !== size) {
          reject(RequestFailure.local('protocol', `The file has ${received} bytes instead of ${size}.`))
        } else {
          resolve(chunks)
        }
      },
    }, WINDOW)
    options.signal?.addEventListener('abort', abort)
  })
}
