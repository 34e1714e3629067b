import { computed, onScopeDispose, readonly, ref, shallowReadonly, shallowRef, toValue, watch, type ComputedRef, type MaybeRefOrGetter, type Ref, type ShallowRef } from 'vue'
import type { ChatClient } from '../chat/chatClient'
import type { RoomEvent, RoomInfo } from '../chat/contract'
import type { Outbox } from '../chat/outbox'
import { sentenceOf } from '../chat/sentences'
import { Timeline, type TimelineEntry, type TimelineOptions } from '../chat/timeline'
import { RequestFailure } from '../rsocket/failure'
import { FULL_PACE, type Pace, type RenderCreditOptions } from '../rsocket/renderCredit'
import { useReadMarker } from './useReadMarker'
import { useRenderPump } from './useRenderPump'
import { useTexts } from './useTexts'

/** After a break, more entries than this are not replayed one by one: the newest page is loaded instead. */
const REPLAY_AT_MOST = 200
/** Entries that are asked for on each side of a place to jump to. */
const AROUND = 40
/** Entries of a page that scrolling asks for. */
const PAGE = 200

export interface UseRoomOptions {
  timeline?: TimelineOptions
  credit?: RenderCreditOptions
  /** ms before a feed that the server ended is asked for again. @default 2000 */
  retryAfterMs?: number
  /** Called with each batch of the feed as it is shown. */
  onEvents?: (batch: readonly RoomEvent[]) => void
  /** @default document.hidden */
  isHidden?: () => boolean
}

export interface UseRoomReturn {
  info: Readonly<ShallowRef<RoomInfo | null>>
  entries: Readonly<ShallowRef<readonly TimelineEntry[]>>
  /** `live`: the feed runs; `closed`: the server will not show this room, see `error`. */
  status: Readonly<Ref<'loading' | 'live' | 'closed'>>
  error: Readonly<Ref<string>>
  canLoadOlder: Readonly<Ref<boolean>>
  /** The newest entries are not in the window: there is something to load at its lower end. */
  canLoadNewer: Readonly<Ref<boolean>>
  loadingOlder: Readonly<Ref<boolean>>
  loadingNewer: Readonly<Ref<boolean>>
  /** The position that the server was told the reader has read up to. */
  lastSeen: Readonly<Ref<number>>
  /** Messages that came while the reader was elsewhere in the room. */
  unseen: Readonly<Ref<number>>
  /** Seq up to which the reader had read when they came here or looked away; `undefined`: nothing is new. */
  newAfter: Readonly<Ref<number | undefined>>
  /** Seq the feed has brought so far. */
  position: Readonly<ComputedRef<number>>
  /** The reader has answered: nothing is new any more. */
  noneNew(): void
  pace: Readonly<ShallowRef<Pace>>
  setPace(pace: Pace): void
  loadOlder(): Promise<void>
  loadNewer(): Promise<void>
  /** Brings the entries around `seq` into the window; whether there is such an entry. */
  jumpTo(seq: number): Promise<boolean>
  /** Brings the newest entries into the window. */
  toNewest(): Promise<void>
  /** Leaves out what the feed is behind, and goes on at the head. */
  skipToHead(): Promise<void>
  /** Whether the reader is at the newest entries. */
  follow(isThere: boolean): void
  join(): Promise<void>
  /** Asks the server for something; what goes wrong is shown. Whether it went well. */
  attempt(action: (client: ChatClient, room: string) => Promise<unknown>): Promise<boolean>
  dismissError(): void
}

