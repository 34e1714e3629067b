// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket as NodeSocket } from 'ws'
import { startFixtureServer } from '../../test-support/fixture-server.mjs'
import { connect, type ConnectOptions } from './connect'
import type { CreditStream } from './creditStream'
import { messagePack } from './format'
import { bearerMetadata } from './metadata'

interface Event {
  seq: number
}

describe('connect', () => {
  let server: Awaited<ReturnType<typeof startFixtureServer>>
  const open: { close(): void }[] = []
  beforeEach(async () => {
    server = await startFixtureServer()
    server.room('lobby')
  })
  afterEach(async () => {
    open.splice(0).forEach((connection) => connection.close())
    await server.close()
  })

  const options = (more: Partial<ConnectOptions> = {}): ConnectOptions => ({
    url: server.socketUrl,
    format: messagePack,
    setupMetadata: bearerMetadata('token-ada'),
    probe: { route: 'system.whoami', data: {} },
    createSocket: (url) => new NodeSocket(url) as unknown as WebSocket,
    ...more,
  })
  async function connected() {
    const connection = await connect(options())
    open.push(connection)
    return connection
  }

  it('is open when the server has accepted, and answers requests', async () => {
    const connection = await connected()
    expect(await connection.request('system.whoami', {})).toMatchObject({ user: 'ada' })
  })

  it('tells why SETUP was refused', async () => {
    server.state.refuse = 3
    await expect(connect(options())).rejects.toMatchObject({ kind: 'rejected_setup', sentence: 'The token is not valid.', retryable: false })
  })

  it('calls a server that is not there a lost connection', async () => {
    await expect(connect(options({ url: 'ws://127.0.0.1:1/rsocket' }))).rejects.toMatchObject({ kind: 'connection_lost', retryable: true })
  })

  it('can be given up', async () => {
    const abort = new AbortController()
    const opening = connect(options({ signal: abort.signal }))
    abort.abort()
    await expect(opening).rejects.toMatchObject({ kind: 'connection_lost' })
  })

  it('rejects a request with the code and the name of its error', async () => {
    const connection = await connected()
    await expect(connection.request('rooms.get', { room: 'nowhere' })).rejects.toMatchObject({ code: 0x404, kind: 'not_found' })
  })

  it('rejects what is under way when the connection is lost', async () => {
    const connection = await connected()
    const closed = new Promise((resolve) => connection.onClose(resolve))
    server.dropConnections()
    await closed
    await expect(connection.request('system.whoami', {})).rejects.toMatchObject({ kind: 'connection_lost' })
  })

  it('receives what it asked for and no more', async () => {
    for (let i = 0; i < 20; i++) {
      server.post('lobby', 'bob', `${i}`)
    }
    const connection = await connected()
    const seqs: number[] = []
    const stream: CreditStream<Event> = connection.stream<Event>('rooms.feed', { room: 'lobby', after: 0 }, { onNext: ({ seq }) => seqs.push(seq) }, 4)
    await vi.waitFor(() => expect(seqs).toEqual([1, 2, 3, 4]))
    await connection.request('system.whoami', {})
    expect(seqs).toHaveLength(4)
    stream.request(3)
    await vi.waitFor(() => expect(seqs).toEqual([1, 2, 3, 4, 5, 6, 7]))
    stream.cancel()
    expect(() => stream.request(0)).toThrow(RangeError)
  })

  it('survives a handler that throws, and lets the error be seen', async () => {
    const connection = await connected()
    const seen: unknown[] = []
    const queue = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((callback) => {
      try {
        callback()
      } catch (error) {
        seen.push(error)
      }
    })
    const broken = new Error('a bug of the page')
    connection.stream<Event>(
      'rooms.feed',
      { room: 'lobby', after: 0 },
      {
        onNext: () => {
          throw broken
        },
      },
      1,
    )
    await vi.waitFor(() => expect(seen).toContain(broken))
    queue.mockRestore()
    expect(await connection.request('system.whoami', {})).toMatchObject({ user: 'ada' })
  })
})
