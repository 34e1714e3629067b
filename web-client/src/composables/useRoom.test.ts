import { effectScope, nextTick, ref, shallowRef } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ChatClient } from '../chat/chatClient'
import type { HistoryPage, RoomEvent, RoomInfo } from '../chat/contract'
import { Outbox } from '../chat/outbox'
import type { FeedPosition } from '../chat/transports/roomTransport'
import { RequestFailure } from '../rsocket/failure'
import type { StreamHandlers } from '../rsocket/creditStream'
import { useRoom } from './useRoom'

/** A server with one log; each `connection()` is a client on it. */
function server() {
  const log: RoomEvent[] = []
  const state = { epoch: 'e1', role: 'member' as RoomInfo['role'] | undefined, feeds: [] as { position: FeedPosition; handlers: StreamHandlers<RoomEvent>; cancel: ReturnType<typeof vi.fn> }[] }
  const info = (): RoomInfo => ({ room: 'lobby', title: '', kind: 'public', epoch: state.epoch, head: log.length, createdAt: 0, createdBy: 'ada', role: state.role, members: 1 })
  const connection = () =>
    ({
      getRoom: vi.fn(async () => info()),
      joinRoom: vi.fn(async () => {
        state.role = 'member'
        return info()
      }),
      history: vi.fn(async (_: string, { before = Infinity, after = 0, limit = 50 } = {}): Promise<HistoryPage> => {
        if (after > 0) {
          const newer = log.filter((event) => event.seq > after)
          return { room: 'lobby', epoch: state.epoch, head: log.length, events: newer.slice(0, limit), more: newer.length > limit }
        }
        const older = log.filter((event) => event.seq < before)
        return { room: 'lobby', epoch: state.epoch, head: log.length, events: older.slice(-limit), more: older.length > limit }
      }),
      markRead: vi.fn(async () => {}),
      feed: vi.fn((_: string, position: FeedPosition, handlers: StreamHandlers<RoomEvent>) => {
        const feed = { position, handlers, cancel: vi.fn(), request: vi.fn() }
        state.feeds.push(feed)
        return feed
      }),
    }) as unknown as ChatClient
  const write = (text: string) => {
    const event: RoomEvent = { type: 'message', room: 'lobby', seq: log.length + 1, at: 0, from: 'ada', id: `id-${text}`, text }
    log.push(event)
    return event
  }
  return { log, state, connection, write }
}

const settle = async () => {
  await vi.advanceTimersByTimeAsync(0)
  await nextTick()
}

/** The frame that the batch before was waiting for, and the task behind it. */
const drawn = async () => {
  await vi.advanceTimersByTimeAsync(20)
  await new Promise((resolve) => setImmediate(resolve))
  await settle()
}

