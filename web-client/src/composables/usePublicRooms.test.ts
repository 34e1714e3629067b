import { effectScope, ref, shallowRef } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ChatClient } from '../chat/chatClient'
import type { RoomInfo } from '../chat/contract'
import { RequestFailure } from '../rsocket/failure'
import { usePublicRooms } from './usePublicRooms'

const info = (room: string, change: Partial<RoomInfo> = {}): RoomInfo => ({
  room, title: '', kind: 'public', epoch: 'e', head: 1, createdAt: 1, createdBy: 'ada', members: 1, ...change,
})

describe('usePublicRooms', () => {
  let scope = effectScope()
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => {
    scope.stop()
    vi.useRealTimers()
  })

  async function setup(listRooms: ReturnType<typeof vi.fn>) {
    const client = shallowRef<ChatClient | null>({ listRooms } as unknown as ChatClient)
    const prefix = ref('')
    scope = effectScope()
    const view = scope.run(() => usePublicRooms(client, prefix))!
    await vi.advanceTimersByTimeAsync(0)
    return { client, prefix, view, names: () => view.rooms.value.map(({ room }) => room) }
  }

  it('loads page after page, without the reader\'s direct rooms', async () => {
    const listRooms = vi.fn(async ({ after }: { after?: string }) =>
      after === undefined ? { rooms: [info('a'), info('dm:ada:bob', { kind: 'direct' })], next: 'dm:ada:bob' } : { rooms: [info('e')] },
    )
    const { view, names } = await setup(listRooms)
    expect([names(), view.hasMore.value, view.loading.value]).toEqual([['a'], true, false])
    await view.loadMore()
    expect([names(), view.hasMore.value]).toEqual([['a', 'e'], false])
    expect(listRooms.mock.calls[1]![0]).toMatchObject({ after: 'dm:ada:bob' })
  })

  it('asks for the beginning of an id when the reader has stopped typing', async () => {
    const listRooms = vi.fn(async ({ prefix = '' }: { prefix?: string }) => ({ rooms: [info(`${prefix}-found`)] }))
    const { prefix, names } = await setup(listRooms)
    for (const typed of ['l', 'lo', 'lob']) {
      prefix.value = typed
      await vi.advanceTimersByTimeAsync(100)
    }
    await vi.advanceTimersByTimeAsync(200)
    expect(names()).toEqual(['lob-found'])
    expect(listRooms).toHaveBeenCalledTimes(2)
  })

  it('drops an answer that a later question has overtaken', async () => {
    const answers: ((page: { rooms: RoomInfo[] }) => void)[] = []
    const { prefix, names } = await setup(vi.fn(() => new Promise((resolve) => answers.push(resolve))))
    prefix.value = 'later'
    await vi.advanceTimersByTimeAsync(200)
    answers[1]!({ rooms: [info('later')] })
    answers[0]!({ rooms: [info('earlier')] })
    await vi.advanceTimersByTimeAsync(0)
    expect(names()).toEqual(['later'])
  })

  it('says in a sentence what went wrong, and asks again on the next connection', async () => {
    const listRooms = vi.fn().mockRejectedValueOnce(new RequestFailure(0x503, 'unavailable', 'Draining')).mockResolvedValueOnce({ rooms: [info('a')] })
    const { client, view, names } = await setup(listRooms)
    expect([view.error.value === '', view.loading.value]).toEqual([false, false])
    client.value = null
    await vi.advanceTimersByTimeAsync(0)
    client.value = { listRooms } as unknown as ChatClient
    await vi.advanceTimersByTimeAsync(0)
    expect([names(), view.error.value]).toEqual([['a'], ''])
  })
})
