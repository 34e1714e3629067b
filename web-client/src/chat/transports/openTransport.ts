import type { Connection } from '../../rsocket/connection'
import type { Session } from '../contract'
import { HttpDoor } from './http'
import { mqttTransport } from './mqttTransport'
import { pollTransport } from './pollTransport'
import type { RoomTransport, TransportKind } from './roomTransport'
import { rsocketTransport } from './rsocketTransport'
import { sseTransport } from './sseTransport'
import { webSocketTransport } from './webSocketTransport'

/** Seconds that a long poll may wait, within what proxies allow. */
const WAIT = 25

/** One way to the page's own host, for who is signed in. */
export function openTransport(kind: TransportKind, connection: Connection, { user, token }: Pick<Session, 'user' | 'token'>): RoomTransport {
  const door = () => new HttpDoor(token)
  switch (kind) {
    case 'rsocket':
      return rsocketTransport(connection)
    case 'websocket':
      return webSocketTransport({ url: socketUrl('/ws'), token })
    case 'mqtt':
      return mqttTransport({ url: socketUrl('/mqtt'), user, token, door: door() })
    case 'sse':
      return sseTransport(door())
    case 'longPoll':
      return pollTransport(door(), { wait: WAIT })
    case 'poll':
      return pollTransport(door(), { wait: 0 })
  }
}

/** An address of the page's own host, for a WebSocket. */
export function socketUrl(path: string): string {
  const url = new URL(path, location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  return url.href
}
