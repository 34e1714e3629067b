import { onScopeDispose, readonly, ref, shallowReadonly, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { ChatClient } from '../chat/chatClient'
import { ROOM_PATTERN, type RoomInfo } from '../chat/contract'
import { sentenceOf } from '../chat/sentences'
import { useTexts } from './useTexts'

export interface UseRoomsOptions {
  /** The list is read again this often, in ms, while somebody looks. @default 15000 */
  refreshMs?: number
}

export interface UseRoomsReturn {
  /** Rooms the reader is a member of. */
  mine: Readonly<ShallowRef<readonly RoomInfo[]>>
  /** Public rooms the reader is not a member of. */
  others: Readonly<ShallowRef<readonly RoomInfo[]>>
  error: Readonly<Ref<string>>
  refresh(): Promise<void>
  /** The room's id when it was made, `undefined` when not (see `error`). */
  create(room: string): Promise<string | undefined>
  join(room: string): Promise<string | undefined>
}

/** The rooms to choose from. */
export function useRooms(client: Readonly<ShallowRef<ChatClient | null>>, options: UseRoomsOptions = {}): UseRoomsReturn {
  const mine = shallowRef<readonly RoomInfo[]>([])
  const others = shallowRef<readonly RoomInfo[]>([])
  const error = ref('')
  const { translator } = useTexts()

  async function refresh(): Promise<void> {
    const current = client.value
    if (current === null) {
      return
    }
    try {
      const [joined, all] = await Promise.all([current.listRooms({ mine: true, limit: 200 }), current.listRooms({ limit: 200 })])
      if (current === client.value) {
        const known = new Set(joined.rooms.map((info) => info.room))
        mine.value = joined.rooms
        others.value = all.rooms.filter((info) => !known.has(info.room) && info.role === undefined)
      }
    } catch (reason) {
      if (current === client.value) {
        error.value = sentenceOf(reason, translator.value)
      }
    }
  }

  async function enter(typed: string, action: (client: ChatClient, room: string) => Promise<RoomInfo>): Promise<string | undefined> {
    const name = typed.trim().toLowerCase()
    if (!ROOM_PATTERN.test(name)) {
      error.value = 'A room id has 1 to 64 letters a–z, digits, dots, dashes, colons or underscores, and starts with a letter or digit.'
      return undefined
    }
    if (client.value === null) {
      error.value = 'There is no connection to the server at the moment.'
      return undefined
    }
    error.value = ''
    try {
      const { room } = await action(client.value, name)
      await refresh()
      return room
    } catch (reason) {
      error.value = sentenceOf(reason, translator.value)
      return undefined
    }
  }

  const refreshWhenSeen = () => {
    if (!document.hidden) {
      void refresh()
    }
  }
  watch(client, () => void refresh(), { immediate: true })
  const timer = setInterval(refreshWhenSeen, options.refreshMs ?? 15_000)
  document.addEventListener('visibilitychange', refreshWhenSeen)
  onScopeDispose(() => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', refreshWhenSeen)
  })

  return {
    mine: shallowReadonly(mine),
    others: shallowReadonly(others),
    error: readonly(error),
    refresh,
    create: (room) => enter(room, (current, name) => current.createRoom(name)),
    join: (room) => enter(room, (current, name) => current.joinRoom(name)),
  }
}
