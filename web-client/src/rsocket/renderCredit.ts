export interface RenderCreditOptions {
  /** Elements that may be on their way or waiting to be shown, 1..2³¹-1. @default 32 */
  window?: number
  /** The same while nobody looks: enough to stay awake, too little to work for nobody. @default 4 */
  hiddenWindow?: number
  /** ms. @default performance.now */
  now?: () => number
}

/** How fast a reader wants a stream. */
export interface Pace {
  /** Elements a second, more than 0; Infinity: as fast as they can be shown. */
  readonly perSecond: number
  /** No credit at all until this is false again. */
  readonly paused: boolean
}

export const FULL_PACE: Pace = { perSecond: Infinity, paused: false }

/** A batch that takes longer than this, in ms, from its coming to its being drawn, was too large; one that is quicker than the other may grow. */
const SLOW_MS = 60
const QUICK_MS = 34
/** However slow the page is: elements that it may have under way. */
const SMALLEST = 4

/** A pace is kept over this much time, in ms: the credit of such a span may go out at once. */
const SPAN_MS = 250

/**
 * Decides how much credit a view grants: what it has shown, no more, and no faster than its reader wants. So a page that cannot keep up
 * with a room slows down that one stream, at the server, instead of filling its own memory.
 *
 *   granted and not received + received and not shown <= window, always
 *   granted = received + outstanding, always
 */
export class RenderCredit {
  readonly #window: number
  readonly #hiddenWindow: number
  readonly #now: () => number
  #pace = FULL_PACE
  /** What of the window this page can show at a time. */
  #able: number
  /** Credit that the pace allows at {@link #since}; fractions count. */
  #allowance = 0
  #since: number
  #granted = 0
  #received = 0
  #unrendered = 0

  constructor(options: RenderCreditOptions = {}) {
    this.#window = options.window ?? 32
    this.#hiddenWindow = Math.min(options.hiddenWindow ?? 4, this.#window)
    this.#now = options.now ?? (() => performance.now())
    this.#able = this.#window
    this.#since = this.#now()
  }

  /** Credit granted so far, the one in the request included. */
  get granted(): number {
    return this.#granted
  }

  /** Elements that came; each has used up one credit. */
  get received(): number {
    return this.#received
  }

  /** Elements the server may still send without a further grant. What is granted cannot be taken back. */
  get outstanding(): number {
    return this.#granted - this.#received
  }

  /** Elements that came and are not on the screen yet. */
  get unrendered(): number {
    return this.#unrendered
  }

  get pace(): Pace {
    return this.#pace
  }

  set pace(pace: Pace) {
    this.#pace = pace
    this.#allowance = 0
    this.#since = this.#now()
  }

  /** Credit for the request itself, which RSocket wants to be at least 1; 0: paused, so do not ask yet. */
  open(hidden: boolean): number {
    if (this.#pace.paused) {
      return 0
    }
    this.#granted += Math.max(1, Math.min(this.#target(hidden), Number.isFinite(this.#pace.perSecond) ? 1 : Infinity))
    return this.#granted
  }

  /** Call for each element as it comes. Never grants: the receive callback is the wrong place. */
  take(): void {
    this.#received++
    this.#unrendered++
  }

  /**
   * Call when `count` elements are on the screen (0 to look again: the page is seen again, the pace has changed, time has passed).
   * Returns the credit to grant now, 0 for none.
   */
  rendered(count: number, hidden: boolean): number {
    this.#unrendered -= Math.min(count, this.#unrendered)
    if (this.#pace.paused) {
      return 0
    }
    const wanted = Math.max(0, this.#target(hidden) - this.outstanding - this.#unrendered)
    this.#accrue()
    const grant = Math.min(wanted, Math.floor(this.#allowance))
    this.#allowance -= grant
    this.#granted += grant
    return grant
  }

  /** A batch took so many ms to be shown: a page that is slow asks for less at a time, so that it stays able to answer its reader. */
  took(ms: number): void {
    if (ms > SLOW_MS) {
      this.#able = Math.max(Math.min(SMALLEST, this.#window), this.#able >> 1)
    } else if (ms < QUICK_MS) {
      this.#able = Math.min(this.#window, this.#able + 2)
    }
  }

  /** ms until the pace allows one more, when it is only the pace that forbids it. */
  dueIn(hidden: boolean): number | undefined {
    const { perSecond, paused } = this.#pace
    if (paused || !Number.isFinite(perSecond) || this.outstanding + this.#unrendered >= this.#target(hidden)) {
      return undefined
    }
    this.#accrue()
    // Not one by one at a fast pace: sixty grants a second are enough for any eye.
    return Math.max(16, ((1 - this.#allowance) / perSecond) * 1000)
  }

  #target(hidden: boolean): number {
    const window = hidden ? Math.min(this.#hiddenWindow, this.#able) : this.#able
    return Math.min(window, this.#burst())
  }

  #burst(): number {
    return Math.max(1, Math.ceil((this.#pace.perSecond * SPAN_MS) / 1000))
  }

  #accrue(): void {
    const now = this.#now()
    const { perSecond } = this.#pace
    this.#allowance = Number.isFinite(perSecond) ? Math.min(this.#burst(), this.#allowance + ((now - this.#since) * perSecond) / 1000) : Infinity
    this.#since = now
  }
}
