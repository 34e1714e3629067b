import type { room as original } from '../en/room'
import type { Translation } from '../text'

export const room: Translation<typeof original> = {
  'room.members': { other: '{count} 位成员' },
}
