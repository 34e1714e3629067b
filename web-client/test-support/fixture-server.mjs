// A chat server in memory, just large enough to try this client against: it speaks RSocket frames over `ws` by hand, counts the credit it
// is given, and can drop its connections. It enforces nothing else; the real server's tests are elsewhere.
import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { decode, encode } from '@msgpack/msgpack'
import { decodeAuthMetadata, decodeCompositeMetadata, decodeRoutes } from 'rsocket-composite-metadata'
import { deserializeFrame, Flags, FrameTypes, serializeFrame } from 'rsocket-core'
import { WebSocketServer } from 'ws'

/** @param {{ port?: number, webRoot?: string }} [options] `webRoot` with a slash at its end: files to serve beside the protocol. */
export async function startFixtureServer({ port = 0, webRoot } = {}) {
  const rooms = new Map()
  const sockets = new Set()
  const online = new Map()
  const stats = { connections: 0, credit: 0, sent: 0, delivered: [] }
  const state = { refuse: undefined, failSends: undefined }

  function room(name, owner = 'system') {
    if (!rooms.has(name)) {
      rooms.set(name, { name, epoch: `e-${name}`, log: [], members: new Set([owner]), owner, feeds: new Set(), signals: new Set() })
      append(rooms.get(name), { type: 'member', from: owner, user: owner, change: 'joined', role: 'owner' })
    }
    return rooms.get(name)
  }

  function append(target, fields) {
    const event = { room: target.name, seq: target.log.length + 1, at: Date.now(), ...fields }
    target.log.push(event)
    target.feeds.forEach((feed) => feed.pump())
    return event
  }

  const info = (target, user) => ({
    room: target.name, title: '', kind: 'public', epoch: target.epoch, head: target.log.length, createdAt: 0, createdBy: target.owner,
    ...(target.members.has(user) ? { role: target.owner === user ? 'owner' : 'member', readSeq: 0, unread: 0 } : {}),
    members: target.members.size,
  })

  const known = (name) => rooms.get(name) ?? fail(0x404, `not_found: There is no room “${name}”.`)
  const fail = (code, message) => {
    throw Object.assign(new Error(message), { code })
  }
  const post = (name, from, text, id = `f${Math.random()}`) => {
    const target = room(name)
    const known = target.log.find((event) => event.id === id && event.from === from)
    return known ? { event: known, duplicate: true } : { event: append(target, { type: 'message', from, id, text }), duplicate: false }
  }
  const signal = (target, value) => target.signals.forEach((stream) => stream.push(value))

  const requests = {
    'system.whoami': (user) => ({ user, now: Date.now() }),
    'rooms.list': (user, { mine }) => ({ rooms: [...rooms.values()].filter((each) => !mine || each.members.has(user)).map((each) => info(each, user)) }),
    'rooms.get': (user, data) => info(known(data.room), user),
    'rooms.create': (user, data) => (rooms.has(data.room) ? fail(0x409, `conflict: The room “${data.room}” exists already.`) : info(room(data.room, user), user)),
    'rooms.join': (user, data) => {
      const target = known(data.room)
      if (!target.members.has(user)) {
        target.members.add(user)
        append(target, { type: 'member', from: user, user, change: 'joined', role: 'member' })
      }
      return info(target, user)
    },
    'rooms.members': (_, data) => ({ members: [...known(data.room).members].map((user) => ({ user, role: 'member', online: online.has(user) })) }),
    'messages.send': (user, data) => {
      if (state.failSends) {
        fail(...state.failSends)
      }
      const { event, duplicate } = post(data.room, user, data.text, data.id)
      return { room: data.room, seq: event.seq, at: event.at, duplicate }
    },
    'messages.history': (_, { room: name, before = Infinity, limit = 50 }) => {
      const target = known(name)
      const older = target.log.filter((event) => event.seq < before)
      return { room: name, epoch: target.epoch, head: target.log.length, events: older.slice(-limit), more: older.length > limit }
    },
  }

  const http = createServer(async (request, response) => {
    if (request.method === 'POST' && request.url === '/api/guest') {
      let body = ''
      for await (const chunk of request) {
        body += chunk
      }
      const { name } = JSON.parse(body)
      const taken = name === 'taken'
      response.writeHead(taken ? 409 : 200, { 'content-type': taken ? 'application/problem+json' : 'application/json' })
      response.end(JSON.stringify(taken ? { title: 'conflict', status: 409 } : { user: name, token: `token-${name}`, expiresAt: Date.now() + 3_600_000 }))
      return
    }
    const path = request.url === '/' ? 'index.html' : request.url.slice(1)
    const types = { html: 'text/html', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' }
    try {
      const file = await readFile(new URL(path, webRoot))
      response.writeHead(200, { 'content-type': types[path.split('.').pop()], 'content-security-policy': "default-src 'self'" }).end(file)
    } catch {
      response.writeHead(404).end()
    }
  })

  new WebSocketServer({ server: http, path: '/rsocket' }).on('connection', (socket) => {
    let user
    const streams = new Map()
    sockets.add(socket)
    const send = (frame) => socket.send(serializeFrame({ flags: 0, data: null, metadata: null, ...frame }))
    const payload = (streamId, value, flags) => send({ type: FrameTypes.PAYLOAD, streamId, flags, data: Buffer.from(encode(value, { ignoreUndefined: true })) })
    const error = (streamId, reason) => send({ type: FrameTypes.ERROR, streamId, code: reason.code ?? 0x500, message: reason.message })

    function openStream(frame, route, data) {
      const target = known(data.room)
      const set = route === 'rooms.feed' ? target.feeds : target.signals
      const waiting = []
      const stream = {
        credit: frame.requestN, next: data.after ?? target.log.length,
        pump() {
          while (stream.credit > 0 && (set === target.feeds ? stream.next < target.log.length : waiting.length > 0)) {
            stream.credit--
            stats.sent++
            payload(frame.streamId, set === target.feeds ? target.log[stream.next++] : waiting.shift(), Flags.NEXT)
          }
        },
        push(value) {
          waiting.push(value)
          stream.pump()
        },
        stop: () => set.delete(stream),
        fail: (code, message) => error(frame.streamId, { code, message }),
      }
      set.add(stream)
      streams.set(frame.streamId, stream)
      stream.pump()
    }

    const handlers = {
      [FrameTypes.SETUP]: (frame) => {
        stats.connections++
        const { payload: token } = decodeAuthMetadata([...decodeCompositeMetadata(frame.metadata)][0].content)
        user = token.toString().replace(/^token-/, '')
        if (state.refuse) {
          send({ type: FrameTypes.ERROR, streamId: 0, code: state.refuse, message: 'The token is not valid.' })
          socket.close()
          return
        }
        online.set(user, (online.get(user) ?? 0) + 1)
        rooms.forEach((target) => signal(target, { type: 'presence', user, online: true, at: Date.now() }))
      },
      [FrameTypes.KEEPALIVE]: (frame) => Flags.hasRespond(frame.flags) && send({ ...frame, flags: 0 }),
      [FrameTypes.REQUEST_RESPONSE]: (frame, route, data) => {
        stats.delivered.push([route, data])
        payload(frame.streamId, (requests[route] ?? (() => fail(0x404, `not_found: No route “${route}”.`)))(user, data), Flags.NEXT | Flags.COMPLETE)
      },
      [FrameTypes.REQUEST_FNF]: (_, route, data) => {
        stats.delivered.push([route, data])
        if (route === 'typing') {
          signal(known(data.room), { type: 'typing', user, until: Date.now() + 5000 })
        }
      },
      [FrameTypes.REQUEST_STREAM]: (frame, route, data) => {
        stats.delivered.push([route, data])
        openStream(frame, route, data)
      },
      [FrameTypes.REQUEST_N]: (frame) => {
        stats.credit += frame.requestN
        const stream = streams.get(frame.streamId)
        if (stream) {
          stream.credit += frame.requestN
          stream.pump()
        }
      },
      [FrameTypes.CANCEL]: (frame) => streams.get(frame.streamId)?.stop(),
    }

    socket.on('message', (bytes) => {
      const frame = deserializeFrame(bytes)
      const isRequest = [FrameTypes.REQUEST_RESPONSE, FrameTypes.REQUEST_FNF, FrameTypes.REQUEST_STREAM].includes(frame.type)
      try {
        const route = isRequest ? [...decodeRoutes([...decodeCompositeMetadata(frame.metadata)][0].content)][0] : undefined
        handlers[frame.type]?.(frame, route, isRequest ? decode(frame.data) : undefined)
      } catch (reason) {
        error(frame.streamId, reason)
      }
    })
    socket.on('close', () => {
      sockets.delete(socket)
      streams.forEach((stream) => stream.stop())
      if (online.get(user) === 1) {
        online.delete(user)
        rooms.forEach((target) => signal(target, { type: 'presence', user, online: false, at: Date.now() }))
      }
    })
  })

  await new Promise((resolve) => http.listen(port, '127.0.0.1', resolve))
  const address = `127.0.0.1:${http.address().port}`
  return {
    url: `http://${address}`, socketUrl: `ws://${address}/rsocket`, stats, state, rooms, room, post,
    endFeeds: (code, message) => rooms.forEach((target) => target.feeds.forEach((feed) => feed.fail(code, message))),
    dropConnections: () => sockets.forEach((socket) => socket.terminate()),
    close: () => new Promise((resolve) => {
      sockets.forEach((socket) => socket.terminate())
      http.close(resolve)
      http.closeAllConnections()
    }),
  }
}
