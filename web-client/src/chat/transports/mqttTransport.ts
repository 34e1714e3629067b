import type { IClientOptions, IPublishPacket, MqttClient } from 'mqtt'
import { RequestFailure } from '../../rsocket/failure'
import type { RoomEvent, SendAnswer, SendRequest } from '../contract'
import { lost, toFailure, type HttpDoor } from './http'
import { PacedFeed, run } from './pacedFeed'
import type { RoomTransport } from './roomTransport'

/** What this needs of the library, which is loaded when somebody chooses MQTT. */
export interface MqttLibrary {
  connect(url: string, options: IClientOptions): MqttClient
}

export interface MqttOptions {
  url: string
  user: string
  token: string
  /** Fills what lies between a position and the head, where a subscription begins; and takes what a text alone cannot say. */
  door: HttpDoor
  /** @default the library in a chunk of its own */
  load?: () => Promise<MqttLibrary>
}

/** Messages that the server may send ahead of an acknowledgement: what the other doors call credit. */
const RECEIVE_MAXIMUM = 32
/** Seconds that a question for more may wait. */
const WAIT = 25
/** Most events that one answer may hold, as the server has it. */
const FILL = 500

/**
 * MQTT 5 over WebSocket. A message is acknowledged when there is credit for the next one and no earlier, so that Receive Maximum bounds
 * what is on its way. Each feed has a connection of its own: one that waits for its reader must not hold up what is being sent.
 */
export function mqttTransport(options: MqttOptions): RoomTransport {
  const { url, user, token, door, load = () => import('mqtt').then((module) => module.default) } = options
  const open = new Set<PacedFeed>()
  let publisher: Promise<MqttClient> | undefined
  let isClosed = false

  async function connect(): Promise<MqttClient> {
    const library = await load()
    const client = library.connect(url, {
      protocolVersion: 5,
      clean: true,
      username: user,
      password: token,
      // What is lost is begun anew by who uses it, from its position. A worker made of a string would not get past the page's policy.
      reconnectPeriod: 0,
      timerVariant: 'native',
      properties: { receiveMaximum: RECEIVE_MAXIMUM },
    })
    return await new Promise((resolve, reject) => {
      client.once('connect', () => resolve(client))
      client.once('error', (error) => reject(failureOf(error)))
      client.once('close', () => reject(lost()))
    })
  }

  /** To subscribe is to join: who only looks at a room reads it by the door that fills. */
  async function look(room: string, feed: PacedFeed): Promise<void> {
    while (!feed.ended) {
      await feed.hasCredit()
      const { after, epoch, signal } = feed
      const page = await door.events({ room, after, epoch, limit: Math.min(FILL, feed.credit), wait: WAIT, signal })
      page?.events.forEach((event) => feed.take(event))
    }
  }

  async function read(room: string, feed: PacedFeed): Promise<void> {
    const client = await connect()
    // Later errors end in a close.
    client.on('error', () => {})
    const closed = new Promise<never>((_, reject) => client.once('close', () => reject(lost())))
    try {
      feed.signal.addEventListener('abort', () => client.end(true))
      if (feed.ended) {
        return
      }
      // One after the other, so that nobody spends the credit of somebody else, and each finds what the one before has brought.
      let line = Promise.resolve()
      const inTurn = (work: () => Promise<void>) => (line = line.then(work))
      const failed = new Promise<never>((_, reject) => {
        // The acknowledgement waits for the callback, and so does what comes behind it, be it the answer to the subscription.
        client.handleMessage = (packet, done) => void inTurn(() => take(room, feed, packet)).then(() => done(), reject)
      })
      const whole = (async () => {
        await client.subscribeAsync(`chat/${room}/events`, { qos: 1, rh: 2, properties: { userProperties: { after: `${feed.after}`, epoch: feed.epoch } } })
        await inTurn(() => fill(room, feed, Infinity))
        await closed
      })()
      await Promise.race([whole, failed, closed])
    } finally {
      client.end(true)
    }
  }

  async function take(room: string, feed: PacedFeed, packet: IPublishPacket): Promise<void> {
    if (packet.payload.length === 0) {
      // It stands for an entry that may not be told any more; what is to be said of it is in the room's log.
      return
    }
    const event = JSON.parse(new TextDecoder().decode(packet.payload as Uint8Array)) as RoomEvent
    if (event.seq > feed.after + 1) {
      await fill(room, feed, event.seq - 1)
    }
    await feed.hasCredit()
    if (event.seq > feed.after + 1) {
      throw lost()
    }
    feed.take(event)
  }

  /** Reads on from where the feed is, to `last` or to the head. */
  async function fill(room: string, feed: PacedFeed, last: number): Promise<void> {
    while (feed.after < last && !feed.ended) {
      await feed.hasCredit()
      const { after, epoch, signal } = feed
      const page = await door.events({ room, after, epoch, limit: Math.min(FILL, feed.credit), wait: 0, signal })
      page?.events.forEach((event) => feed.take(event))
      if (feed.after === after) {
        return
      }
    }
  }

  /** The connection that is written to; made with the first message. */
  function writer(): Promise<MqttClient> {
    publisher ??= connect().then(
      (client) => {
        client.on('error', () => {})
        client.once('close', () => (publisher = undefined))
        if (isClosed) {
          client.end(true)
        }
        return client
      },
      (reason: unknown) => {
        publisher = undefined
        throw reason
      },
    )
    return publisher
  }

  async function send(message: SendRequest): Promise<SendAnswer> {
    const { room, id, text, ...more } = message
    if (Object.values(more).some((value) => value !== undefined)) {
      // A payload is a text; who replies, mentions or attaches says more than that.
      return await door.send(message)
    }
    const client = await writer()
    return await new Promise((resolve, reject) => {
      const onClose = () => reject(lost())
      client.once('close', onClose)
      client.publish(`chat/${room}`, text, { qos: 1, properties: { userProperties: { id } } }, (error, packet) => {
        client.off('close', onClose)
        if (error) {
          reject(failureOf(error))
        } else {
          resolve(answerOf(room, packet as { properties?: { userProperties?: Record<string, unknown> } } | undefined))
        }
      })
    })
  }

  return {
    kind: 'mqtt',
    feed(room, position, handlers, initial) {
      const feed = new PacedFeed(position, handlers, initial)
      open.add(feed)
      feed.signal.addEventListener('abort', () => open.delete(feed))
      return run(feed, () => (position.isMember === false ? look : read)(room, feed), toFailure)
    },
    send: (message) => send(message).catch((reason: unknown) => Promise.reject(toFailure(reason))),
    async typing(room) {
      const client = await writer().catch((reason: unknown) => Promise.reject(toFailure(reason)))
      client.publish(`chat/${room}/typing`, '', { qos: 0 })
    },
    close() {
      isClosed = true
      open.forEach((feed) => feed.cancel())
      publisher?.then((client) => client.end(true), () => {})
    },
  }
}

