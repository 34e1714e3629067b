import { onScopeDispose, shallowReactive, watch, type ShallowRef } from 'vue'
import type { ChatClient } from '../chat/chatClient'
import { Outbox, type OutboxEntry } from '../chat/outbox'

export interface UseOutboxesReturn {
  /** The outbox of a room; it keeps sending when another room is shown. */
  of(room: string): Outbox
  /** What is under way in a room; reactive. */
  entriesOf(room: string): readonly OutboxEntry[]
}

const NONE: readonly OutboxEntry[] = []

/** The messages under way, room by room. */
export function useOutboxes(client: Readonly<ShallowRef<ChatClient | null>>): UseOutboxesReturn {
  const boxes = new Map<string, Outbox>()
  const entries = shallowReactive(new Map<string, readonly OutboxEntry[]>())

  function connect(box: Outbox): void {
    const current = client.value
    box.use(current === null ? undefined : (message) => current.send(message))
  }

  function of(room: string): Outbox {
    let box = boxes.get(room)
    if (box === undefined) {
      box = new Outbox(room, { onChange: (list) => entries.set(room, list) })
      boxes.set(room, box)
      connect(box)
    }
    return box
  }

  // Sync: a message that is added in the same turn must not go to the connection that is gone.
  watch(client, () => boxes.forEach(connect), { flush: 'sync' })
  onScopeDispose(() => boxes.forEach((box) => box.use(undefined)))

  return { of, entriesOf: (room) => entries.get(room) ?? NONE }
}
