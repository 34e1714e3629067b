import { connect, simple } from '../../Interop/node/client.mjs'
import { createRoom, expect, messages, shoot, signIn, test, write } from './fixture.mjs'

const WAYS = (process.env.RSOCKETIM_TRANSPORTS ?? 'websocket,sse,longPoll,poll,mqtt,rsocket').split(',')
const list = (page) => page.getByTestId('message-list')

async function choose(page, way) {
  await page.getByTestId('settings-open').click()
  await page.getByTestId('transport').selectOption(way)
  await page.getByTestId('dialog-close').click()
  await expect(page.getByTestId('room')).toHaveAttribute('data-transport', way)
}

const frames = (page, count) =>
  page.evaluate(async (left) => {
    for (; left > 0; left--) {
      await new Promise(requestAnimationFrame)
    }
  }, count)

/** Everything in the room as the page has it, from the first row to the last. */
const rowsOf = (page) =>
  list(page).evaluate(async (box) => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
    const rows = new Map()
    const look = () => box.querySelectorAll('[data-testid=message]').forEach((row) => rows.set(Number(row.dataset.seq), row.querySelector('[data-testid=message-text]').textContent))
    box.scrollTop = 0
    for (let same = 0, before = -1; same < 5; same = box.scrollTop === before ? same + 1 : 0, before = box.scrollTop, box.scrollTop += 200) {
      await frame()
      look()
    }
    return [...rows].sort(([one], [other]) => one - other)
  })

test('every way in one conversation: the position goes along, nothing is lost, nothing comes twice', async ({ server, visit }) => {
  const program = await connect(server, { setup: simple('ways-program') })
  const page = await visit()
  await signIn(page, 'traveller')
  await createRoom(page, 'ways')
  await program.request('rooms.join', { room: 'ways' })

  let sent = 0
  let isOver = false
  const talk = (async () => {
    while (!isOver) {
      await program.request('messages.send', { room: 'ways', id: `p${sent}`, text: `theirs ${sent++}` })
      // As fast as people read: what is written stays in view for a while.
      await frames(page, 12)
    }
  })()
  try {
    for (const way of [...WAYS, ...WAYS]) {
      await choose(page, way)
      const before = sent
      await write(page, `mine by ${way} ${before}`)
      await expect(messages(page).getByText(`mine by ${way} ${before}`, { exact: true })).toBeAttached()
      await expect(page.getByTestId('pending-message')).toHaveCount(0)
      // It goes on to come, and not only what one sends oneself.
      const next = sent
      await expect.poll(async () => (await messages(page).allTextContents()).some((text) => Number(/^theirs (\d+)/.exec(text)?.[1] ?? -1) >= next)).toBe(true)
      await expect(page.getByTestId('room-view-error')).toHaveCount(0)
    }
  } finally {
    isOver = true
    await talk
  }
  await expect(messages(page).last()).toHaveText(`theirs ${sent - 1}`)

  const log = []
  for (let more = true, after = 0; more; ) {
    const page = await program.request('messages.history', { room: 'ways', after, limit: 500 })
    log.push(...page.events.filter(({ type }) => type === 'message').map(({ seq, text }) => [seq, text]))
    more = page.more
    after = page.events.at(-1)?.seq ?? after
  }
  expect(await rowsOf(page)).toEqual(log)
  expect(log.filter(([, text]) => text.startsWith('mine'))).toHaveLength(WAYS.length * 2)
  program.close()
})

test('a way is kept for the next visit, and its credit still is what the page can show', async ({ server, visit }) => {
  const program = await connect(server, { setup: simple('way-program') })
  const page = await visit()
  await signIn(page, 'commuter')
  await createRoom(page, 'one-way')
  await program.request('rooms.join', { room: 'one-way' })
  await choose(page, 'longPoll')
  await page.reload()
  await expect(page.getByTestId('room')).toHaveAttribute('data-transport', 'longPoll')
  await page.getByTestId('open-pace').click()
  await page.getByTestId('pace-pause').click()
  await expect(page.getByTestId('pace-text')).toHaveText('paused')
  const limits = []
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.pathname.endsWith('/events')) {
      limits.push(Number(url.searchParams.get('limit')))
    }
  })
  for (let i = 0; i < 100; i++) {
    await program.request('messages.send', { room: 'one-way', id: `w${i}`, text: `waits ${i}` })
  }
  await expect.poll(async () => Number(await page.getByTestId('pace-foot').getAttribute('data-lag'))).toBeGreaterThan(60)
  await shoot(page, 'transport-paused')
  await page.getByTestId('pace-pause').click()
  await expect(messages(page).last()).toHaveText('waits 99')
  expect(limits.length).toBeGreaterThan(2)
  expect(Math.max(...limits)).toBeLessThanOrEqual(32)
  program.close()
})
