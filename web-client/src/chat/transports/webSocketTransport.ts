import type { RequestFailure } from '../../rsocket/failure'
import type { RoomEvent, SendAnswer, SendRequest } from '../contract'
import { failureOf, lost } from './http'
import { PacedFeed } from './pacedFeed'
import type { RoomTransport } from './roomTransport'

type Incoming =
  | { op: 'subscribed'; room: string }
  | { op: 'event'; room: string; event: RoomEvent }
  | ({ op: 'ack'; id: string } & SendAnswer)
  | { op: 'error'; id?: string; room?: string; code: number; name: string; message: string }

interface Subscription {
  readonly feed: PacedFeed
  /** What comes before the answer belongs to the subscription before. */
  isOpen: boolean
}

interface Send {
  resolve(answer: SendAnswer): void
  reject(failure: RequestFailure): void
}

export interface WebSocketOptions {
  url: string
  token: string
  /** @default (url) => new WebSocket(url) */
  createSocket?: (url: string) => WebSocket
}

/** JSON over a plain WebSocket at `/ws`. Opened with the first thing to do, and again with the next one after it was lost. */
export function webSocketTransport({ url, token, createSocket = (address) => new WebSocket(address) }: WebSocketOptions): RoomTransport {
  const subscriptions = new Map<string, Subscription>()
  const sends = new Map<string, Send>()
  let socket: WebSocket | undefined
  let waiting: string[] = []

  function say(message: unknown): void {
    const text = JSON.stringify(message)
    if (socket?.readyState === WebSocket.OPEN) {
      socket.send(text)
      return
    }
    waiting.push(text)
    if (socket === undefined) {
      connect()
    }
  }

  function connect(): void {
    const mine = createSocket(url)
    socket = mine
    mine.onopen = () => {
      mine.send(JSON.stringify({ op: 'hello', token }))
      waiting.splice(0).forEach((text) => mine.send(text))
    }
    mine.onmessage = ({ data }) => mine === socket && take(JSON.parse(data as string) as Incoming)
    mine.onclose = () => mine === socket && drop(lost())
  }

  function take(message: Incoming): void {
    const subscription = 'room' in message && message.room !== undefined ? subscriptions.get(message.room) : undefined
    switch (message.op) {
      case 'subscribed':
        if (subscription !== undefined) {
          subscription.isOpen = true
        }
        break
      case 'event':
        if (subscription?.isOpen) {
          subscription.feed.take(message.event)
        }
        break
      case 'ack':
        sends.get(message.id)?.resolve({ room: message.room, seq: message.seq, at: message.at, duplicate: message.duplicate })
        sends.delete(message.id)
        break
      case 'error':
        fail(message, subscription)
    }
  }

  function fail(error: Extract<Incoming, { op: 'error' }>, subscription: Subscription | undefined): void {
    const { id, room } = error
    const failure = failureOf(error)
    const send = id === undefined ? undefined : sends.get(id)
    if (send !== undefined) {
      sends.delete(id!)
      send.reject(failure)
    } else if (subscription !== undefined) {
      subscriptions.delete(room!)
      subscription.feed.end(failure)
    } else if (room === undefined) {
      drop(failure)
    }
  }

  /** Everything under way ends with the connection. */
  function drop(failure: RequestFailure, isQuiet = false): void {
    const gone = socket
    socket = undefined
    waiting = []
    gone?.close()
    const [feeds, pending] = [[...subscriptions.values()], [...sends.values()]]
    subscriptions.clear()
    sends.clear()
    feeds.forEach(({ feed }) => (isQuiet ? feed.cancel() : feed.end(failure)))
    pending.forEach(({ reject }) => reject(failure))
  }

  return {
    kind: 'websocket',
    feed(room, position, handlers, initial) {
      const feed = new PacedFeed(position, handlers, initial)
      const mine: Subscription = { feed, isOpen: false }
      subscriptions.get(room)?.feed.cancel()
      subscriptions.set(room, mine)
      say({ op: 'subscribe', room, after: position.after, epoch: position.epoch, credit: initial })
      feed.signal.addEventListener('abort', () => {
        if (subscriptions.get(room) === mine) {
          subscriptions.delete(room)
          say({ op: 'unsubscribe', room })
        }
      })
      return {
        get ended() {
          return feed.ended
        },
        request(n) {
          if (!feed.ended) {
            feed.request(n)
            say({ op: 'credit', room, n })
          }
        },
        cancel: () => feed.cancel(),
      }
    },
    send: (message: SendRequest) =>
      new Promise<SendAnswer>((resolve, reject) => {
        sends.set(message.id, { resolve, reject })
        say({ op: 'send', ...message })
      }),
    async typing(room) {
      say({ op: 'typing', room })
    },
    close: () => drop(lost(), true),
  }
}
