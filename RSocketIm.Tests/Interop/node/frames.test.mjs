import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ErrorCodes, Flags, FrameTypes } from 'rsocket-core'
import { useServer } from './fixture.mjs'
import { openRaw } from './raw-socket.mjs'

const fixture = useServer()
const open = []
after(() => open.forEach((raw) => raw.close()))

async function raw(name) {
  const opened = await openRaw(fixture.server, name)
  open.push(opened)
  return opened
}

test('a KEEPALIVE that asks for an answer gets its data back', async () => {
  const peer = await raw('pinger')
  const data = Buffer.from('0001feff80', 'hex')
  peer.send({ type: FrameTypes.KEEPALIVE, streamId: 0, flags: Flags.RESPOND, lastReceivedPosition: 0, data })
  const answer = await peer.frames.first(({ type, flags }) => type === FrameTypes.KEEPALIVE && !Flags.hasRespond(flags))
  assert.deepEqual(answer.data, data)
})

test('a text message closes the connection with 1003', async () => {
  const peer = await raw('talker')
  peer.socket.send('hello')
  assert.equal(await peer.closed, 1003)
})

test('a first frame that is not SETUP is answered with INVALID_SETUP before the close', async () => {
  const peer = await raw()
  peer.send({ type: FrameTypes.REQUEST_STREAM, streamId: 1, requestN: 1 })
  const error = await peer.frames.first(({ type }) => type === FrameTypes.ERROR)
  assert.deepEqual([error.streamId, error.code], [0, ErrorCodes.INVALID_SETUP])
  await peer.closed
})

test('a message that is too short for a frame is answered with an error before the close', async () => {
  const peer = await raw('stammerer')
  peer.socket.send(Buffer.from([0, 0, 0, 1, 0x24]))
  const error = await peer.frames.first(({ type }) => type === FrameTypes.ERROR)
  assert.deepEqual([error.streamId, error.code], [0, ErrorCodes.CONNECTION_ERROR])
  await peer.closed
})

test('frames for streams that do not exist are ignored', async () => {
  const peer = await raw('ghost')
  for (const type of [FrameTypes.CANCEL, FrameTypes.PAYLOAD]) {
    peer.send({ type, streamId: 99, flags: type === FrameTypes.PAYLOAD ? Flags.NEXT : 0 })
  }
  peer.send({ type: FrameTypes.REQUEST_N, streamId: 99, requestN: 1 })
  peer.send({ type: FrameTypes.ERROR, streamId: 99, code: ErrorCodes.CANCELED, message: 'never mind' })
  peer.send({ type: FrameTypes.KEEPALIVE, streamId: 0, flags: Flags.RESPOND, lastReceivedPosition: 0, data: Buffer.from('still here') })
  await peer.frames.first(({ type }) => type === FrameTypes.KEEPALIVE)
  assert.ok(peer.frames.values.every(({ type }) => type === FrameTypes.KEEPALIVE))
})
