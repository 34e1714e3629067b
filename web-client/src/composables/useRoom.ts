import { onScopeDispose, readonly, ref, shallowReadonly, shallowRef, toValue, watch, type MaybeRefOrGetter, type Ref, type ShallowRef } from 'vue'
import type { ChatClient } from '../chat/chatClient'
import type { RoomEvent, RoomInfo } from '../chat/contract'
import type { Outbox } from '../chat/outbox'
import { sentenceOf } from '../chat/sentences'
import { Timeline, type TimelineEntry, type TimelineOptions } from '../chat/timeline'
import { RequestFailure } from '../rsocket/failure'
import type { RenderCreditOptions } from '../rsocket/renderCredit'
import { useReadMarker } from './useReadMarker'
import { useRenderPump } from './useRenderPump'
import { useTexts } from './useTexts'

/** After a break, more entries than this are not replayed one by one: the newest page is loaded instead. */
const REPLAY_AT_MOST = 200

export interface UseRoomOptions {
  timeline?: TimelineOptions
  credit?: RenderCreditOptions
  /** ms before a feed that the server ended is asked for again. @default 2000 */
  retryAfterMs?: number
  /** Called with each batch of the feed as it is shown. */
  onEvents?: (batch: readonly RoomEvent[]) => void
}

export interface UseRoomReturn {
  info: Readonly<ShallowRef<RoomInfo | null>>
  entries: Readonly<ShallowRef<readonly TimelineEntry[]>>
  /** `live`: the feed runs; `closed`: the server will not show this room, see `error`. */
  status: Readonly<Ref<'loading' | 'live' | 'closed'>>
  error: Readonly<Ref<string>>
  canLoadOlder: Readonly<Ref<boolean>>
  loadingOlder: Readonly<Ref<boolean>>
  /** The position that the server was told the reader has read up to. */
  lastSeen: Readonly<Ref<number>>
  loadOlder(): Promise<void>
  /** The reader is at the newest entries again. */
  follow(): void
  join(): Promise<void>
}

/**
 * One room on the screen: newest history, then the feed from its head on, so that nothing is missing and nothing comes twice; again
 * from the last entry seen when the connection was lost.
 */
export function useRoom(
  client: Readonly<ShallowRef<ChatClient | null>>,
  room: MaybeRefOrGetter<string>,
  outboxOf: (room: string) => Outbox,
  options: UseRoomOptions = {},
): UseRoomReturn {
  const info = shallowRef<RoomInfo | null>(null)
  const entries = shallowRef<readonly TimelineEntry[]>([])
  const status = ref<'loading' | 'live' | 'closed'>('loading')
  const error = ref('')
  const canLoadOlder = ref(false)
  const loadingOlder = ref(false)
  const lastSeen = ref(0)
  let timeline = new Timeline(options.timeline)
  /** Answers that belong to an older visit are dropped. */
  let visit = 0
  let retry: ReturnType<typeof setTimeout> | undefined

  const pump = useRenderPump<RoomEvent>({ show, credit: options.credit })
  const readMarker = useReadMarker(client, { onTold: (_, seq) => (lastSeen.value = seq) })
  const { translator } = useTexts()

  watch(
    () => toValue(room),
    () => {
      timeline = new Timeline(options.timeline)
      info.value = null
      publish()
    },
    { flush: 'sync' },
  )
  watch([client, () => toValue(room)], () => void enter(), { immediate: true })

  async function enter(): Promise<void> {
    const mine = ++visit
    clearTimeout(retry)
    pump.close()
    const current = client.value
    const name = toValue(room)
    status.value = 'loading'
    error.value = ''
    loadingOlder.value = false
    if (current === null) {
      return
    }
    try {
      const [about, page] = await Promise.all([current.getRoom(name), current.history(name)])
      if (mine !== visit) {
        return
      }
      info.value = about
      const missed = page.head - timeline.lastSeq
      if (timeline.epoch !== page.epoch || missed < 0 || missed > REPLAY_AT_MOST) {
        timeline.reset(page)
      }
      publish()
      const position = { after: timeline.lastSeq, epoch: timeline.epoch }
      pump.open((onNext, initial) => current.feed(name, position, { onNext, onEnd: (failure) => mine === visit && ended(failure) }, initial))
      status.value = 'live'
    } catch (reason) {
      if (mine === visit) {
        ended(RequestFailure.from(reason))
      }
    }
  }

  function ended(failure: RequestFailure | undefined): void {
    if (failure?.kind === 'connection_lost') {
      // The connection comes back as another client, and the watcher above enters again.
      status.value = 'loading'
    } else if (failure === undefined || failure.retryable) {
      status.value = 'loading'
      retry = setTimeout(() => void enter(), options.retryAfterMs ?? 2000)
    } else if (failure.kind === 'gone') {
      timeline = new Timeline(options.timeline)
      void enter()
    } else {
      status.value = 'closed'
      error.value = sentenceOf(failure, translator.value)
    }
  }

  function show(batch: readonly RoomEvent[]): void {
    timeline.apply(batch)
    publish()
    options.onEvents?.(batch)
    if (batch.some((event) => event.type === 'member' || event.type === 'room')) {
      void refreshInfo()
    }
  }

  function publish(): void {
    const name = toValue(room)
    entries.value = timeline.entries
    canLoadOlder.value = timeline.canLoadOlder
    outboxOf(name).settle(timeline.lastSeq, new Set(timeline.entries.flatMap((entry) => (entry.kind === 'message' && entry.id ? [entry.id] : []))))
    if (info.value?.role !== undefined) {
      readMarker.seen(name, timeline.lastSeq)
    }
  }

  /** Runs an action on this visit; what goes wrong is told, unless the reader has left meanwhile. */
  async function attempt(action: (client: ChatClient, name: string, isCurrent: () => boolean) => Promise<void>): Promise<void> {
    const mine = visit
    if (client.value === null) {
      return
    }
    try {
      await action(client.value, toValue(room), () => mine === visit)
    } catch (reason) {
      if (mine === visit) {
        error.value = sentenceOf(reason, translator.value)
      }
    }
  }

  const refreshInfo = () =>
    attempt(async (current, name, isCurrent) => {
      const about = await current.getRoom(name)
      if (isCurrent()) {
        info.value = about
      }
    })

  const join = () =>
    attempt(async (current, name, isCurrent) => {
      const about = await current.joinRoom(name)
      if (isCurrent()) {
        info.value = about
        error.value = ''
      }
    })

  async function loadOlder(): Promise<void> {
    const before = timeline.firstSeq
    if (loadingOlder.value || before === undefined || !timeline.canLoadOlder) {
      return
    }
    loadingOlder.value = true
    await attempt(async (current, name, isCurrent) => {
      const page = await current.history(name, { before })
      if (isCurrent()) {
        timeline.prepend(page)
        publish()
      }
    })
    loadingOlder.value = false
  }

  function follow(): void {
    timeline.follow()
    publish()
  }

  onScopeDispose(() => {
    visit++
    clearTimeout(retry)
  })

  return {
    info: shallowReadonly(info),
    entries: shallowReadonly(entries),
    status: readonly(status),
    error: readonly(error),
    canLoadOlder: readonly(canLoadOlder),
    loadingOlder: readonly(loadingOlder),
    lastSeen: readonly(lastSeen),
    loadOlder,
    follow,
    join,
  }
}
