/** Longest wait for something that must happen, in ms. Nothing is measured by it. */
const PATIENCE = 20_000

/** What one stream brought, and promises for what it will bring. */
export class Recorder {
  values = []
  error = undefined
  isComplete = false
  #waiting = new Set()

  next(value) {
    this.values.push(value)
    this.#wake()
  }

  complete() {
    this.isComplete = true
    this.#wake()
  }

  fail(error) {
    this.error = error
    this.#wake()
  }

  /** The first `count` values. */
  atLeast(count) {
    return this.when(() => this.values.length >= count, `${count} values`).then(() => this.values.slice(0, count))
  }

  /** The first value for which `test` holds. */
  first(test) {
    return this.when(() => this.values.some(test), 'the awaited value').then(() => this.values.find(test))
  }

  /** All values, when the stream has completed. */
  completion() {
    return this.when(() => this.isComplete, 'completion').then(() => this.values)
  }

  /** The error the stream ends with. */
  failure() {
    return this.when(() => this.error !== undefined, 'an error').then(() => this.error)
  }

  when(test, what) {
    return new Promise((resolve, reject) => {
      const told = () => `${this.values.length} values came: ${JSON.stringify(this.values.slice(-3))}`
      const settle = (action) => {
        clearTimeout(timer)
        this.#waiting.delete(check)
        action()
      }
      const check = () => {
        if (test()) {
          settle(resolve)
        } else if (this.error) {
          settle(() => reject(new Error(`Waiting for ${what}, the stream failed: ${this.error.message}; ${told()}`)))
        } else if (this.isComplete) {
          settle(() => reject(new Error(`Waiting for ${what}, the stream completed; ${told()}`)))
        }
      }
      const timer = setTimeout(() => settle(() => reject(new Error(`Waited ${PATIENCE} ms for ${what}; ${told()}`))), PATIENCE)
      this.#waiting.add(check)
      check()
    })
  }

  #wake() {
    for (const check of [...this.#waiting]) {
      check()
    }
  }
}
