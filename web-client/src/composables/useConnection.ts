import { onScopeDispose, shallowReadonly, shallowRef, toValue, watch, type MaybeRefOrGetter, type ShallowRef } from 'vue'
import { ChatClient } from '../chat/chatClient'
import type { Session } from '../chat/contract'
import { openTransport, socketUrl } from '../chat/transports/openTransport'
import type { RoomTransport, TransportKind } from '../chat/transports/roomTransport'
import { connect } from '../rsocket/connect'
import type { Connection } from '../rsocket/connection'
import type { RequestFailure } from '../rsocket/failure'
import { messagePack } from '../rsocket/format'
import { Link, type LinkState } from '../rsocket/link'
import { bearerMetadata } from '../rsocket/metadata'

export interface UseConnectionOptions {
  /** Opens one accepted connection. @default RSocket over WebSocket to the page's own host */
  dial?: (session: Session, signal: AbortSignal) => Promise<Connection>
  /** How the messages of rooms come and go; another one takes effect at once. @default RSocket */
  transport?: MaybeRefOrGetter<TransportKind>
  /** The server will not have this session. */
  onRefused?: (failure: RequestFailure) => void
}

export interface UseConnectionReturn {
  state: Readonly<ShallowRef<LinkState>>
  /** A new object for each connection, and for each way that messages take; `null` while there is none: watch it to start anew what runs on it. */
  client: Readonly<ShallowRef<ChatClient | null>>
  retryNow(): void
}

/** ms within which a server that is there answers, on a slow network too. */
const probeTimeoutMs = 5_000

/** Keeps one connection open for as long as somebody is signed in. */
export function useConnection(session: Readonly<ShallowRef<Session | null>>, options: UseConnectionOptions = {}): UseConnectionReturn {
  const { dial = dialOwnHost, transport: kind = 'rsocket', onRefused } = options
  const state = shallowRef<LinkState>({ kind: 'stopped' })
  const client = shallowRef<ChatClient | null>(null)
  let link: Link | undefined
  let transport: RoomTransport | undefined

  watch(
    session,
    (current) => {
      link?.stop()
      link = undefined
      if (current !== null) {
        link = new Link((signal) => dial(current, signal), { probe: (connection) => connection.request('system.whoami', {}, { timeoutMs: probeTimeoutMs }) })
        link.onState(follow)
        link.start()
      }
    },
    { immediate: true },
  )

  function follow(next: LinkState): void {
    state.value = next
    begin()
    if (next.kind === 'stopped' && next.failure) {
      onRefused?.(next.failure)
    }
  }

  /** What was read so far is known by its seqs, which are the same on every way: who reads on does so behind the last one. */
  function begin(): void {
    const before = transport
    const [now, who] = [state.value, session.value]
    transport = now.kind === 'open' && who !== null ? openTransport(toValue(kind), now.connection, who) : undefined
    client.value = now.kind === 'open' ? new ChatClient(now.connection, transport) : null
    before?.close()
  }
  watch(() => toValue(kind), begin, { flush: 'sync' })

  const retryNow = () => link?.retryNow()
  /** After a change of network, or a sleep, a socket may be dead and not know it: its KEEPALIVE would tell minutes later. */
  const check = () => void link?.check()
  function look(): void {
    retryNow()
    check()
  }
  const lookWhenSeen = () => document.visibilityState === 'visible' && look()
  window.addEventListener('online', look)
  window.addEventListener('offline', check)
  document.addEventListener('visibilitychange', lookWhenSeen)
  onScopeDispose(() => {
    window.removeEventListener('online', look)
    window.removeEventListener('offline', check)
    document.removeEventListener('visibilitychange', lookWhenSeen)
    transport?.close()
    link?.stop()
  })

  return { state: shallowReadonly(state), client: shallowReadonly(client), retryNow }
}

function dialOwnHost(session: Session, signal: AbortSignal): Promise<Connection> {
  return connect({
    url: socketUrl('/rsocket'),
    format: messagePack,
    setupMetadata: bearerMetadata(session.token),
    probe: { route: 'system.whoami', data: {} },
    signal,
  })
}
