/** What is written and not sent, by room, while the page is open. */
const drafts = new Map<string, string>()

export const takeDraft = (room: string): string => drafts.get(room) ?? ''

export function keepDraft(room: string, text: string): void {
  if (text === '') {
    drafts.delete(room)
  } else {
    drafts.set(room, text)
  }
}
