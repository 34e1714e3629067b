import { readonly, ref, shallowReadonly, shallowRef, type Ref, type ShallowRef } from 'vue'
import { USER_PATTERN, type Session } from '../chat/contract'
import { signInAsGuest } from '../chat/signIn'

const STORAGE_KEY = 'rsocketim.session'

export interface UseSessionOptions {
  /** Where the session survives a reload. @default sessionStorage: one identity per tab, gone when the tab is closed */
  storage?: Storage
  /** @default signInAsGuest */
  signIn?: (name: string) => Promise<Session>
}

export interface UseSessionReturn {
  /** Who is signed in, `null` for nobody. */
  session: Readonly<ShallowRef<Session | null>>
  busy: Readonly<Ref<boolean>>
  /** Why the last sign-in failed or the session ended, '' for nothing to say. */
  error: Readonly<Ref<string>>
  signIn(name: string): Promise<void>
  signOut(reason?: string): void
}

/** The identity of this tab. */
export function useSession(options: UseSessionOptions = {}): UseSessionReturn {
  const { storage = sessionStorage, signIn: ask = signInAsGuest } = options
  const session = shallowRef<Session | null>(load(storage))
  const busy = ref(false)
  const error = ref('')

  async function signIn(typed: string): Promise<void> {
    const name = typed.trim().toLowerCase()
    if (!USER_PATTERN.test(name)) {
      error.value = 'A name has 1 to 32 letters a–z, digits, dots, dashes or underscores, and starts with a letter or digit.'
      return
    }
    busy.value = true
    error.value = ''
    try {
      session.value = await ask(name)
      storage.setItem(STORAGE_KEY, JSON.stringify(session.value))
    } catch (reason) {
      error.value = reason instanceof Error ? reason.message : String(reason)
    } finally {
      busy.value = false
    }
  }

  function signOut(reason = ''): void {
    storage.removeItem(STORAGE_KEY)
    session.value = null
    error.value = reason
  }

  return { session: shallowReadonly(session), busy: readonly(busy), error: readonly(error), signIn, signOut }
}

function load(storage: Storage): Session | null {
  const kept = storage.getItem(STORAGE_KEY)
  if (kept === null) {
    return null
  }
  const session = JSON.parse(kept) as Session
  return session.expiresAt > Date.now() ? session : null
}
