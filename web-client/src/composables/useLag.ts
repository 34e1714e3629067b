import { computed, onScopeDispose, ref, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import type { ChatClient } from '../chat/chatClient'
import { RequestFailure } from '../rsocket/failure'

/** ms between two looks at the head, while somebody wants to know and while nobody does. */
const CLOSE_MS = 1000
const LOOSE_MS = 5000

export interface UseLagReturn {
  /** The room's last seq, as far as is known. */
  head: Readonly<Ref<number>>
  /** Entries that the feed has not brought yet. */
  lag: Readonly<ComputedRef<number>>
}

/** How far the feed of a room is behind the room. The feed cannot tell: the server sends what there is credit for, and nothing about the rest. */
export function useLag(
  client: Readonly<ShallowRef<ChatClient | null>>,
  room: () => string,
  position: Readonly<Ref<number>>,
  isWatched: () => boolean,
): UseLagReturn {
  const head = ref(0)
  let timer: ReturnType<typeof setTimeout> | undefined
  let isGone = false

  async function look(): Promise<void> {
    clearTimeout(timer)
    const name = room()
    const current = client.value
    if (current !== null && !document.hidden) {
      try {
        const about = await current.getRoom(name)
        if (name === room()) {
          head.value = about.head
        }
      } catch (reason) {
        // The room's feed says what is wrong; here is only a number missing.
        console.warn('The head of the room is not known.', RequestFailure.from(reason).message)
      }
    }
    clearTimeout(timer)
    if (!isGone) {
      timer = setTimeout(() => void look(), isWatched() ? CLOSE_MS : LOOSE_MS)
    }
  }

  watch([client, room, isWatched], () => void look(), { immediate: true })
  watch(room, () => (head.value = 0))
  onScopeDispose(() => {
    isGone = true
    clearTimeout(timer)
  })
  return { head, lag: computed(() => Math.max(0, head.value - position.value)) }
}
