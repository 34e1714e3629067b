import { after, before } from 'node:test'
import { connect, simple } from './client.mjs'
import { startServer } from './server-process.mjs'

/** One server for the tests of a file. Closes what they left open, stops the server, and fails unless it ends with code 0. */
export function useServer(options) {
  const open = new Set()
  const fixture = {
    /** @type {import('./server-process.mjs').Server} */
    server: undefined,
    /** A connection that is closed after the tests. */
    async connect(connectOptions) {
      const client = await connect(fixture.server, connectOptions)
      open.add(client)
      return client
    },
    /** The same as a guest of this name. */
    as: (name, connectOptions) => fixture.connect({ setup: simple(name), ...connectOptions }),
  }
  before(async () => {
    fixture.server = await startServer(options)
  })
  after(async () => {
    open.forEach((client) => client.close())
    await fixture.server?.stop()
  })
  return fixture
}

/** The code and the text of an ERROR frame, which rsocket-js leaves on the Error. */
export const failsWith = (code, text) => (error) => {
  if (error.code !== code || !text.test(error.message)) {
    throw new Error(`Expected ERROR 0x${code.toString(16)} ${text}, got 0x${(error.code ?? 0).toString(16)} “${error.message}”.`)
  }
  return true
}
