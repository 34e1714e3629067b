import { onScopeDispose, ref, watch, type Ref } from 'vue'
import type { TimelineEntry } from '../chat/timeline'
import { useTexts } from './useTexts'

/** A screen reader is told something new at most this often, in ms: one that is interrupted all the time says nothing. */
const EVERY_MS = 2000

/** What came into the room, for a live region: the words of one message, or how many there are. */
export function useAnnouncements(entries: Readonly<Ref<readonly TimelineEntry[]>>, me: () => string): { announcement: Readonly<Ref<string>> } {
  const { t } = useTexts()
  const announcement = ref('')
  let toldUpTo: number | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  watch(entries, (now, before) => {
    if (toldUpTo === undefined || before.length === 0) {
      toldUpTo = now.at(-1)?.seq
    } else if ((now.at(-1)?.seq ?? 0) > toldUpTo) {
      timer ??= setTimeout(tell, EVERY_MS)
    }
  })

  function tell(): void {
    timer = undefined
    const fresh = []
    for (let index = entries.value.length - 1; index >= 0 && entries.value[index]!.seq > toldUpTo!; index--) {
      const entry = entries.value[index]!
      if (entry.kind === 'message' && entry.from !== me()) {
        fresh.push(entry)
      }
    }
    toldUpTo = Math.max(toldUpTo!, entries.value.at(-1)?.seq ?? 0)
    if (fresh.length > 0) {
      announcement.value = fresh.length === 1 ? `${fresh[0]!.from}: ${fresh[0]!.text}` : t('room.unseen', { count: fresh.length })
    }
  }

  onScopeDispose(() => clearTimeout(timer))
  return { announcement }
}