/** The pace of each room is kept while the page is open, also while another room is shown. */
const paces = new Map<string, Pace>()

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
  const { isHidden = () => document.hidden } = options
  const info = shallowRef<RoomInfo | null>(null)
  const entries = shallowRef<readonly TimelineEntry[]>([])
  const status = ref<'loading' | 'live' | 'closed'>('loading')
  const error = ref('')
  const canLoadOlder = ref(false)
  const canLoadNewer = ref(false)
  const loadingOlder = ref(false)
  const loadingNewer = ref(false)
  const lastSeen = ref(0)
  const lastSeq = ref(0)
  const unseen = ref(0)
  const newAfter = ref<number>()
  const pace = shallowRef<Pace>(FULL_PACE)
  let timeline = new Timeline(options.timeline)
  /** Answers that belong to an older visit are dropped. */
  let visit = 0
  /** Answers that would put entries into a window that has been moved since are dropped. */
  let move = 0
  let isFollowing = true
  let retry: ReturnType<typeof setTimeout> | undefined

  const pump = useRenderPump<RoomEvent>({ name: () => 'rooms.feed', show, credit: options.credit, isHidden })
  const readMarker = useReadMarker(client, { onTold: (_, seq) => (lastSeen.value = seq) })
  const { translator } = useTexts()

  watch(
    () => toValue(room),
    (name) => {
      timeline = new Timeline(options.timeline)
      info.value = null
      newAfter.value = undefined
      unseen.value = 0
      isFollowing = true
      pace.value = paces.get(name) ?? FULL_PACE
      pump.setPace(pace.value)
      publish()
    },
    { flush: 'sync', immediate: true },
  )
  watch([client, () => toValue(room)], () => void enter(), { immediate: true })

  async function enter(): Promise<void> {
    const mine = ++visit
    move++
    clearTimeout(retry)
    pump.close()
    const current = client.value
    const name = toValue(room)
    status.value = 'loading'
    error.value = ''
    loadingOlder.value = false
    loadingNewer.value = false
    if (current === null) {
      return
    }
    try {
      const [about, page] = await Promise.all([current.getRoom(name), current.history(name)])
      if (mine !== visit) {
        return
      }
      const missed = page.head - timeline.lastSeq
      if (timeline.lastSeq > 0 ? missed > 0 : (about.unread ?? 0) > 0) {
        newAfter.value ??= timeline.lastSeq > 0 ? timeline.lastSeq : (about.readSeq ?? 0)
      }
      info.value = about
      // A reader who paused wants what comes in between as well: then it waits at the server, however much it is.
      const replays = missed >= 0 && (missed <= REPLAY_AT_MOST || pace.value.paused)
      if (timeline.epoch !== page.epoch || !replays) {
        timeline.reset(page)
      }
      publish()
      const position = { after: timeline.lastSeq, epoch: timeline.epoch, isMember: about.role !== undefined }
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
      if (failure?.kind === 'transport_lost') {
        error.value = sentenceOf(failure, translator.value)
      }
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
    if (!isFollowing) {
      unseen.value += batch.filter((event) => event.type === 'message').length
    }
    if (isHidden() && newAfter.value === undefined && batch.some((event) => event.type === 'message')) {
      newAfter.value = timeline.lastSeq
    }
    timeline.apply(batch, isFollowing)
    publish()
    options.onEvents?.(batch)
    if (batch.some((event) => event.type === 'member' || event.type === 'room')) {
      void refreshInfo()
    }
  }

  function publish(): void {
    const name = toValue(room)
    entries.value = timeline.entries
    lastSeq.value = timeline.lastSeq
    canLoadOlder.value = timeline.canLoadOlder
    canLoadNewer.value = !timeline.attached
    const box = outboxOf(name)
    if (box.entries.length > 0) {
      box.settle(timeline.lastSeq, new Set(timeline.entries.flatMap((entry) => (entry.kind === 'message' && entry.id ? [entry.id] : []))))
    }
    noteRead()
  }

  /** What is below the reader's eyes is not read yet. */
  function noteRead(): void {
    if (isFollowing && timeline.attached && timeline.lastSeq > 0 && info.value?.role !== undefined) {
      readMarker.seen(toValue(room), timeline.lastSeq)
    }
  }

  /** Runs an action on this visit; what goes wrong is told, unless the reader has left meanwhile. */
  async function run(action: (client: ChatClient, name: string, isCurrent: () => boolean) => Promise<unknown>): Promise<boolean> {
    const mine = visit
    if (client.value === null) {
      error.value = translator.value.t('rooms.noConnection')
      return false
    }
    try {
      await action(client.value, toValue(room), () => mine === visit)
      return true
    } catch (reason) {
      if (mine === visit) {
        error.value = sentenceOf(reason, translator.value)
      }
      return false
    }
  }

  const refreshInfo = () =>
    run(async (current, name, isCurrent) => {
      const about = await current.getRoom(name)
      if (isCurrent()) {
        info.value = about
      }
    })

  async function join(): Promise<void> {
    await run(async (current, name, isCurrent) => {
      const about = await current.joinRoom(name)
      if (isCurrent()) {
        info.value = about
        error.value = ''
      }
    })
  }

  async function loadOlder(): Promise<void> {
    const before = timeline.firstSeq
    if (loadingOlder.value || before === undefined || !timeline.canLoadOlder || client.value === null) {
      return
    }
    const mine = move
    loadingOlder.value = true
    await run(async (current, name) => {
      const page = await current.history(name, { before, limit: PAGE })
      if (mine === move) {
        timeline.prepend(page)
        publish()
      }
    })
    loadingOlder.value = false
  }

  async function loadNewer(): Promise<void> {
    if (loadingNewer.value || timeline.attached || client.value === null) {
      return
    }
    const mine = move
    loadingNewer.value = true
    await run(async (current, name) => {
      const page = await current.history(name, { after: timeline.endSeq, limit: PAGE })
      if (mine === move) {
        timeline.append(page)
        publish()
      }
    })
    loadingNewer.value = false
  }

  async function jumpTo(seq: number): Promise<boolean> {
    const isThere = () => timeline.entries.some((entry) => entry.seq === seq)
    if (isThere()) {
      return true
    }
    const mine = ++move
    await run(async (current, name) => {
      const [older, newer] = await Promise.all([
        current.history(name, { before: seq + 1, limit: AROUND }),
        current.history(name, { after: seq, limit: AROUND }),
      ])
      if (mine === move) {
        isFollowing = false
        timeline.moveTo(older, newer)
        publish()
      }
    })
    return isThere()
  }

  async function toNewest(): Promise<void> {
    if (timeline.attached) {
      return
    }
    const mine = ++move
    await run(async (current, name) => {
      const page = await current.history(name)
      if (mine === move) {
        timeline.moveToNewest(page)
        publish()
      }
    })
  }

  async function skipToHead(): Promise<void> {
    timeline = new Timeline(options.timeline)
    unseen.value = 0
    isFollowing = true
    await enter()
  }

  function follow(isThere: boolean): void {
    isFollowing = isThere && timeline.attached
    if (isFollowing) {
      unseen.value = 0
      timeline.follow()
      publish()
    }
  }

  function setPace(next: Pace): void {
    pace.value = next
    paces.set(toValue(room), next)
    pump.setPace(next)
  }

  onScopeDispose(() => {
    visit++
    move++
    clearTimeout(retry)
  })

  return {
    info: shallowReadonly(info),
    entries: shallowReadonly(entries),
    status: readonly(status),
    error: readonly(error),
    canLoadOlder: readonly(canLoadOlder),
    canLoadNewer: readonly(canLoadNewer),
    loadingOlder: readonly(loadingOlder),
    loadingNewer: readonly(loadingNewer),
    lastSeen: readonly(lastSeen),
    unseen: readonly(unseen),
    newAfter: readonly(newAfter),
    position: computed(() => lastSeq.value),
    noneNew: () => (newAfter.value = undefined),
    pace: shallowReadonly(pace),
    setPace,
    loadOlder,
    loadNewer,
    jumpTo,
    toNewest,
    skipToHead,
    follow,
    join,
    attempt: (action) => run((current, name) => action(current, name)),
    dismissError: () => (error.value = ''),
  }
}
