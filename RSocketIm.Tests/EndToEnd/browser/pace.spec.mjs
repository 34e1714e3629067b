import { connect, simple } from '../../Interop/node/client.mjs'
import { createRoom, expect, joinRoom, messages, shoot, signIn, test, write } from './fixture.mjs'
import { listen } from './wire.mjs'

const FLOOD = 3000
const feed = (page) => page.getByTestId('pace-flow').and(page.locator('[data-flow="rooms.feed"]'))
const number = async (page, name) => Number(await feed(page).getByTestId(name).getAttribute('data-value'))
const lag = async (page) => Number(await page.getByTestId('pace-foot').getAttribute('data-lag'))

async function metrics(server) {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  const value = (series) => Number(new RegExp(`^${series} (\\d+)`, 'm').exec(text)?.[1] ?? 0)
  return {
    entries: value('rsocketim_entries(?:_total)?(?:\\{[^}]*\\})?'),
    granted: value('rsocketim_stream_credit_granted_total\\{route="rooms.feed"\\}'),
    sent: value('rsocketim_stream_elements_sent_total\\{route="rooms.feed"\\}'),
  }
}

test('the server obeys the pace of a room, to the frame: paused it is behind, then it catches up and has lost nothing', async ({ server, visit }) => {
  const program = await connect(server, { setup: simple('pace-program') })
  const page = await visit()
  const wire = listen(page, 'rooms.feed')
  await signIn(page, 'pacer')
  // Nobody else reads a room on this server now, so what its metrics say from here on is this page's pace.
  const start = await metrics(server)
  await createRoom(page, 'pace')
  await program.request('rooms.join', { room: 'pace' })
  await page.getByTestId('open-pace').click()
  await expect(feed(page)).toBeVisible()
  await page.getByTestId('pace-pause').click()
  await expect(page.getByTestId('pace-text')).toHaveText('paused')
  const { granted } = wire
  const before = await metrics(server)
  // The server says the same as the frames: all that was granted here, and nothing else, was granted there.
  expect(before.granted - start.granted).toBe(granted)

  const publish = program.channel('messages.publish', { room: 'pace', id: 'f0', text: 'flood 0' }, 0x7fffffff)
  for (let i = 1; i < FLOOD; i++) {
    publish.send({ room: 'pace', id: `f${i}`, text: `flood ${i}` })
  }
  publish.end()
  await publish.completion()
  expect((await metrics(server)).entries - before.entries).toBeGreaterThanOrEqual(FLOOD)

  // All that was granted before is used up, not one more came, and the page says so.
  await expect.poll(() => wire.delivered.length).toBe(granted)
  await expect.poll(() => number(page, 'received')).toBe(granted)
  await expect.poll(() => number(page, 'outstanding')).toBe(0)
  await expect.poll(() => lag(page)).toBeGreaterThan(FLOOD - granted - 3)
  expect(wire.granted).toBe(granted)
  expect(wire.delivered.length).toBe(granted)
  // Held by the pause button: the server was granted exactly this, and has delivered exactly that.
  const held = await metrics(server)
  expect([held.granted - start.granted, held.sent - start.sent]).toEqual([granted, granted])
  await shoot(page, 'pace-paused')

  // At 50 a second it comes as it is granted, never more.
  await page.getByTestId('pace-slider').fill('5')
  await page.getByTestId('pace-pause').click()
  await expect(page.getByTestId('pace-text')).toHaveText('50 a second')
  for (let look = 0; look < 20; look++) {
    expect(wire.delivered.length).toBeLessThanOrEqual(wire.granted)
    const now = await metrics(server)
    expect(now.sent).toBeLessThanOrEqual(now.granted)
    await page.evaluate(() => new Promise(requestAnimationFrame))
  }
  await expect.poll(() => wire.delivered.length).toBeGreaterThan(granted + 50)
  expect(await lag(page)).toBeGreaterThan(0)

  // Paused at that pace: all that the slider has let through is delivered, to the element, at both ends of the wire.
  await page.getByTestId('pace-pause').click()
  await expect(page.getByTestId('pace-text')).toHaveText('paused')
  await expect.poll(async () => {
    const atPace = await metrics(server)
    const counts = [atPace.granted - start.granted, atPace.sent - start.sent, wire.granted, wire.delivered.length, await number(page, 'granted')]
    return new Set(counts).size === 1 ? 'all the same' : counts.join(' ')
  }).toBe('all the same')
  await page.getByTestId('pace-pause').click()

  await page.getByTestId('pace-slider').fill('9')
  await expect.poll(() => lag(page), { timeout: 60_000 }).toBe(0)
  await expect(messages(page).last()).toHaveText(`flood ${FLOOD - 1}`)
  const seqs = wire.delivered.map(({ seq }) => seq)
  expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, i) => seqs[0] + i))
  expect(wire.delivered.filter(({ type }) => type === 'message').map(({ text }) => text)).toEqual(Array.from({ length: FLOOD }, (_, i) => `flood ${i}`))
  await expect.poll(async () => (await number(page, 'granted')) === wire.granted).toBe(true)
  const end = await metrics(server)
  expect([end.granted - start.granted, end.sent - start.sent]).toEqual([wire.granted, wire.delivered.length])
  await shoot(page, 'pace-caught-up')
  program.close()
})

