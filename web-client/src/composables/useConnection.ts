import { onScopeDispose, shallowReadonly, shallowRef, watch, type ShallowRef } from 'vue'
import { ChatClient } from '../chat/chatClient'
import type { Session } from '../chat/contract'
import { connect } from '../rsocket/connect'
import type { Connection } from '../rsocket/connection'
import type { RequestFailure } from '../rsocket/failure'
import { messagePack } from '../rsocket/format'
import { Link, type LinkState } from '../rsocket/link'
import { bearerMetadata } from '../rsocket/metadata'

export interface UseConnectionOptions {
  /** Opens one accepted connection. @default RSocket over WebSocket to the page's own host */
  dial?: (session: Session, signal: AbortSignal) => Promise<Connection>
  /** The server will not have this session. */
  onRefused?: (failure: RequestFailure) => void
}

export interface UseConnectionReturn {
  state: Readonly<ShallowRef<LinkState>>
  /** A new object for each connection, `null` while there is none: watch it to start anew what runs on it. */
  client: Readonly<ShallowRef<ChatClient | null>>
  retryNow(): void
}

/** Keeps one connection open for as long as somebody is signed in. */
export function useConnection(session: Readonly<ShallowRef<Session | null>>, options: UseConnectionOptions = {}): UseConnectionReturn {
  const { dial = dialOwnHost, onRefused } = options
  const state = shallowRef<LinkState>({ kind: 'stopped' })
  const client = shallowRef<ChatClient | null>(null)
  let link: Link | undefined

  watch(
    session,
    (current) => {
      link?.stop()
      link = undefined
      if (current !== null) {
        link = new Link((signal) => dial(current, signal))
        link.onState(follow)
        link.start()
      }
    },
    { immediate: true },
  )

  function follow(next: LinkState): void {
    state.value = next
    client.value = next.kind === 'open' ? new ChatClient(next.connection) : null
    if (next.kind === 'stopped' && next.failure) {
      onRefused?.(next.failure)
    }
  }

  const retryNow = () => link?.retryNow()
  window.addEventListener('online', retryNow)
  onScopeDispose(() => {
    window.removeEventListener('online', retryNow)
    link?.stop()
  })

  return { state: shallowReadonly(state), client: shallowReadonly(client), retryNow }
}

function dialOwnHost(session: Session, signal: AbortSignal): Promise<Connection> {
  const url = new URL('/rsocket', location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  return connect({
    url: url.href,
    format: messagePack,
    setupMetadata: bearerMetadata(session.token),
    probe: { route: 'system.whoami', data: {} },
    signal,
  })
}
