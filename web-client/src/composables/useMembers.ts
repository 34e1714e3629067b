import { onScopeDispose, readonly, ref, shallowReadonly, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { ChatClient } from '../chat/chatClient'
import type { Member, Role, Signal } from '../chat/contract'
import { sentenceOf } from '../chat/sentences'
import { useRenderPump } from './useRenderPump'
import { useTexts } from './useTexts'

export interface UseMembersReturn {
  members: Readonly<ShallowRef<readonly Member[]>>
  hasMore: Readonly<Ref<boolean>>
  loading: Readonly<Ref<boolean>>
  /** Why the last action did not happen, '' for nothing to say. */
  error: Readonly<Ref<string>>
  loadMore(): Promise<void>
  /** Each says whether it happened. */
  invite(user: string): Promise<boolean>
  remove(user: string): Promise<boolean>
  ban(user: string): Promise<boolean>
  setRole(user: string, role: Role): Promise<boolean>
}

/** The members of one room, page by page, with their presence as it changes, and what may be done with them. */
export function useMembers(client: Readonly<ShallowRef<ChatClient | null>>, room: string): UseMembersReturn {
  const members = shallowRef<readonly Member[]>([])
  const hasMore = ref(false)
  const loading = ref(false)
  const error = ref('')
  const { translator } = useTexts()
  let next: string | undefined
  let visit = 0

  const pump = useRenderPump<Signal>({ name: () => 'signals.feed', show: (batch) => batch.forEach(take), credit: { window: 16, hiddenWindow: 4 } })

  async function load(): Promise<void> {
    visit++
    next = undefined
    members.value = []
    await loadMore()
  }

  async function loadMore(): Promise<void> {
    const mine = visit
    const current = client.value
    if (current === null) {
      return
    }
    loading.value = true
    try {
      const page = await current.memberPage(room, next)
      if (mine === visit) {
        members.value = [...members.value, ...page.members]
        next = page.next
        hasMore.value = next !== undefined
      }
    } catch (reason) {
      if (mine === visit) {
        error.value = sentenceOf(reason, translator.value)
      }
    } finally {
      loading.value = false
    }
  }

  function take(signal: Signal): void {
    if (signal.type === 'presence') {
      members.value = members.value.map((member) => (member.user === signal.user ? { ...member, online: signal.online } : member))
    }
  }

  async function act(action: (client: ChatClient) => Promise<void>, change?: (members: readonly Member[]) => readonly Member[]): Promise<boolean> {
    error.value = ''
    if (client.value === null) {
      error.value = translator.value.t('rooms.noConnection')
      return false
    }
    try {
      await action(client.value)
      members.value = change?.(members.value) ?? members.value
      return true
    } catch (reason) {
      error.value = sentenceOf(reason, translator.value)
      return false
    }
  }

  const without = (user: string) => (all: readonly Member[]) => all.filter((member) => member.user !== user)

  watch(
    client,
    (current) => {
      pump.close()
      if (current !== null) {
        pump.open((onNext, initial) => current.signals(room, { onNext }, initial))
        void load()
      }
    },
    { immediate: true },
  )
  onScopeDispose(() => visit++)

  return {
    members: shallowReadonly(members),
    hasMore: readonly(hasMore),
    loading: readonly(loading),
    error: readonly(error),
    loadMore,
    invite: (user) => act((current) => current.invite(room, user)),
    remove: (user) => act((current) => current.remove(room, user), without(user)),
    ban: (user) => act((current) => current.ban(room, user), without(user)),
    setRole: (user, role) =>
      act(
        (current) => current.setRole(room, user, role),
        (all) => all.map((member) => (member.user === user ? { ...member, role } : member)),
      ),
  }
}
