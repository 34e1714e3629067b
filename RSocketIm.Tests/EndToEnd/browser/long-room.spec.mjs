import { connect, simple } from '../../Interop/node/client.mjs'
import { expect, lookAt, messages, shoot, signIn, test } from './fixture.mjs'

/** Messages of the long room; a million takes a while, and the page notices nothing of it: docs/performance.md. */
const LONG = Number(process.env.RSOCKETIM_LONG_ROOM ?? 100_000)
const PART = 10_000
/** The page holds a window of the room, and draws what is in view and a little around it. */
const DRAWN = 120

const list = (page) => page.getByTestId('message-list')
const drawn = (page) => page.getByTestId('message').count()

async function fill(server, room, count) {
  const program = await connect(server, { setup: simple(`filler-${room}`) })
  await program.request('rooms.create', { room })
  // A part at a time, for a channel is not waited for longer than a while.
  for (let from = 1; from <= count; from += PART) {
    const message = (i) => ({ room, id: `m${i}`, text: i % 7 === 0 ? `message ${i}\nwith a second line\nand a third` : `message ${i}` })
    const publish = program.channel('messages.publish', message(from), 0x7fffffff)
    for (let i = from + 1; i < Math.min(from + PART, count + 1); i++) {
      publish.send(message(i))
    }
    publish.end()
    await publish.completion()
  }
  return program
}

/** What the page itself holds, in MiB, when all that it does not need is gone. */
async function heapOf(page) {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  const { metrics } = await session.send('Performance.enable').then(() => session.send('Performance.getMetrics'))
  await session.detach()
  return metrics.find(({ name }) => name === 'JSHeapUsedSize').value / 2 ** 20
}

test(`a room of ${LONG} messages is scrolled to the top and back, with a window of it in the page`, async ({ server, visit }) => {
  test.setTimeout(400_000 + LONG * 2)
  const program = await fill(server, 'long', LONG)
  const page = await visit()
  await signIn(page, 'reader')
  await lookAt(page, 'long')
  await expect(messages(page).last()).toContainText(`message ${LONG}`)
  await page.evaluate(() => {
    window.longest = 0
    new PerformanceObserver((list) => (window.longest = Math.max(window.longest, ...list.getEntries().map(({ duration }) => duration)))).observe({ type: 'longtask' })
  })

  // What the reader looks at stays where it is, from one frame to the next, while a page is put in above it.
  const moves = await list(page).evaluate(async (box) => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
    const places = () => new Map([...box.querySelectorAll('[data-seq]')].map((row) => [row.dataset.seq, row.getBoundingClientRect().top]))
    const found = []
    // Twice: then the window is full, and what is put in here is dropped at the other end.
    for (let page = 0; page < 2; page++) {
      box.scrollTop = 700
      await frame()
      const height = box.scrollHeight
      let before = places()
      for (let after = 0; after < 5; after += box.scrollHeight > height + 1000 ? 1 : 0) {
        await frame()
        const now = places()
        found.push(...[...now].filter(([seq]) => before.has(seq)).map(([seq, top]) => Math.abs(top - before.get(seq))))
        before = now
      }
    }
    return { compared: found.length, most: Math.max(...found) }
  })
  expect(moves.compared).toBeGreaterThan(100)
  expect(moves.most).toBeLessThanOrEqual(1)

  const heapBefore = await heapOf(page)
  const began = performance.now()
  await list(page).evaluate(async (box) => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
    while (box.querySelector('[data-seq="2"]') === null) {
      box.scrollTop = 0
      await frame()
    }
  })
  await expect(messages(page).first()).toHaveText('message 1')
  const atTop = performance.now()
  expect(await drawn(page)).toBeLessThan(DRAWN)
  await shoot(page, 'long-room-top')
  // The window does not grow with what has passed through it.
  const heapAtTop = await heapOf(page)
  expect(heapAtTop).toBeLessThan(heapBefore + 20)

  // Down again by hand: what was dropped at the newer end comes back, in order.
  const texts = await list(page).evaluate(async (box) => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
    const seen = new Set()
    while (seen.size < 2000) {
      box.querySelectorAll('[data-seq]').forEach((row) => seen.add(Number(row.dataset.seq)))
      box.scrollTop += 400
      await frame()
    }
    return [...seen].sort((one, other) => one - other)
  })
  expect(texts).toEqual(Array.from({ length: texts.length }, (_, index) => index + 2))

  const leftTop = performance.now()
  await page.getByTestId('jump-to-newest').click()
  await expect(messages(page).last()).toContainText(`message ${LONG}`)
  const seconds = (from, to) => `${((to - from) / 1000).toFixed(1)} s`
  console.log(
    `${LONG} messages: heap ${heapBefore.toFixed(1)} MiB, at the top ${heapAtTop.toFixed(1)} MiB, back ${(await heapOf(page)).toFixed(1)} MiB; ` +
      `to the top by scrolling ${seconds(began, atTop)}, back to the newest ${seconds(leftTop, performance.now())}; longest task ${Math.round(await page.evaluate(() => window.longest))} ms`,
  )
  await program.request('messages.send', { room: 'long', id: 'live', text: 'and still live' })
  await expect(messages(page).last()).toHaveText('and still live')
  await expect(page.getByTestId('jump-to-newest')).toHaveCount(0)
  program.close()
})

test('a reader who has scrolled up is told of new messages, and is not moved', async ({ server, visit }) => {
  const program = await fill(server, 'scrolled', 300)
  const page = await visit()
  await signIn(page, 'scroller')
  await lookAt(page, 'scrolled')
  await expect(messages(page).last()).toHaveText('message 300')
  await list(page).hover()
  await page.mouse.wheel(0, -600)
  await expect(page.getByTestId('jump-to-newest')).toHaveText('To the newest')
  const top = await list(page).evaluate((box) => box.scrollTop)
  await program.request('messages.send', { room: 'scrolled', id: 'a', text: 'one more' })
  await expect(page.getByTestId('jump-to-newest')).toHaveText('1 new message')
  expect(Math.abs((await list(page).evaluate((box) => box.scrollTop)) - top)).toBeLessThanOrEqual(1)
  await page.getByTestId('jump-to-newest').click()
  await expect(messages(page).last()).toHaveText('one more')
  program.close()
})

test('a message that has the focus keeps it when it is scrolled out of view, and arrow keys go on from it', async ({ server, visit }) => {
  const program = await fill(server, 'focused', 600)
  const page = await visit()
  await signIn(page, 'focuser')
  await lookAt(page, 'focused')
  await expect(messages(page).last()).toContainText('message 600')
  const focused = () => page.evaluate(() => Number(document.activeElement?.closest('[data-seq]')?.dataset.seq))
  await list(page).focus()
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('ArrowUp')
  // Entry 1 made the room.
  expect(await focused()).toBe(600)
  await list(page).hover()
  for (let i = 0; i < 30; i++) {
    await page.mouse.wheel(0, -400)
    await page.evaluate(() => new Promise(requestAnimationFrame))
  }
  await expect(page.locator('[data-seq="600"]')).not.toBeInViewport()
  expect(await focused()).toBe(600)
  await shoot(page, 'focus-out-of-view')
  await page.keyboard.press('ArrowUp')
  await expect(page.locator('[data-seq="599"]')).toBeInViewport()
  await expect.poll(focused).toBe(599)
  await page.keyboard.press('ArrowDown')
  await expect.poll(focused).toBe(600)
  program.close()
})
