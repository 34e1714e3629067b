import { once } from 'node:events'
import { deserializeFrame, Flags, FrameTypes, serializeFrame } from 'rsocket-core'
import { WebSocket } from 'ws'
import { simple } from './client.mjs'
import { Recorder } from './recorder.mjs'

/** A WebSocket that speaks frames, without the politeness of a client library. */
export async function openRaw(server, name) {
  const socket = new WebSocket(server.socketUrl)
  const frames = new Recorder()
  const closed = once(socket, 'close').then(([code]) => code)
  socket.on('message', (bytes, isBinary) => frames.next(isBinary ? deserializeFrame(bytes) : { text: bytes.toString() }))
  await once(socket, 'open')
  const send = (frame) => socket.send(serializeFrame({ flags: 0, data: null, metadata: null, ...frame }))
  if (name !== undefined) {
    send({
      type: FrameTypes.SETUP,
      streamId: 0,
      flags: Flags.METADATA,
      majorVersion: 1,
      minorVersion: 0,
      keepAlive: 20_000,
      lifetime: 90_000,
      metadataMimeType: 'message/x.rsocket.composite-metadata.v0',
      dataMimeType: 'application/vnd.msgpack',
      metadata: simple(name),
      resumeToken: null,
    })
  }
  return { socket, frames, closed, send, close: () => socket.close() }
}
