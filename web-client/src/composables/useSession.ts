import { onScopeDispose, readonly, ref, shallowReadonly, shallowRef, type Ref, type ShallowRef } from 'vue'
import { PASSWORD_BYTES, USER_PATTERN, type Session } from '../chat/contract'
import { signInBy, signInSentence, type SignInWay } from '../chat/signIn'
import { useTexts } from './useTexts'

const STORAGE_KEY = 'rsocketim.session'
/** Longest delay of a browser's timer, in ms. */
const MAX_DELAY_MS = 0x7fffffff
/** How long before the end an account's owner is asked for the password, in ms; less for tokens that live shortly. */
const WARN_BEFORE_MS = 10 * 60_000
/** Between attempts to get a guest's name again, in ms. */
const RENEW_EVERY_MS = 2000

export interface Credentials {
  way: SignInWay
  name: string
  /** '' for guests. */
  password: string
  /** Kept on this device until signed out; otherwise gone with the tab. */
  remember: boolean
}

export interface UseSessionOptions {
  /** Where a session survives a reload and ends with its tab. @default sessionStorage */
  tab?: Storage
  /** Where it survives the tab, for who wants that. @default localStorage */
  device?: Storage
  /** @default signInBy */
  signIn?: (way: SignInWay, name: string, password: string) => Promise<Session>
}

export interface UseSessionReturn {
  /** Who is signed in, `null` for nobody. A newer token of the same user is another object. */
  session: Readonly<ShallowRef<Session | null>>
  busy: Readonly<Ref<boolean>>
  /** Why the last sign-in failed or the session ended, '' for nothing to say. */
  error: Readonly<Ref<string>>
  /** The token of an account is about to expire: its owner has to say the password again. */
  ending: Readonly<Ref<boolean>>
  signIn(credentials: Credentials): Promise<void>
  /** Another token for who is signed in. */
  renew(password: string): Promise<void>
  signOut(reason?: string): void
  /** The server does not take this token any more. */
  refused(): void
}

/**
 * The identity of this tab. A token can only be replaced by signing in again (rsocket-js sends no METADATA_PUSH, see `useConnection`):
 * a guest's name is asked for again as it falls free, an account's owner is asked for the password in time.
 */
export function useSession(options: UseSessionOptions = {}): UseSessionReturn {
  const { tab = sessionStorage, device = localStorage, signIn: ask = signInBy } = options
  const { t, translator } = useTexts()
  const session = shallowRef<Session | null>(load(tab) ?? load(device))
  const busy = ref(false)
  const error = ref('')
  const ending = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  async function signIn({ way, name: typed, password, remember }: Credentials): Promise<void> {
    const name = typed.trim().toLowerCase()
    if (!USER_PATTERN.test(name)) {
      error.value = t('signIn.badName')
      return
    }
    const bytes = new TextEncoder().encode(password).length
    if (way !== 'guest' && (bytes < PASSWORD_BYTES.min || bytes > PASSWORD_BYTES.max)) {
      error.value = t('signIn.badPassword')
      return
    }
    busy.value = true
    error.value = ''
    try {
      take(await ask(way, name, password), remember)
    } catch (reason) {
      error.value = signInSentence(reason, name, translator.value)
    } finally {
      busy.value = false
    }
  }

  async function renew(password: string): Promise<void> {
    if (session.value !== null) {
      const { user, guest } = session.value
      await signIn({ way: guest ? 'guest' : 'login', name: user, password, remember: device.getItem(STORAGE_KEY) !== null })
    }
  }

  function take(next: Session, remember: boolean): void {
    ;(remember ? tab : device).removeItem(STORAGE_KEY)
    ;(remember ? device : tab).setItem(STORAGE_KEY, JSON.stringify(next))
    session.value = next
    watchEnd()
  }

  function signOut(reason = ''): void {
    tab.removeItem(STORAGE_KEY)
    device.removeItem(STORAGE_KEY)
    session.value = null
    error.value = reason
    watchEnd()
  }

  /** Looks at the clock, does what is due, and comes back when the next thing is. */
  function watchEnd(): void {
    clearTimeout(timer)
    const current = session.value
    ending.value = false
    if (current === null) {
      return
    }
    const left = current.expiresAt - Date.now()
    const due = current.guest ? left : left - WARN_BEFORE_MS
    if (due > 0) {
      timer = setTimeout(watchEnd, Math.min(due, MAX_DELAY_MS))
    } else if (current.guest) {
      void renewGuest(current)
    } else {
      ending.value = true
    }
  }

  async function renewGuest(current: Session, isLastTry = false): Promise<void> {
    clearTimeout(timer)
    const remember = device.getItem(STORAGE_KEY) !== null
    try {
      const next = await ask('guest', current.user, '')
      if (session.value === current) {
        take(next, remember)
      }
    } catch (reason) {
      if (session.value !== current) {
        return
      }
      if (isLastTry) {
        signOut(signInSentence(reason, current.user, translator.value))
      } else {
        // Still held, by this very token: the server's clock is behind. Or the server is away. Until it refuses the token there is time.
        timer = setTimeout(watchEnd, RENEW_EVERY_MS)
      }
    }
  }

  function refused(): void {
    const current = session.value
    if (current?.guest) {
      void renewGuest(current, true)
    } else if (current !== null) {
      signOut(t('signIn.over'))
    }
  }

  /** Another tab signed in or out on this device. */
  function onOtherTab({ key, newValue, storageArea }: StorageEvent): void {
    if (storageArea === device && key === STORAGE_KEY && session.value !== null && tab.getItem(STORAGE_KEY) === null) {
      session.value = newValue === null ? null : load(device)
      watchEnd()
    }
  }

  watchEnd()
  window.addEventListener('storage', onOtherTab)
  onScopeDispose(() => {
    window.removeEventListener('storage', onOtherTab)
    clearTimeout(timer)
  })

  return {
    session: shallowReadonly(session),
    busy: readonly(busy),
    error: readonly(error),
    ending: readonly(ending),
    signIn,
    renew,
    signOut,
    refused,
  }
}

function load(storage: Storage): Session | null {
  const kept = storage.getItem(STORAGE_KEY)
  if (kept === null) {
    return null
  }
  try {
    const session = JSON.parse(kept) as Session
    return session.expiresAt > Date.now() ? session : null
  } catch {
    // Nothing this page wrote: nobody is signed in.
    return null
  }
}
