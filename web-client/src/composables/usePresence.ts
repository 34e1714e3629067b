import { effectScope, onScopeDispose, shallowRef, toValue, watch, type EffectScope, type MaybeRefOrGetter, type ShallowRef } from 'vue'
import type { ChatClient } from '../chat/chatClient'
import type { Signal } from '../chat/contract'
import { useRenderPump } from './useRenderPump'

/** Direct rooms whose signals are followed; a stream each, which costs next to nothing while nothing happens. */
const FOLLOWED = 12

/** Who of the partners in these direct rooms (the most lively first) is online, as it changes. */
export function usePresence(client: Readonly<ShallowRef<ChatClient | null>>, rooms: MaybeRefOrGetter<readonly string[]>): Readonly<ShallowRef<ReadonlySet<string>>> {
  const online = shallowRef<ReadonlySet<string>>(new Set())
  const scopes = new Map<string, EffectScope>()

  function take(signal: Signal): void {
    if (signal.type === 'presence' && signal.online !== online.value.has(signal.user)) {
      const next = new Set(online.value)
      if (signal.online) {
        next.add(signal.user)
      } else {
        next.delete(signal.user)
      }
      online.value = next
    }
  }

  function follow(current: ChatClient, room: string): void {
    const scope = effectScope(true)
    scope.run(() =>
      useRenderPump<Signal>({ name: () => 'signals.feed', show: (batch) => batch.forEach(take), credit: { window: 4, hiddenWindow: 1 } }).open((onNext, initial) =>
        current.signals(room, { onNext }, initial),
      ),
    )
    scopes.set(room, scope)
  }

  function stop(room: string): void {
    scopes.get(room)?.stop()
    scopes.delete(room)
  }

  watch(
    [client, () => [...toValue(rooms)].slice(0, FOLLOWED).sort().join(' ')] as const,
    ([current, wanted], [before]) => {
      const names = new Set(current === null || wanted === '' ? [] : wanted.split(' '))
      const kept = current === before ? names : new Set<string>()
      ;[...scopes.keys()].filter((room) => !kept.has(room)).forEach(stop)
      if (current !== null) {
        names.forEach((room) => scopes.has(room) || follow(current, room))
      }
    },
    { immediate: true },
  )
  onScopeDispose(() => [...scopes.keys()].forEach(stop))
  return online
}
