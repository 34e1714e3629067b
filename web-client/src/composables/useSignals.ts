import { computed, onScopeDispose, readonly, ref, toValue, watch, shallowReadonly, shallowRef, type ComputedRef, type MaybeRefOrGetter, type Ref, type ShallowRef } from 'vue'
import type { ChatClient } from '../chat/chatClient'
import type { Member, Signal } from '../chat/contract'
import { RequestFailure } from '../rsocket/failure'
import { useRenderPump } from './useRenderPump'

/** "Typing" is told at most this often, in ms; the server lets it lapse a little later. */
const TYPING_EVERY_MS = 3000
/** Bounds for how long a "typing" is believed, whatever the clocks of server and client think of each other. */
const TYPING_AT_LEAST_MS = 1000
const TYPING_AT_MOST_MS = 10_000
/** Before signals that the server ended are asked for again, in ms. */
const RETRY_MS = 2000

export interface UseSignalsOptions {
  /** The reader, whose own typing is not shown. */
  me: MaybeRefOrGetter<string>
  /** Signals need membership: nothing is asked for while this is false. */
  enabled: MaybeRefOrGetter<boolean>
}

export interface UseSignalsReturn {
  /** Others who are writing. */
  typing: Readonly<ComputedRef<readonly string[]>>
  /** Members who are here, in alphabetical order. */
  online: Readonly<ComputedRef<readonly string[]>>
  /** Members as they were listed last; who joins later is among `online` and the room's entries. */
  members: Readonly<ShallowRef<readonly Member[]>>
  /** How far each of the others has read. */
  readBy: Readonly<Ref<ReadonlyMap<string, number>>>
  /** Membership has changed: who joins may have been online before. */
  refresh(): Promise<void>
  /** The reader has pressed a key. */
  notifyTyping(): void
  /** `user` has sent the message, so is not writing it any more. */
  sent(user: string): void
}

/** Who is here and who is writing in one room. */
export function useSignals(
  client: Readonly<ShallowRef<ChatClient | null>>,
  room: MaybeRefOrGetter<string>,
  options: UseSignalsOptions,
): UseSignalsReturn {
  const typingUntil = ref(new Map<string, number>())
  const present = ref(new Set<string>())
  const members = shallowRef<readonly Member[]>([])
  const readBy = ref(new Map<string, number>())
  /** Users whose presence changed since the list of members was asked for. */
  const changed = new Set<string>()
  let visit = 0
  let toldTypingAt = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let retry: ReturnType<typeof setTimeout> | undefined

  const pump = useRenderPump<Signal>({ name: () => 'signals.feed', show: (batch) => batch.forEach(take), credit: { window: 16, hiddenWindow: 4 } })

  watch([client, () => toValue(room), () => toValue(options.enabled)], () => void enter(), { immediate: true })

  async function enter(): Promise<void> {
    const mine = ++visit
    clearTimeout(retry)
    pump.close()
    typingUntil.value.clear()
    present.value.clear()
    readBy.value.clear()
    members.value = []
    toldTypingAt = 0
    const current = client.value
    const name = toValue(room)
    if (current === null || !toValue(options.enabled)) {
      return
    }
    // The stream first: a change that happens between the two answers is then in at least one of them.
    pump.open((onNext, initial) => current.signals(name, { onNext, onEnd: (failure) => mine === visit && ended(failure) }, initial))
    await refresh()
  }

  /** A lost connection comes back as another client, and a refusal stays one; what is left is a server that was busy. */
  function ended(failure: RequestFailure | undefined): void {
    if (failure === undefined || (failure.retryable && failure.kind !== 'connection_lost')) {
      retry = setTimeout(() => void enter(), RETRY_MS)
    }
  }

  async function refresh(): Promise<void> {
    const mine = visit
    const current = client.value
    if (current === null || !toValue(options.enabled)) {
      return
    }
    changed.clear()
    try {
      const listed = await current.members(toValue(room))
      if (mine === visit) {
        members.value = listed
        // A signal that came meanwhile is newer than this list.
        const known = listed.filter(({ user, online }) => (changed.has(user) ? present.value.has(user) : online))
        present.value = new Set(known.map(({ user }) => user))
      }
    } catch (reason) {
      // Nice to have: a list that cannot be read leaves who is here to the signals. The room's own feed tells what is wrong.
      console.warn('The members could not be listed.', RequestFailure.from(reason).message)
    }
  }

  function take(signal: Signal): void {
    if (signal.type === 'receipt') {
      if (signal.user !== toValue(options.me)) {
        readBy.value.set(signal.user, Math.max(signal.seq, readBy.value.get(signal.user) ?? 0))
      }
    } else if (signal.type === 'presence') {
      changed.add(signal.user)
      if (signal.online) {
        present.value.add(signal.user)
      } else {
        present.value.delete(signal.user)
      }
    } else if (signal.type === 'typing' && signal.user !== toValue(options.me)) {
      const now = Date.now()
      typingUntil.value.set(signal.user, now + Math.min(TYPING_AT_MOST_MS, Math.max(TYPING_AT_LEAST_MS, signal.until - now)))
      expire()
    }
  }

  function expire(): void {
    clearTimeout(timer)
    const now = Date.now()
    let next = Infinity
    for (const [user, until] of typingUntil.value) {
      if (until <= now) {
        typingUntil.value.delete(user)
      } else {
        next = Math.min(next, until)
      }
    }
    if (next < Infinity) {
      timer = setTimeout(expire, next - now)
    }
  }

  function notifyTyping(): void {
    const now = Date.now()
    if (client.value !== null && toValue(options.enabled) && now - toldTypingAt >= TYPING_EVERY_MS) {
      toldTypingAt = now
      // A hint that is lost with its connection is worth nothing any more.
      client.value.typing(toValue(room)).catch(() => (toldTypingAt = 0))
    }
  }

  function sent(user: string): void {
    typingUntil.value.delete(user)
    if (user === toValue(options.me)) {
      toldTypingAt = 0
    }
  }

  onScopeDispose(() => {
    visit++
    clearTimeout(timer)
    clearTimeout(retry)
  })

  return {
    typing: computed(() => [...readonly(typingUntil).value.keys()].sort()),
    online: computed(() => [...readonly(present).value].sort()),
    members: shallowReadonly(members),
    readBy: readonly(readBy) as Readonly<Ref<ReadonlyMap<string, number>>>,
    refresh,
    notifyTyping,
    sent,
  }
}
