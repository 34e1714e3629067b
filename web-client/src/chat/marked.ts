/** Words before the first hit that are shown of a long text. */
const BEFORE = 40
const LENGTH = 240

/** A text in parts, those that are words of the query set off; the neighbourhood of the first when it is long. */
export function marked(text: string, query: string): { text: string; hit: boolean }[] {
  const words = query.trim().split(/\s+/).filter(Boolean).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  if (words.length === 0) {
    return [{ text: text.slice(0, LENGTH), hit: false }]
  }
  const pattern = new RegExp(`(${words.join('|')})`, 'giu')
  const first = Math.max(0, text.search(pattern) - BEFORE)
  const part = (first > 0 ? '…' : '') + text.slice(first, first + LENGTH) + (text.length > first + LENGTH ? '…' : '')
  return part.split(pattern).flatMap((piece, index) => (piece === '' ? [] : [{ text: piece, hit: index % 2 === 1 }]))
}
