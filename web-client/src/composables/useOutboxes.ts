import { computed, onScopeDispose, shallowReactive, watch, type ComputedRef, type ShallowRef } from 'vue'
import type { ChatClient } from '../chat/chatClient'
import { Outbox, type OutboxEntry } from '../chat/outbox'
import { OutboxStorage } from '../chat/outboxStorage'
import { sentenceOf } from '../chat/sentences'
import { useTexts } from './useTexts'

export interface UseOutboxesOptions {
  /** Where messages survive a reload. */
  storage?: OutboxStorage
}

export interface UseOutboxesReturn {
  /** The outbox of a room; it keeps sending when another room is shown. */
  of(room: string): Outbox
  /** What is under way in a room; reactive. */
  entriesOf(room: string): readonly OutboxEntry[]
  /** Messages, in all rooms, that are not known to be on the server. */
  unsent: Readonly<ComputedRef<number>>
  /** Discards them all. */
  clear(): void
}

const NONE: readonly OutboxEntry[] = []

/** The messages under way, room by room; those that an earlier page left unsent too. */
export function useOutboxes(client: Readonly<ShallowRef<ChatClient | null>>, options: UseOutboxesOptions = {}): UseOutboxesReturn {
  const { storage } = options
  const { translator } = useTexts()
  const boxes = new Map<string, Outbox>()
  const entries = shallowReactive(new Map<string, readonly OutboxEntry[]>())

  function connect(box: Outbox): void {
    const current = client.value
    box.use(current === null ? undefined : (message) => current.send(message))
  }

  function of(room: string): Outbox {
    let box = boxes.get(room)
    if (box === undefined) {
      box = new Outbox(room, {
        keeper: storage?.of(room),
        explain: (failure) => sentenceOf(failure, translator.value),
        onChange: (list) => entries.set(room, list),
      })
      boxes.set(room, box)
      entries.set(room, box.entries)
      connect(box)
    }
    return box
  }

  function clear(): void {
    boxes.forEach((box) => box.use(undefined))
    boxes.clear()
    entries.clear()
    storage?.clear()
  }

  function onOtherPage({ key, newValue }: StorageEvent): void {
    const gone = newValue === null && key !== null ? storage?.locate(key) : undefined
    if (gone !== undefined) {
      boxes.get(gone.room)?.forget(gone.id)
    }
  }

  storage?.rooms().forEach(of)
  // Sync: a message that is added in the same turn must not go to the connection that is gone.
  watch(client, () => boxes.forEach(connect), { flush: 'sync' })
  window.addEventListener('storage', onOtherPage)
  onScopeDispose(() => {
    window.removeEventListener('storage', onOtherPage)
    boxes.forEach((box) => box.use(undefined))
  })

  return {
    of,
    entriesOf: (room) => entries.get(room) ?? NONE,
    unsent: computed(() => [...entries.values()].flat().filter(({ state }) => state !== 'sent').length),
    clear,
  }
}
