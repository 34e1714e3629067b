import type { Buffer } from 'buffer'
import { RSocketConnector } from 'rsocket-core'
import { WebsocketClientTransport } from 'rsocket-websocket-client'
import { Connection } from './connection'
import { RequestFailure } from './failure'
import type { DataFormat } from './format'
import { COMPOSITE_METADATA } from './metadata'

export interface ConnectOptions {
  /** ws:// or wss:// */
  url: string
  format: DataFormat
  /** Metadata of SETUP, usually the identity. */
  setupMetadata?: Buffer
  /**
   * First request, by which SETUP is known to be accepted: rsocket-js calls a connection open as soon as SETUP is sent, and a refusal
   * only shows as a close with an error some time later.
   */
  probe: { route: string; data: unknown }
  /** ms between KEEPALIVEs. @default 25000 */
  keepAliveMs?: number
  /** ms without KEEPALIVE after which either side gives up. Browsers run the timers of a hidden page once a minute: stay above two of those. @default 180000 */
  lifetimeMs?: number
  /** ms for socket, SETUP and probe together. @default 10000 */
  timeoutMs?: number
  /** @default (url) => new WebSocket(url) */
  createSocket?: (url: string) => WebSocket
  /** Gives up at once. */
  signal?: AbortSignal
}

/** Opens a connection and waits until the server has accepted it. Rejects with a {@link RequestFailure}. */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const { url, format, probe, timeoutMs = 10_000, createSocket = (address) => new WebSocket(address), signal } = options
  let socket: WebSocket | undefined
  let stopWaiting = () => {}
  const givenUp = new Promise<never>((_, reject) => {
    const give = (failure: RequestFailure) => {
      socket?.close()
      reject(failure)
    }
    const timer = setTimeout(() => give(RequestFailure.local('timeout', 'The server cannot be reached.')), timeoutMs)
    const abort = () => give(RequestFailure.local('connection_lost', 'The connection was given up.'))
    signal?.addEventListener('abort', abort)
    stopWaiting = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
  })

  const transport = new WebsocketClientTransport({ url, wsCreator: (address) => (socket = createSocket(address)) })
  const opened = new RSocketConnector({
    transport,
    setup: {
      dataMimeType: format.mimeType,
      metadataMimeType: COMPOSITE_METADATA,
      keepAlive: options.keepAliveMs ?? 25_000,
      lifetime: options.lifetimeMs ?? 180_000,
      payload: { data: undefined, metadata: options.setupMetadata },
    },
  }).connect()

  try {
    return await Promise.race([accepted(opened.then((rsocket) => new Connection(rsocket, format)), probe, timeoutMs), givenUp])
  } catch (error) {
    socket?.close()
    throw RequestFailure.from(error)
  } finally {
    stopWaiting()
  }
}

async function accepted(opening: Promise<Connection>, probe: ConnectOptions['probe'], timeoutMs: number): Promise<Connection> {
  const connection = await opening
  // The close tells the reason of a refusal (ERROR[REJECTED_SETUP]); the pending probe only learns that the connection is gone.
  const closed = new Promise<RequestFailure>((resolve) => {
    connection.onClose((failure) => resolve(failure ?? RequestFailure.from(undefined)))
  })
  const probed = connection.request(probe.route, probe.data, { timeoutMs }).then(() => undefined, (failure: RequestFailure) => failure)
  const failure = await Promise.race([closed, probed])
  if (failure === undefined) {
    return connection
  }
  // rsocket-js ends the streams before it calls onClose, so a probe that lost its connection lets the reason come first.
  if (failure.kind === 'connection_lost') {
    throw await closed
  }
  connection.close()
  throw failure
}
