import type { Payload, RSocket } from 'rsocket-core'
import { CreditStream, type StreamHandlers } from './creditStream'
import { RequestFailure } from './failure'
import { bytes, type DataFormat } from './format'
import { guarded } from './guard'
import { routeMetadata } from './metadata'
import { upload, type UploadOptions } from './upload'

export interface RequestOptions {
  /** Gives up (and cancels) after this many ms. @default 15000 */
  timeoutMs?: number
}

/** An accepted connection: routes and values on this side, payloads on the other. */
export class Connection {
  readonly #rsocket: RSocket
  readonly #format: DataFormat
  #closed = false

  constructor(rsocket: RSocket, format: DataFormat) {
    this.#rsocket = rsocket
    this.#format = format
    this.onClose(() => (this.#closed = true))
  }

  /** Request-response. Rejects with a {@link RequestFailure}. */
  request<T>(route: string, data: unknown, options: RequestOptions = {}): Promise<T> {
    const { timeoutMs = 15_000 } = options
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        pending.cancel()
        reject(RequestFailure.local('timeout', 'The server did not answer in time.'))
      }, timeoutMs)
      const fail = (error: unknown) => {
        clearTimeout(timer)
        reject(RequestFailure.from(error))
      }
      const pending = this.#rsocket.requestResponse(this.#payload(route, data), {
        onNext: (payload) => {
          clearTimeout(timer)
          // A decoder that throws rejects this request only; it must not reach rsocket-js.
          try {
            resolve(this.#format.decode(payload.data ?? new Uint8Array()) as T)
          } catch {
            reject(RequestFailure.local('undecodable', 'The server sent data this client cannot read.'))
          }
        },
        onComplete: () => fail(RequestFailure.local('protocol', 'The server sent an empty answer.')),
        onError: fail,
        onExtension: () => {},
      })
    })
  }

  /** Fire-and-forget: resolves when the frame is handed to the socket, which is all one can know. */
  notify(route: string, data: unknown): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#rsocket.fireAndForget(this.#payload(route, data), { onComplete: resolve, onError: (error) => reject(RequestFailure.from(error)) })
    })
  }

  /** Request-stream with `initial` credit (1..2³¹-1); the caller grants the rest. */
  stream<T>(route: string, data: unknown, handlers: StreamHandlers<T>, initial: number): CreditStream<T> {
    return new CreditStream<T>((n, subscriber) => this.#rsocket.requestStream(this.#payload(route, data), n, subscriber), this.#format, handlers, initial)
  }

  /** Request-stream of elements that are bytes, as they came. */
  streamBytes(route: string, data: unknown, handlers: StreamHandlers<Uint8Array>, initial: number): CreditStream<Uint8Array> {
    return new CreditStream<Uint8Array>((n, subscriber) => this.#rsocket.requestStream(this.#payload(route, data), n, subscriber), bytes, handlers, initial)
  }

  /** Request-channel: `first`, then `source` in chunks as the server grants credit for them; resolves with its one answer. */
  async upload<T>(route: string, first: unknown, source: Blob, options: UploadOptions = {}): Promise<T> {
    const answer = await upload((subscriber) => this.#rsocket.requestChannel(this.#payload(route, first), 1, false, subscriber), source, options)
    try {
      return this.#format.decode(answer) as T
    } catch {
      throw RequestFailure.local('undecodable', 'The server sent data this client cannot read.')
    }
  }

  onClose(callback: (failure?: RequestFailure) => void): void {
    const safe = guarded(callback)
    this.#rsocket.onClose((error) => safe(error && RequestFailure.from(error)))
  }

  close(): void {
    if (!this.#closed) {
      this.#rsocket.close()
    }
  }

  #payload(route: string, data: unknown): Payload {
    return { data: this.#format.encode(data), metadata: routeMetadata(route) }
  }
}
