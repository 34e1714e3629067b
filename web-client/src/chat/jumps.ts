/** A place in another room that is to be shown when that room opens. */
let next: { room: string; seq: number } | undefined

export function jumpLater(room: string, seq: number): void {
  next = { room, seq }
}

export function takeJump(room: string): number | undefined {
  const seq = next?.room === room ? next.seq : undefined
  if (seq !== undefined) {
    next = undefined
  }
  return seq
}
