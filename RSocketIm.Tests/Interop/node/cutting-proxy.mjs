// A TCP proxy that cuts its connections: at once, or at random times.
import { once } from 'node:events'
import { connect, createServer } from 'node:net'

/** RESUME_OK as a WebSocket message. rsocket-js never tries again when it is cut before it has this. */
const RESUME_OK_BYTES = 16

export class CuttingProxy {
  #target
  #server
  #links = new Set()
  #timer
  #waiting = []
  cuts = 0
  /** Time between two chunks from the server, in ms. */
  paceMs = 0
  bytesUp = 0

  static async start(target) {
    const proxy = new CuttingProxy()
    proxy.#target = target
    proxy.#server = createServer((client) => proxy.#serve(client)).listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port() {
    return this.#server.address().port
  }

  /** Cuts the connection there is, once its handshake is through. */
  async cut() {
    await this.until(() => [...this.#links].some((link) => link.isUp))
    const links = [...this.#links]
    links.forEach((link) => this.#destroy(link))
    this.cuts++
  }

  /** Cuts at random times from now on, the short ones more often. The same seed makes the same times. */
  cutAtRandom(seed, leastMs, mostMs) {
    const random = mulberry32(seed)
    const next = () => {
      this.#timer = setTimeout(() => {
        for (const link of this.#links) {
          if (link.isUp) {
            this.#destroy(link)
            this.cuts++
          }
        }
        next()
      }, leastMs + random() ** 2 * (mostMs - leastMs))
    }
    next()
  }

  /** Resolves when a condition holds; it is looked at whenever bytes pass. */
  until(condition) {
    return condition() ? Promise.resolve() : new Promise((resolve) => this.#waiting.push({ condition, resolve }))
  }

  async stop() {
    clearTimeout(this.#timer)
    this.#links.forEach((link) => this.#destroy(link))
    this.#server.close()
    await once(this.#server, 'close')
  }

  #serve(client) {
    const server = connect({ host: this.#target.hostname, port: Number(this.#target.port) })
    const link = { client, server, head: Buffer.alloc(0), answered: false, isUp: false }
    this.#links.add(link)
    client.on('data', (bytes) => {
      this.bytesUp += bytes.length
      link.isUp = link.answered // what comes after the answer shows that it has arrived; a reset could still destroy it
      server.write(bytes)
      this.#look()
    })
    server.on('data', (bytes) => {
      if (!link.answered) {
        link.head = Buffer.concat([link.head, bytes])
        const end = link.head.indexOf('\r\n\r\n')
        link.answered = end >= 0 && link.head.length >= end + 4 + RESUME_OK_BYTES
      }
      client.write(bytes)
      if (this.paceMs > 0) {
        server.pause()
        setTimeout(() => server.resume(), this.paceMs)
      }
      this.#look()
    })
    for (const [from, to] of [
      [client, server],
      [server, client],
    ]) {
      from.on('close', () => {
        this.#links.delete(link)
        to.destroy()
      })
      from.on('error', () => to.destroy())
    }
  }

  #destroy(link) {
    link.client.resetAndDestroy()
    link.server.resetAndDestroy()
    this.#links.delete(link)
  }

  #look() {
    this.#waiting = this.#waiting.filter(({ condition, resolve }) => {
      if (condition()) {
        resolve()
        return false
      }
      return true
    })
  }
}

function mulberry32(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
