import { onScopeDispose, watch, type ShallowRef } from 'vue'
import type { ChatClient } from '../chat/chatClient'

export interface UseReadMarkerOptions {
  /** Receipts are at least this many ms apart. @default 1000 */
  everyMs?: number
  /** @default document.hidden */
  isHidden?: () => boolean
  /** The server is being told so. */
  onTold?: (room: string, seq: number) => void
}

export interface UseReadMarkerReturn {
  /** The reader sees `room` up to `seq`. */
  seen(room: string, seq: number): void
}

/** Tells the server how far the reader has read; only the newest position counts, and only while somebody looks. */
export function useReadMarker(client: Readonly<ShallowRef<ChatClient | null>>, options: UseReadMarkerOptions = {}): UseReadMarkerReturn {
  const { everyMs = 1000, isHidden = () => document.hidden } = options
  const told = new Map<string, number>()
  let newest: { room: string; seq: number } | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  function seen(room: string, seq: number): void {
    newest = { room, seq }
    timer ??= setTimeout(() => tell(), everyMs)
  }

  function tell(current = client.value): void {
    clearTimeout(timer)
    timer = undefined
    if (newest === undefined || current === null || isHidden() || newest.seq <= (told.get(newest.room) ?? 0)) {
      return
    }
    const { room, seq } = newest
    told.set(room, seq)
    options.onTold?.(room, seq)
    // Lost with its connection: the next position says it again.
    current.markRead(room, seq).catch(() => told.delete(room))
  }

  // The room is put aside, within the second: what was seen of it was read all the same.
  watch(client, (now, before) => now === null && before !== null && tell(before), { flush: 'sync' })

  const onVisibility = () => !isHidden() && tell()
  document.addEventListener('visibilitychange', onVisibility)
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', onVisibility)
    clearTimeout(timer)
  })
  return { seen }
}
