/** What one click reacts with. Others that come from elsewhere are shown all the same. */
export const REACTIONS = ['👍', '❤️', '😂', '🎉', '😮', '😢', '👀', '✅'] as const
