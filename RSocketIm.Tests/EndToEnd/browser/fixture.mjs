import { test as base, expect } from '@playwright/test'
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
  /**
   * Opens a page of somebody's own: another browser context, with nothing shared. A page that throws, logs an error, breaks the
   * Content-Security-Policy or asks another host for anything fails the test.
   */
  visit: async ({ browser, server }, use) => {
    const contexts = []
    const wrong = []
    await use(async (options = {}) => {
      const context = await browser.newContext(options)
      contexts.push(context)
      const page = await context.newPage()
      page.on('pageerror', (error) => wrong.push(`page error: ${error.stack}`))
      page.on('console', (message) => {
        // A refused request is also logged by the browser; the tests cause some on purpose.
        if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) {
          wrong.push(`console: ${message.text()}`)
        }
      })
      page.on('request', (request) => {
        if (new URL(request.url()).origin !== server.url) {
          wrong.push(`asked another host: ${request.url()}`)
        }
      })
      await page.goto(server.url)
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

export async function createRoom(page, room) {
  await page.getByTestId('room-id').fill(room)
  await page.getByTestId('room-create').click()
  await isIn(page, room)
}

export async function joinRoom(page, room) {
  await page.getByTestId('room-id').fill(room)
  await page.getByTestId('room-join').click()
  await isIn(page, room)
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
