import { onScopeDispose, readonly, ref, shallowReadonly, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { ChatClient } from '../chat/chatClient'
import type { RoomEvent, RoomInfo } from '../chat/contract'
import { RoomList, type ListedRoom } from '../chat/roomList'
import { sentenceOf } from '../chat/sentences'
import { RequestFailure } from '../rsocket/failure'
import { FULL_PACE } from '../rsocket/renderCredit'
import { useRenderPump } from './useRenderPump'
import { useTexts } from './useTexts'

/** Rooms of one's own that are listed at most; a page has 200. */
const MAX_ROOMS = 1000
const PAGE = 200
/** Before an inbox that the server ended is asked for again, in ms. */
const RETRY_MS = 2000
/** A list shows the last entry of each room: nobody can read more of them than this, a second. What floods a room is read in the room. */
const CALM_PACE = { perSecond: 30, paused: false }
/** An inbox that has been read at its full pace for so long, in ms, is behind: the list is read again instead of all that lies between. */
const BEHIND_MS = 3000

export interface UseRoomsReturn {
  /** Rooms the reader is a member of, the most lively first. */
  rooms: Readonly<ShallowRef<readonly ListedRoom[]>>
  /** Rooms the reader is invited to and has not joined. */
  invitations: Readonly<ShallowRef<readonly RoomInfo[]>>
  /** Whether the list has been read at least once. */
  loaded: Readonly<Ref<boolean>>
  error: Readonly<Ref<string>>
  /** Reads the list again. */
  refresh(): Promise<void>
  /** A room that was made, joined or changed here: at once in the list. */
  put(info: RoomInfo): void
  /** A room that was left here. */
  drop(room: string): void
  /** The reader has seen a room up to `seq`. */
  noteRead(room: string, seq: number): void
}

/**
 * The reader's rooms, kept up to date by one `inbox.feed` for all of them: it starts one entry before each room's head, so that the
 * first thing it brings is every room's last entry, and it is paced by what the list has drawn. It also tells who invites the reader, or
 * puts them out. Nothing is polled.
 */
export function useRooms(client: Readonly<ShallowRef<ChatClient | null>>, me: string): UseRoomsReturn {
  const list = new RoomList(me)
  const rooms = shallowRef<readonly ListedRoom[]>([])
  const invitations = shallowRef<readonly RoomInfo[]>([])
  const loaded = ref(false)
  const error = ref('')
  const { translator } = useTexts()
  /** Answers that belong to an older connection or reading are dropped. */
  let visit = 0
  let retry: ReturnType<typeof setTimeout> | undefined
  /** What the inbox has told of rooms that are not, or no more, in the list. */
  const told = new Map<string, 'invited' | 'ended'>()
  /** Events that only tell what was last in each room, until the inbox is at the heads. */
  let replayed = 0
  /** Events since `busySince`, which is when the inbox began to bring as much as it may. */
  let busyWith = 0
  let busySince = 0

  const pump = useRenderPump<RoomEvent>({ name: () => 'inbox.feed', show, credit: { window: 64, hiddenWindow: 8 } })

  async function refresh(): Promise<void> {
    const mine = ++visit
    clearTimeout(retry)
    pump.close()
    const current = client.value
    if (current === null) {
      return
    }
    try {
      const infos = await readAll(current)
      if (mine !== visit) {
        return
      }
      list.reset(infos)
      publish()
      loaded.value = true
      error.value = ''
      told.clear()
      replayed = infos.filter(({ head }) => head > 0).length
      busyWith = 0
      pump.setPace(replayed > 0 ? FULL_PACE : CALM_PACE)
      const positions = Object.fromEntries(infos.map(({ room, head }) => [room, Math.max(0, head - 1)]))
      const epochs = Object.fromEntries(infos.map(({ room, epoch }) => [room, epoch]))
      pump.open((onNext, initial) => current.inbox({ positions, epochs, notices: true }, { onNext, onEnd: (failure) => mine === visit && ended(failure) }, initial))
      // After the inbox, which tells of those that come from now on.
      void lookForInvitations()
    } catch (reason) {
      if (mine === visit) {
        ended(RequestFailure.from(reason))
      }
    }
  }

  function ended(failure: RequestFailure | undefined): void {
    if (failure?.kind === 'connection_lost' || failure?.kind === 'unauthenticated') {
      // The connection, or the next sign-in, comes back as another client.
      return
    }
    if (failure === undefined || failure.retryable || failure.kind === 'gone' || failure.kind === 'bad_request') {
      // `bad_request`: a room went back behind the position between the two questions. Both are mended by asking anew.
      retry = setTimeout(() => void refresh(), RETRY_MS)
      return
    }
    error.value = sentenceOf(failure, translator.value)
  }

  function show(batch: readonly RoomEvent[]): void {
    const { unknown, unclear, invited, ended } = list.apply(batch)
    ended.forEach((room) => told.set(room, 'ended'))
    invited.forEach((room) => told.set(room, 'invited'))
    invitations.value = invitations.value.filter(({ room }) => !ended.has(room))
    publish()
    invited.forEach((room) => void learnInvitation(room))
    unknown.forEach((room) => void learn(room, batch))
    unclear.forEach((room) => void learnLast(room))
    keepUp(batch.length)
  }

  /** A flood in one room is not read twice: the inbox takes some of it, and goes to the heads again and again. */
  function keepUp(count: number): void {
    if (replayed > 0) {
      replayed -= count
      if (replayed <= 0) {
        pump.setPace(CALM_PACE)
      }
      return
    }
    const now = performance.now()
    const elapsed = now - busySince
    if (busyWith === 0 || busyWith < (elapsed / 1000) * CALM_PACE.perSecond * 0.8 - CALM_PACE.perSecond / 4) {
      busySince = now
      busyWith = count
    } else {
      busyWith += count
      if (elapsed > BEHIND_MS) {
        void refresh()
      }
    }
  }

  const learnInvitation = (room: string) =>
    attempt(async (current, isCurrent) => {
      const info = await current.getRoom(room)
      if (isCurrent() && info.role === undefined) {
        invitations.value = [...invitations.value.filter((known) => known.room !== room), info]
        publish()
      }
    })

  /** A room that somebody else opened for the reader, or that was joined in another tab. */
  const learn = (room: string, batch: readonly RoomEvent[]) =>
    attempt(async (current, isCurrent) => {
      const info = await current.getRoom(room)
      if (isCurrent() && info.role !== undefined) {
        list.upsert(info)
        list.apply(batch.filter((event) => event.room === room))
        publish()
      }
    })

  const learnLast = (room: string) =>
    attempt(async (current, isCurrent) => {
      const { events } = await current.history(room, { limit: 1 })
      if (isCurrent() && events[0] !== undefined) {
        list.setLast(room, events[0])
        publish()
      }
    })

  const lookForInvitations = () =>
    attempt(async (current, isCurrent) => {
      const { rooms: listed } = await current.listRooms({ invited: true, limit: PAGE })
      if (isCurrent()) {
        // What the inbox told while the list was on its way is newer.
        const known = new Set(listed.map(({ room }) => room))
        const since = invitations.value.filter(({ room }) => told.get(room) === 'invited' && !known.has(room))
        invitations.value = [...listed.filter(({ room }) => told.get(room) !== 'ended'), ...since]
        publish()
      }
    })

  /** What only adds to the list: without an answer the list goes on without it. */
  async function attempt(action: (client: ChatClient, isCurrent: () => boolean) => Promise<void>): Promise<void> {
    const mine = visit
    if (client.value === null) {
      return
    }
    try {
      await action(client.value, () => mine === visit)
    } catch (reason) {
      console.warn('The list of rooms lacks something.', RequestFailure.from(reason).message)
    }
  }

  function publish(): void {
    rooms.value = list.rooms
    const unjoined = invitations.value.filter(({ room }) => list.find(room) === undefined)
    if (unjoined.length !== invitations.value.length) {
      invitations.value = unjoined
    }
  }

  function put(info: RoomInfo): void {
    list.upsert(info)
    publish()
  }

  function drop(room: string): void {
    list.remove(room)
    publish()
  }

  function noteRead(room: string, seq: number): void {
    list.read(room, seq)
    publish()
  }

  watch(client, () => void refresh(), { immediate: true })
  onScopeDispose(() => {
    visit++
    clearTimeout(retry)
  })

  return {
    rooms: shallowReadonly(rooms),
    invitations: shallowReadonly(invitations),
    loaded: readonly(loaded),
    error: readonly(error),
    refresh,
    put,
    drop,
    noteRead,
  }
}

async function readAll(client: ChatClient): Promise<RoomInfo[]> {
  const infos: RoomInfo[] = []
  let after: string | undefined
  do {
    const page = await client.listRooms({ mine: true, limit: PAGE, after })
    infos.push(...page.rooms)
    after = page.next
  } while (after !== undefined && infos.length < MAX_ROOMS)
  return infos
}