/** The acknowledgement is that the message is on disk; the room's feed tells its seq to who is not told here. */
function answerOf(room: string, packet: { properties?: { userProperties?: Record<string, unknown> } } | undefined): SendAnswer {
  const { seq, at, duplicate } = packet?.properties?.userProperties ?? {}
  return { room, seq: seq === undefined ? undefined : Number(seq), at: Number(at ?? Date.now()), duplicate: duplicate === 'true' }
}

/** MQTT's reason codes (5.0, 2.4) that say what the contract says. */
const REASONS: Readonly<Record<number, readonly [number, string]>> = {
  0x86: [0x401, 'unauthenticated'],
  0x87: [0x403, 'forbidden'],
  0x8c: [0x401, 'unauthenticated'],
  0x90: [0x404, 'not_found'],
  0x95: [0x413, 'too_large'],
  0x96: [0x429, 'rate_limited'],
  0x97: [0x429, 'rate_limited'],
  0x99: [0x400, 'bad_request'],
}

function failureOf(error: Error & { code?: unknown }): RequestFailure {
  if (typeof error.code !== 'number') {
    return lost()
  }
  const [code, kind] = REASONS[error.code] ?? [0x503, 'unavailable']
  // The reason string is `name: sentence`, behind what the library says first.
  const [, sentence = error.message] = new RegExp(`\\b${kind}: (.*)$`, 's').exec(error.message) ?? []
  return new RequestFailure(code, kind, sentence)
}
