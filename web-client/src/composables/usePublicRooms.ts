import { onScopeDispose, readonly, ref, shallowReadonly, shallowRef, toValue, watch, type MaybeRefOrGetter, type Ref, type ShallowRef } from 'vue'
import type { ChatClient } from '../chat/chatClient'
import type { RoomInfo } from '../chat/contract'
import { sentenceOf } from '../chat/sentences'
import { useTexts } from './useTexts'

const PAGE = 30
/** After the last key in the filter, before the server is asked, in ms. */
const SETTLE_MS = 200

export interface UsePublicRoomsReturn {
  rooms: Readonly<ShallowRef<readonly RoomInfo[]>>
  hasMore: Readonly<Ref<boolean>>
  loading: Readonly<Ref<boolean>>
  error: Readonly<Ref<string>>
  loadMore(): Promise<void>
}

/** Rooms that the reader may see and whose id begins with `prefix`, page by page. */
export function usePublicRooms(client: Readonly<ShallowRef<ChatClient | null>>, prefix: MaybeRefOrGetter<string>): UsePublicRoomsReturn {
  const rooms = shallowRef<readonly RoomInfo[]>([])
  const hasMore = ref(false)
  const loading = ref(true)
  const error = ref('')
  const { translator } = useTexts()
  let next: string | undefined
  let visit = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  async function load(isFirst: boolean): Promise<void> {
    const mine = ++visit
    const current = client.value
    if (current === null) {
      return
    }
    loading.value = true
    error.value = ''
    try {
      const wanted = toValue(prefix)
      const page = await current.listRooms({ limit: PAGE, after: isFirst ? undefined : next, prefix: wanted === '' ? undefined : wanted })
      if (mine === visit) {
        // One's direct rooms are no rooms to come into.
        const found = page.rooms.filter(({ kind }) => kind !== 'direct')
        rooms.value = isFirst ? found : [...rooms.value, ...found]
        next = page.next
        hasMore.value = next !== undefined
      }
    } catch (reason) {
      if (mine === visit) {
        error.value = sentenceOf(reason, translator.value)
      }
    } finally {
      if (mine === visit) {
        loading.value = false
      }
    }
  }

  watch(client, () => void load(true), { immediate: true })
  watch(
    () => toValue(prefix),
    () => {
      clearTimeout(timer)
      timer = setTimeout(() => void load(true), SETTLE_MS)
    },
  )
  onScopeDispose(() => {
    visit++
    clearTimeout(timer)
  })

  return {
    rooms: shallowReadonly(rooms),
    hasMore: readonly(hasMore),
    loading: readonly(loading),
    error: readonly(error),
    loadMore: () => load(false),
  }
}
