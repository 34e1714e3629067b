import { readonly, ref, type Ref, type ShallowRef } from 'vue'
import type { ChatClient } from '../chat/chatClient'
import type { RoomInfo } from '../chat/contract'
import { sentenceOf } from '../chat/sentences'
import { useTexts } from './useTexts'

export interface UseEnteringReturn {
  busy: Readonly<Ref<boolean>>
  error: Readonly<Ref<string>>
  /** Refuses with a sentence. */
  refuse(sentence: string): void
  /** Runs what leads into a room; the room, or `undefined` when it did not work (see `error`). */
  enter(action: (client: ChatClient) => Promise<RoomInfo>): Promise<RoomInfo | undefined>
}

/** One way into a room: busy while it is tried, and what went wrong. */
export function useEntering(client: Readonly<ShallowRef<ChatClient | null>>): UseEnteringReturn {
  const busy = ref(false)
  const error = ref('')
  const { t, translator } = useTexts()

  async function enter(action: (client: ChatClient) => Promise<RoomInfo>): Promise<RoomInfo | undefined> {
    if (client.value === null) {
      error.value = t('rooms.noConnection')
      return undefined
    }
    busy.value = true
    error.value = ''
    try {
      return await action(client.value)
    } catch (reason) {
      error.value = sentenceOf(reason, translator.value)
      return undefined
    } finally {
      busy.value = false
    }
  }

  return { busy: readonly(busy), error: readonly(error), refuse: (sentence) => (error.value = sentence), enter }
}
