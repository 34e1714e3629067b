import { onScopeDispose, ref, type Ref } from 'vue'
import { ROOM_PATTERN } from '../chat/contract'

export interface UseRoomInAddressReturn {
  /** The room that is open, '' for none. */
  room: Readonly<Ref<string>>
  open(room: string): void
}

/** Keeps the open room in the address (`#/lobby`), so that reload, back and bookmarks work. */
export function useRoomInAddress(): UseRoomInAddressReturn {
  const room = ref(read())
  const follow = () => (room.value = read())
  window.addEventListener('hashchange', follow)
  onScopeDispose(() => window.removeEventListener('hashchange', follow))

  function open(next: string): void {
    // The address is the truth; `hashchange` comes later, and the page need not wait for it.
    location.hash = next === '' ? '' : `/${encodeURIComponent(next)}`
    room.value = next
  }
  return { room, open }
}

function read(): string {
  const name = location.hash.replace(/^#\/?/, '')
  // Only a room id stands there when we wrote it; anything else, malformed escapes too, is no room.
  const decoded = name.replaceAll('%3A', ':')
  return ROOM_PATTERN.test(decoded) || /^dm:[a-z0-9._:-]+$/.test(decoded) ? decoded : ''
}
