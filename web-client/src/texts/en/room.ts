/** The room: messages, composer, history. */
export const room = {
  'room.members': { one: '{count} member', other: '{count} members' },
} as const
