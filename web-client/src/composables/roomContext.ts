import { inject, provide, type ComputedRef, type InjectionKey } from 'vue'
import type { Attachment } from '../chat/contract'
import type { MessageEntry } from '../chat/timeline'
import type { UseAttachmentsReturn } from './useAttachments'
import type { Quote } from './useQuotes'

/** What the rows of a room may ask for. */
export interface RoomContext {
  readonly me: string
  /** Writing, reacting and the like need membership. */
  readonly isMember: Readonly<ComputedRef<boolean>>
  /** May delete what others wrote. */
  readonly isModerator: Readonly<ComputedRef<boolean>>
  readonly attachments: UseAttachmentsReturn
  quote(seq: number): Quote | undefined
  jump(seq: number): void
  reply(entry: MessageEntry): void
  edit(entry: MessageEntry): void
  remove(entry: MessageEntry): void
  react(entry: MessageEntry, emoji: string): void
  look(picture: { attachment: Attachment; url: string }): void
}

const KEY: InjectionKey<RoomContext> = Symbol('room')

export const provideRoom = (context: RoomContext): void => provide(KEY, context)

export function useRoomContext(): RoomContext {
  const context = inject(KEY)
  if (context === undefined) {
    throw new Error('This component belongs into a room.')
  }
  return context
}
