import { test as base, expect } from '@playwright/test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer } from '../../Interop/node/server-process.mjs'

const screenshots = new URL('./screenshots/', import.meta.url).pathname

export const test = base.extend({
  /** One server for all tests. It must end with code 0. */
  server: [
    async ({}, use) => {
      const server = await startServer()
      await use(server)
      await server.stop()
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  /** Settings of the `mortal` server, as on its command line. */
  settings: [[], { option: true }],
  /** A server of the test's own, on one port, to be killed and started again over the same data. */
  mortal: [
    async ({ settings: args }, use) => {
      const dataDirectory = await mkdtemp(join(tmpdir(), 'rsocketim-mortal-'))
      let server = await startServer({ dataDirectory, args })
      const { url, socketUrl } = server
      const port = Number(new URL(url).port)
      await use({
        url,
        socketUrl,
        dataDirectory,
        kill: () => server.kill(),
        start: async () => (server = await startServer({ dataDirectory, port, args })),
      })
      await server.stop()
      await rm(dataDirectory, { recursive: true, force: true })
    },
    { timeout: 120_000 },
  ],
  /**
   * Opens a page of somebody's own: another browser context, with nothing shared. A page that throws, logs an error, breaks the
   * Content-Security-Policy or asks another host for anything fails the test. `mortal`: of that server, which it may lose.
   */
  visit: async ({ browser, server }, use) => {
    const contexts = []
    const wrong = []
    await use(async ({ mortal, ...options } = {}) => {
      const { url } = mortal ?? server
      const context = await browser.newContext(options)
      contexts.push(context)
      const page = await context.newPage()
      page.on('pageerror', (error) => wrong.push(`page error: ${error.stack}`))
      page.on('console', (message) => {
        // A refused request is also logged by the browser; the tests cause some on purpose.
        const isExpected = /Failed to load resource/.test(message.text()) || (mortal !== undefined && /WebSocket connection to .* failed/.test(message.text()))
        if (message.type() === 'error' && !isExpected) {
          wrong.push(`console: ${message.text()}`)
        }
      })
      page.on('request', (request) => {
        if (new URL(request.url()).origin !== url) {
          wrong.push(`asked another host: ${request.url()}`)
        }
      })
      await page.goto(url)
      return page
    })
    await Promise.all(contexts.map((context) => context.close()))
    expect(wrong).toEqual([])
  },
})

export { expect }

export const shoot = (page, name) => page.screenshot({ path: `${screenshots}${name}.png` })

export async function signIn(page, name) {
  await page.getByTestId('sign-in-name').fill(name)
  await page.getByTestId('sign-in-submit').click()
  await expect(page.getByTestId('whoami')).toHaveText(name)
  await expect(page.getByTestId('connection-banner')).toHaveAttribute('data-state', 'open')
}

/** Comes in with an account; `way` is `register` or `login`. */
export async function signInBy(page, way, name, password) {
  await page.getByTestId(`sign-in-way-${way}`).check()
  await page.getByTestId('sign-in-name').fill(name)
  await page.getByTestId('sign-in-password').fill(password)
  await page.getByTestId('sign-in-submit').click()
  await expect(page.getByTestId('whoami')).toHaveText(name)
  await expect(page.getByTestId('connection-banner')).toHaveAttribute('data-state', 'open')
}

/** `tab`: `browse`, `person` or `create`. */
export async function openNew(page, tab) {
  if (!(await page.getByTestId('new-conversation').isVisible())) {
    // A narrow screen shows the rooms or the room.
    await page.getByTestId('room-back').click()
  }
  await page.getByTestId('new-conversation').click()
  await page.getByTestId(`enter-${tab}`).check()
}

export async function createRoom(page, room, { title = '', kind = 'public' } = {}) {
  await openNew(page, 'create')
  await page.getByTestId('create-id').fill(room)
  await page.getByTestId('create-title').fill(title)
  await page.getByTestId(`create-kind-${kind}`).check()
  await page.getByTestId('create-submit').click()
  await isIn(page, title || room)
}

export async function joinRoom(page, room) {
  await openNew(page, 'browse')
  await page.getByTestId('browse-filter').fill(room)
  // By its id alone until the list has it.
  await page.getByTestId('browse-rooms').locator(`[data-room="${room}"]`).getByTestId('browse-join').click()
  await isIn(page, room)
}

/** Looks at a public room without joining it. */
export async function lookAt(page, room) {
  await openNew(page, 'browse')
  await page.getByTestId('browse-filter').fill(room)
  await page.getByTestId('browse-rooms').locator(`[data-room="${room}"]`).getByTestId('browse-open').click()
  await isIn(page, room)
}

export async function writeTo(page, user) {
  await openNew(page, 'person')
  await page.getByTestId('person-name').fill(user)
  await page.getByTestId('person-start').click()
  await expect(page.getByTestId('room')).toHaveAttribute('data-status', 'live')
}

export const roomItem = (page, room) => page.locator(`[data-testid=room-item][data-room="${room}"]`)

export async function openRoom(page, room) {
  await roomItem(page, room).click()
  await expect(page.getByTestId('room')).toHaveAttribute('data-status', 'live')
}

async function isIn(page, room) {
  await expect(page.getByTestId('room-title')).toHaveText(room)
  await expect(page.getByTestId('room')).toHaveAttribute('data-status', 'live')
}

export async function write(page, text) {
  await page.getByTestId('composer-input').fill(text)
  await page.getByTestId('composer-input').press('Enter')
}

export const messages = (page) => page.getByTestId('message-text')