describe('useRoom', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'requestAnimationFrame', 'cancelAnimationFrame', 'performance'] }))
  afterEach(() => vi.useRealTimers())

  function enter(given = server()) {
    const client = shallowRef<ChatClient | null>(given.connection())
    const room = ref('lobby')
    const box = new Outbox('lobby')
    const scope = effectScope()
    const view = scope.run(() => useRoom(client, room, () => box))!
    const texts = () => view.entries.value.map((entry) => (entry.kind === 'message' ? entry.text : entry.event.type))
    const feed = () => given.state.feeds.at(-1)!
    return { ...given, client, room, box, scope, view, texts, feed }
  }

  it('shows the newest history and follows the feed from its head', async () => {
    const given = server()
    given.write('one')
    given.write('two')
    const { view, texts, feed, write } = enter(given)
    await settle()
    expect(texts()).toEqual(['one', 'two'])
    expect(feed().position).toEqual({ after: 2, epoch: 'e1', isMember: true })
    expect(view.status.value).toBe('live')
    feed().handlers.onNext(write('three'))
    await settle()
    expect(texts()).toEqual(['one', 'two', 'three'])
  })

  it('goes on after the last entry seen when the connection is back, without a hole or a repeat', async () => {
    const { client, connection, write, texts, feed, state } = enter()
    await settle()
    feed().handlers.onNext(write('one'))
    await settle()
    feed().handlers.onEnd?.(RequestFailure.local('connection_lost', 'gone'))
    client.value = null
    await settle()
    const missed = write('two')
    client.value = connection()
    await settle()
    expect(state.feeds).toHaveLength(2)
    expect(feed().position).toEqual({ after: 1, epoch: 'e1', isMember: true })
    feed().handlers.onNext(missed)
    await settle()
    expect(texts()).toEqual(['one', 'two'])
  })

  it('loads the newest page instead of a long replay', async () => {
    const { client, connection, write, feed, view } = enter()
    await settle()
    client.value = null
    for (let i = 0; i < 300; i++) {
      write(`${i}`)
    }
    client.value = connection()
    await settle()
    expect(feed().position.after).toBe(300)
    expect(view.entries.value).toHaveLength(50)
    expect(view.canLoadOlder.value).toBe(true)
  })

  it('starts anew when the log is another one', async () => {
    const { client, connection, write, texts, feed, state, log } = enter()
    await settle()
    feed().handlers.onNext(write('old'))
    await settle()
    log.length = 0
    write('new')
    state.epoch = 'e2'
    client.value = connection()
    await settle()
    expect(texts()).toEqual(['new'])
    expect(feed().position).toEqual({ after: 1, epoch: 'e2', isMember: true })
  })

  it('asks again a little later when the server was busy', async () => {
    const { feed, state } = enter()
    await settle()
    feed().handlers.onEnd?.(new RequestFailure(0x503, 'unavailable', 'draining'))
    await vi.advanceTimersByTimeAsync(2000)
    await settle()
    expect(state.feeds).toHaveLength(2)
  })

  it('says in a sentence that one may not read any more', async () => {
    const { feed, view } = enter()
    await settle()
    feed().handlers.onEnd?.(new RequestFailure(0x403, 'forbidden', 'You were removed from this room.'))
    expect([view.status.value, view.error.value]).toEqual(['closed', 'You were removed from this room.'])
  })

  it('loads older pages', async () => {
    const given = server()
    for (let i = 1; i <= 80; i++) {
      given.write(`${i}`)
    }
    const { view, texts } = enter(given)
    await settle()
    expect([texts()[0], view.canLoadOlder.value]).toEqual(['31', true])
    await view.loadOlder()
    expect([texts()[0], texts().length, view.canLoadOlder.value]).toEqual(['1', 80, false])
  })

  it('drops the answers for a room that was left', async () => {
    const { room, state, view } = enter()
    room.value = 'kitchen'
    await settle()
    await settle()
    expect(state.feeds).toHaveLength(1)
    expect(view.status.value).toBe('live')
  })

  it('takes from the outbox what the feed shows', async () => {
    const { box, feed, write, client, connection } = enter()
    await settle()
    box.use(async () => new Promise(() => {}))
    box.add({ text: 'mine' })
    const event = { ...write('mine'), id: box.entries[0]!.id } as RoomEvent
    feed().handlers.onNext(event)
    await settle()
    expect(box.entries).toEqual([])
    client.value = connection()
  })

  it('lets a visitor join', async () => {
    const given = server()
    given.state.role = undefined
    const { view } = enter(given)
    await settle()
    expect(view.info.value?.role).toBeUndefined()
    await view.join()
    expect(view.info.value?.role).toBe('member')
  })

  it('cancels its feed with its scope', async () => {
    const { scope, feed } = enter()
    await settle()
    scope.stop()
    expect(feed().cancel).toHaveBeenCalledOnce()
  })

  it('goes to a place in the middle, on from there, and back to the newest', async () => {
    const given = server()
    for (let i = 1; i <= 1000; i++) {
      given.write(`${i}`)
    }
    const { view, texts, feed, write } = enter(given)
    await settle()
    expect(await view.jumpTo(300)).toBe(true)
    expect([texts()[0], texts().at(-1), view.canLoadNewer.value, view.canLoadOlder.value]).toEqual(['261', '340', true, true])
    // The feed goes on meanwhile, and what it brings does not belong here.
    feed().handlers.onNext(write('live'))
    await settle()
    expect(texts().at(-1)).toBe('340')
    expect(view.unseen.value).toBe(1)
    await view.loadNewer()
    expect(texts().at(-1)).toBe('540')
    await view.toNewest()
    view.follow(true)
    expect([texts().at(-1), view.canLoadNewer.value, view.unseen.value]).toEqual(['live', false, 0])
    await drawn()
    feed().handlers.onNext(write('more'))
    await settle()
    expect(texts().at(-1)).toBe('more')
  })

  it('says when there is no such place', async () => {
    const { view } = enter()
    await settle()
    expect(await view.jumpTo(5)).toBe(false)
  })

  it('does not ask for the feed of a paused room until it goes on', async () => {
    const { view, client, connection, state, write, texts, feed } = enter()
    await settle()
    view.setPace({ perSecond: Infinity, paused: true })
    client.value = connection()
    await settle()
    expect(state.feeds).toHaveLength(1)
    const missed = Array.from({ length: 300 }, (_, i) => write(`${i}`))
    view.setPace({ perSecond: Infinity, paused: false })
    expect(state.feeds).toHaveLength(2)
    expect(feed().position.after).toBe(0)
    missed.forEach((event) => feed().handlers.onNext(event))
    await settle()
    expect(texts()).toHaveLength(300)
  })

  it('marks what came while the reader was away', async () => {
    const { client, connection, write, feed, view } = enter()
    await settle()
    feed().handlers.onNext(write('seen'))
    await settle()
    client.value = null
    await settle()
    write('missed')
    client.value = connection()
    await settle()
    expect(view.newAfter.value).toBe(1)
    view.noneNew()
    expect(view.newAfter.value).toBeUndefined()
  })
})
