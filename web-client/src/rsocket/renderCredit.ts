export interface RenderCreditOptions {
  /** Elements that may be on their way or waiting to be shown, 1..2³¹-1. @default 32 */
  window?: number
  /** The same while nobody looks: enough to stay awake, too little to work for nobody. @default 4 */
  hiddenWindow?: number
}

/**
 * Decides how much credit a view grants: what it has shown, no more. So a page that cannot keep up with a room slows down that one
 * stream, at the server, instead of filling its own memory.
 *
 *   granted and not received + received and not shown <= window, always
 */
export class RenderCredit {
  readonly #window: number
  readonly #hiddenWindow: number
  #outstanding: number
  #unrendered = 0

  constructor(options: RenderCreditOptions = {}) {
    this.#window = options.window ?? 32
    this.#hiddenWindow = Math.min(options.hiddenWindow ?? 4, this.#window)
    this.#outstanding = this.#window
  }

  /** Credit for the request itself. */
  get initial(): number {
    return this.#window
  }

  /** Elements the server may still send without a further grant. */
  get outstanding(): number {
    return this.#outstanding
  }

  /** Elements that came and are not on the screen yet. */
  get unrendered(): number {
    return this.#unrendered
  }

  /** Call for each element as it comes. Never grants: the receive callback is the wrong place. */
  received(): void {
    this.#outstanding--
    this.#unrendered++
  }

  /**
   * Call when `count` elements are on the screen (0 to look again, for instance as the page comes back to the front).
   * Returns the credit to grant now, 0 for none.
   */
  rendered(count: number, hidden: boolean): number {
    this.#unrendered -= Math.min(count, this.#unrendered)
    const target = hidden ? this.#hiddenWindow : this.#window
    const grant = Math.max(0, target - this.#outstanding - this.#unrendered)
    this.#outstanding += grant
    return grant
  }
}
