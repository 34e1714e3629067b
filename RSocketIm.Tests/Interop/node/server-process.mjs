// Starts the real server as a process, for these tests and for the browser tests beside them.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'

/** A start that takes longer than this, in ms, is a failure; generous, because the machine may be building something else. */
const START_MS = 60_000
const STOP_MS = 30_000

/**
 * @typedef {object} Server
 * @property {string} url http://127.0.0.1:PORT, without a slash at its end
 * @property {string} socketUrl ws://127.0.0.1:PORT/rsocket
 * @property {{host: string, port: number}} tcp RSocket over TCP
 * @property {string} mqttSocketUrl ws://127.0.0.1:PORT/mqtt
 * @property {{host: string, port: number} | undefined} mqtt MQTT over TCP, with `--RSocketIm:Mqtt:Port=auto` among the arguments
 * @property {string} dataDirectory
 * @property {() => string} output what the process printed so far
 * @property {() => Promise<void>} stop SIGTERM; rejects unless the process ends with code 0
 * @property {() => Promise<void>} kill SIGKILL, as if the power had gone; the data directory stays
 */

/**
 * @param {{ args?: string[], dataDirectory?: string, port?: number }} [options] A given data directory is kept, one of our own removed with the server. `port` of HTTP; 0: any.
 * @returns {Promise<Server>}
 */
export async function startServer({ args = [], dataDirectory, port = 0 } = {}) {
  const dll = process.env.RSOCKETIM_SERVER_DLL
  if (!dll) {
    throw new Error('RSOCKETIM_SERVER_DLL must name RSocketIm.Server.dll, for instance …/RSocketIm.Server/bin/Debug/net10.0/RSocketIm.Server.dll.')
  }
  const data = dataDirectory ?? (await mkdtemp(join(tmpdir(), 'rsocketim-')))
  const settings = ['--urls', `http://127.0.0.1:${port}`, '--RSocketIm:Tcp:Port=auto', '--RSocketIm:Mqtt:Port=0', `--RSocketIm:Data:Directory=${data}`]
  const child = spawn('dotnet', [dll, ...settings, ...args], {
    cwd: process.env.RSOCKETIM_SERVER_DIRECTORY ?? dirname(dll),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const exited = once(child, 'exit').then(([code, signal]) => signal ?? code)
  child.stderr.setEncoding('utf8').on('data', (text) => (output += text))

  const addresses = new Promise((resolve, reject) => {
    const tooLate = setTimeout(() => reject(new Error(`The server was not ready after ${START_MS} ms:\n${output}`)), START_MS)
    createInterface({ input: child.stdout }).on('line', (line) => {
      output += `${line}\n`
      const found = readAddresses(line)
      if (found) {
        clearTimeout(tooLate)
        resolve(found)
      }
    })
    exited.then((code) => {
      clearTimeout(tooLate)
      reject(new Error(`The server ended with ${code} before it was ready:\n${output}`))
    })
    child.on('error', (error) => {
      clearTimeout(tooLate)
      reject(error)
    })
  })

  async function stop() {
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    child.kill('SIGTERM')
    const code = await exited
    clearTimeout(kill)
    if (dataDirectory === undefined) {
      await rm(data, { recursive: true, force: true })
    }
    if (code !== 0) {
      throw new Error(`The server ended with ${code} instead of 0:\n${output}`)
    }
  }

  async function kill() {
    child.kill('SIGKILL')
    await exited
  }

  try {
    return { ...(await addresses), dataDirectory: data, output: () => output, stop, kill }
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
}

/** `RSocketIm is ready: http://127.0.0.1:7070/  (RSocket ws://127.0.0.1:7070/rsocket, tcp 127.0.0.1:7071, mqtt 127.0.0.1:1883)` */
export function readAddresses(line) {
  const found = /RSocketIm .*?(http:\/\/[^/\s]+).*\btcp ([^\s:]+):(\d+)(?:, mqtt ([^\s:]+):(\d+))?/.exec(line)
  const socket = found?.[1].replace('http', 'ws')
  return found && {
    url: found[1],
    socketUrl: `${socket}/rsocket`,
    tcp: { host: found[2], port: Number(found[3]) },
    mqttSocketUrl: `${socket}/mqtt`,
    mqtt: found[4] && { host: found[4], port: Number(found[5]) },
  }
}
