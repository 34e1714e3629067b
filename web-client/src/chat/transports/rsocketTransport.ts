import type { Connection } from '../../rsocket/connection'
import type { RoomTransport } from './roomTransport'

/** The native door: request(n) is the credit. It shares the connection that everything else runs on, and ends with it. */
export function rsocketTransport(connection: Connection): RoomTransport {
  return {
    kind: 'rsocket',
    feed: (room, { after, epoch }, handlers, initial) => connection.stream('rooms.feed', { room, after, epoch }, handlers, initial),
    send: (message) => connection.request('messages.send', message),
    typing: (room) => connection.notify('typing', { room }),
    close: () => {},
  }
}
