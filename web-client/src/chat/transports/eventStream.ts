/** One event of a `text/event-stream`. */
export interface StreamEvent {
  readonly event: string
  readonly data: string
}

/** Cuts a `text/event-stream` into its events, wherever the pieces it comes in are cut. Comments, ids and anything else are left out. */
export class EventStreamReader {
  readonly #decoder = new TextDecoder()
  #rest = ''
  #event = ''
  #data: string[] = []
  #isAfterReturn = false

  /** The events that a piece completes. */
  push(piece: Uint8Array): StreamEvent[] {
    return this.#lines(this.#decoder.decode(piece, { stream: true })).flatMap((line) => this.#take(line) ?? [])
  }

  #lines(text: string): string[] {
    const lines: string[] = []
    let from = 0
    for (let at = 0; at < text.length; at++) {
      const letter = text[at]
      if (letter === '\n' && this.#isAfterReturn) {
        // CR LF is one end of a line, also when a piece ends between the two.
        this.#isAfterReturn = false
        from = at + 1
      } else if (letter === '\n' || letter === '\r') {
        this.#isAfterReturn = letter === '\r'
        lines.push(this.#rest + text.slice(from, at))
        this.#rest = ''
        from = at + 1
      } else {
        this.#isAfterReturn = false
      }
    }
    this.#rest += text.slice(from)
    return lines
  }

  #take(line: string): StreamEvent | undefined {
    if (line === '') {
      const event = this.#data.length === 0 ? undefined : { event: this.#event || 'message', data: this.#data.join('\n') }
      this.#event = ''
      this.#data = []
      return event
    }
    const colon = line.indexOf(':')
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'data') {
      this.#data.push(value)
    } else if (name === 'event') {
      this.#event = value
    }
    return undefined
  }
}