test('a page that is not looked at grants little', async ({ server, visit }) => {
  const program = await connect(server, { setup: simple('hidden-program') })
  const page = await visit()
  const wire = listen(page, 'rooms.feed')
  await signIn(page, 'hider')
  await createRoom(page, 'hidden')
  await program.request('rooms.join', { room: 'hidden' })
  await page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { value: true, configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))
  })
  for (let i = 0; i < 100; i++) {
    await program.request('messages.send', { room: 'hidden', id: `h${i}`, text: `hidden ${i}` })
  }
  await expect.poll(() => wire.delivered.length).toBeGreaterThan(20)
  await expect.poll(() => wire.granted - wire.delivered.length).toBeLessThanOrEqual(4)
  await page.evaluate(() => {
    delete document.hidden
    document.dispatchEvent(new Event('visibilitychange'))
  })
  await expect(messages(page).last()).toHaveText('hidden 99')
  await expect.poll(() => wire.granted - wire.delivered.length).toBeGreaterThan(4)
  program.close()
})

test('while 2,000 messages a second arrive the page types and scrolls, with no long task', async ({ server, visit }) => {
  const program = await connect(server, { setup: simple('flood-program') })
  const [page, other] = [await visit(), await visit()]
  await signIn(page, 'flooded')
  await createRoom(page, 'flooded')
  await signIn(other, 'other')
  await joinRoom(other, 'flooded')
  await write(other, 'hello')
  await expect(messages(page)).toHaveText(['hello'])
  await program.request('rooms.join', { room: 'flooded' })
  await page.evaluate(() => {
    window.longTasks = []
    new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map(({ duration, startTime }) => ({ duration, startTime })))).observe({ type: 'longtask' })
  })

  const publish = program.channel('messages.publish', { room: 'flooded', id: 'f', text: 'start' }, 0x7fffffff)
  let sent = 0
  const timer = setInterval(() => {
    for (let i = 0; i < 100; i++) {
      publish.send({ room: 'flooded', id: `f${sent}`, text: `message ${sent++}, **${sent % 10}** of many` })
    }
  }, 50)
  await page.getByTestId('open-pace').click()
  await page.getByTestId('composer-input').pressSequentially('I can write while this goes on', { delay: 30 })
  await expect(page.getByTestId('composer-input')).toHaveValue('I can write while this goes on')
  await page.getByTestId('message-list').hover()
  for (let i = 0; i < 10; i++) {
    await page.mouse.wheel(0, -300)
    await page.evaluate(() => new Promise(requestAnimationFrame))
  }
  await expect(page.getByTestId('jump-to-newest')).toBeVisible()
  await page.getByTestId('jump-to-newest').click()
  await page.getByTestId('composer-input').press('Enter')
  await shoot(page, 'flood')
  await expect.poll(() => sent, { timeout: 60_000 }).toBeGreaterThan(12_000)
  clearInterval(timer)
  publish.end()
  const longTasks = await page.evaluate(() => window.longTasks)
  console.log(`${sent} messages; long tasks: ${longTasks.map(({ duration }) => Math.round(duration)).join(', ') || 'none'} ms`)
  expect(longTasks.filter(({ duration }) => duration > 200)).toEqual([])
  await publish.completion()
  // What it is behind can be left out: then the newest is there at once, and the room goes on from it.
  await page.getByTestId('pace-skip').click()
  await expect(messages(page).last()).toContainText(`message ${sent - 1},`)
  await program.request('messages.send', { room: 'flooded', id: 'after', text: 'after the flood' })
  await expect(messages(page).last()).toHaveText('after the flood')
  program.close()
})
