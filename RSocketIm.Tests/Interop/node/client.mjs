// rsocket-js with routes and values instead of payloads, for the tests.
import {
  encodeBearerAuthMetadata,
  encodeCompositeMetadata,
  encodeRoute,
  encodeSimpleAuthMetadata,
  WellKnownMimeType,
} from 'rsocket-composite-metadata'
import { RSocketConnector } from 'rsocket-core'
import { TcpClientTransport } from 'rsocket-tcp-client'
import { WebsocketClientTransport } from 'rsocket-websocket-client'
import { WebSocket } from 'ws'
import { messagePack } from './formats.mjs'
import { Recorder } from './recorder.mjs'

const COMPOSITE = WellKnownMimeType.MESSAGE_RSOCKET_COMPOSITE_METADATA.string
const ROUTING = WellKnownMimeType.MESSAGE_RSOCKET_ROUTING.string

export const simple = (name, password = '') => authentication(encodeSimpleAuthMetadata(name, password))
export const bearer = (token) => authentication(encodeBearerAuthMetadata(token))
const authentication = (entry) => encodeCompositeMetadata([[WellKnownMimeType.MESSAGE_RSOCKET_AUTHENTICATION, entry]])

/**
 * @param {import('./server-process.mjs').Server} server
 * @param {{
 *   transport?: 'ws' | 'tcp', setup?: Buffer, format?: typeof messagePack, dataMimeType?: string, routingOnly?: boolean,
 *   headers?: Record<string, string>, fragmentSize?: number, keepAlive?: number, lifetime?: number, onFrame?: (bytes: Buffer) => void
 * }} [options] `setup`: metadata of SETUP; `onFrame` sees each message of the WebSocket before rsocket-js does.
 */
export async function connect(server, options = {}) {
  const { setup, format = messagePack, routingOnly = false, fragmentSize = 0, keepAlive = 20_000, lifetime = 90_000 } = options
  const connector = new RSocketConnector({
    transport: transportTo(server, options),
    fragmentation: { maxOutboundFragmentSize: fragmentSize },
    setup: {
      dataMimeType: options.dataMimeType ?? format.mimeType,
      metadataMimeType: routingOnly ? ROUTING : COMPOSITE,
      keepAlive,
      lifetime,
      payload: { data: undefined, metadata: setup },
    },
  })
  return new Client(await connector.connect(), format, routingOnly)
}

function transportTo(server, { transport = 'ws', headers, onFrame }) {
  if (transport === 'tcp') {
    return new TcpClientTransport({ connectionOptions: { host: server.tcp.host, port: server.tcp.port } })
  }
  return new WebsocketClientTransport({
    url: server.socketUrl,
    wsCreator: (url) => {
      const socket = new WebSocket(url, { headers })
      if (onFrame) {
        socket.on('message', (bytes) => onFrame(Buffer.from(bytes)))
      }
      return socket
    },
  })
}

export class Client {
  constructor(rsocket, format, routingOnly) {
    this.rsocket = rsocket
    this.format = format
    this.routingOnly = routingOnly
    /** Resolves with the error (or undefined) the connection closed with. */
    this.closed = new Promise((resolve) => rsocket.onClose(resolve))
    this.closed.then(() => (this.isClosed = true))
    this.isClosed = false
  }

  request(route, data, format = this.format) {
    return new Promise((resolve, reject) => {
      this.rsocket.requestResponse(this.#payload(route, data, format), {
        onNext: (payload) => resolve(format.decode(payload.data ?? Buffer.alloc(0))),
        onComplete: () => resolve(undefined),
        onError: reject,
        onExtension: () => {},
      })
    })
  }

  fire(route, data) {
    return new Promise((resolve, reject) => {
      this.rsocket.fireAndForget(this.#payload(route, data), { onComplete: resolve, onError: reject })
    })
  }

  /** A Recorder with `request(n)` and `cancel()`. */
  stream(route, data, initial, onValue = () => {}) {
    const recorder = new Recorder()
    const upstream = this.rsocket.requestStream(this.#payload(route, data), initial, subscriber(recorder, this.format, onValue))
    return Object.assign(recorder, { request: (n) => upstream.request(n), cancel: () => upstream.cancel() })
  }

  /**
   * A Recorder with `request(n)`, `cancel()`, `send(value)` and `end()`. Values wait for the server's credit, which rsocket-js itself
   * does not do; `credit` is what is left of it, `granted` all that came.
   */
  channel(route, first, initial, format = this.format) {
    const recorder = new Recorder()
    const queue = []
    let ended = false
    const flush = () => {
      while (recorder.credit > 0 && queue.length > 0) {
        recorder.credit--
        upstream.onNext({ data: format.encode(queue.shift()) }, false)
      }
      if (ended && queue.length === 0) {
        upstream.onComplete()
      }
    }
    const upstream = this.rsocket.requestChannel(this.#payload(route, first, format), initial, false, {
      ...subscriber(recorder, format),
      request: (n) => {
        recorder.credit += n
        recorder.granted += n
        flush()
      },
      cancel: () => (recorder.inputCancelled = true),
    })
    return Object.assign(recorder, {
      credit: 0,
      granted: 0,
      inputCancelled: false,
      request: (n) => upstream.request(n),
      cancel: () => upstream.cancel(),
      send: (value) => {
        queue.push(value)
        flush()
      },
      end: () => {
        ended = true
        flush()
      },
    })
  }

  /** Twenty round trips: whatever the server had to send on other streams before them has arrived by then. */
  async roundTrips(count = 20) {
    for (let i = 0; i < count; i++) {
      await this.request('system.whoami', {})
    }
  }

  close() {
    if (!this.isClosed) {
      this.rsocket.close()
    }
  }

  #payload(route, data, format = this.format) {
    const name = encodeRoute(route)
    const metadata = this.routingOnly ? name : encodeCompositeMetadata([[WellKnownMimeType.MESSAGE_RSOCKET_ROUTING, name]])
    return { data: format.encode(data), metadata }
  }
}

// Nothing may throw in here: rsocket-js closes the connection for it.
function subscriber(recorder, format, onValue = () => {}) {
  return {
    onNext: (payload, isComplete) => {
      try {
        const value = format.decode(payload.data ?? Buffer.alloc(0))
        recorder.next(value)
        onValue(value)
      } catch (error) {
        recorder.fail(error)
      }
      if (isComplete) {
        recorder.complete()
      }
    },
    onComplete: () => recorder.complete(),
    onError: (error) => recorder.fail(error),
    onExtension: () => {},
  }
}
