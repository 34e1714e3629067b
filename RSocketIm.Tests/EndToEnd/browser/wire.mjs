// What a page and the server really say to each other: the frames of its WebSocket.
import { createRequire } from 'node:module'

const modules = createRequire(new URL('../../Interop/node/client.mjs', import.meta.url))
const { deserializeFrame, FrameTypes } = modules('rsocket-core')
const { decode } = modules('@msgpack/msgpack')

/** Listens to the connections a page opens from now on; the newest request-stream of a route is looked at. */
export function listen(page, route) {
  const seen = { granted: 0, delivered: [] }
  let streamId
  page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => {
      const frame = deserializeFrame(Buffer.from(payload))
      if (frame.type === FrameTypes.REQUEST_STREAM && frame.metadata?.includes(route)) {
        streamId = frame.streamId
        Object.assign(seen, { granted: frame.requestN, delivered: [] })
      } else if (frame.type === FrameTypes.REQUEST_N && frame.streamId === streamId) {
        seen.granted += frame.requestN
      }
    })
    socket.on('framereceived', ({ payload }) => {
      const frame = deserializeFrame(Buffer.from(payload))
      if (frame.type === FrameTypes.PAYLOAD && frame.streamId === streamId) {
        seen.delivered.push(decode(frame.data))
      }
    })
  })
  return seen
}
