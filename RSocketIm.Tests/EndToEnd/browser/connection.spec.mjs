import { connect, simple } from '../../Interop/node/client.mjs'
import { createRoom, expect, joinRoom, messages, roomItem, shoot, signIn, test, write } from './fixture.mjs'

const banner = (page) => page.getByTestId('connection-banner')

test('the server is killed in mid-conversation: nothing is lost, nothing comes twice', async ({ mortal, visit }) => {
  const [ada, bob] = [await visit({ mortal }), await visit({ mortal })]
  await signIn(ada, 'ada')
  await signIn(bob, 'bob')
  await createRoom(ada, 'lobby')
  await joinRoom(bob, 'lobby')
  const expected = []
  for (let round = 0; round < 3; round++) {
    await write(ada, `before ${round}`)
    await write(bob, `also before ${round}`)
    // Killed while these may be anywhere between the key and the disk.
    await mortal.kill()
    await expect(banner(ada)).not.toHaveAttribute('data-state', 'open')
    await write(ada, `meanwhile ${round}`)
    if (round === 0) {
      await expect(banner(ada)).toContainText('The connection is lost')
      await shoot(ada, 'connection-lost')
    }
    await mortal.start()
    for (const page of [ada, bob]) {
      await expect(banner(page)).toHaveAttribute('data-state', 'open', { timeout: 60_000 })
      await expect(page.getByTestId('pending-message')).toHaveCount(0)
    }
    expected.push(`before ${round}`, `also before ${round}`, `meanwhile ${round}`)
    await expect(messages(ada)).toHaveCount(expected.length)
    await expect(messages(bob)).toHaveCount(expected.length)
  }
  const seen = await messages(ada).allTextContents()
  expect([...seen].sort()).toEqual([...expected].sort())
  expect(await messages(bob).allTextContents()).toEqual(seen)
  // The server's own log says the same.
  const program = await connect(mortal, { setup: simple('auditor') })
  const { events } = await program.request('messages.history', { room: 'lobby', limit: 500 })
  expect(events.filter(({ type }) => type === 'message').map(({ text }) => text)).toEqual(seen)
  program.close()
})

const kept = (page) => page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('rsocketim.outbox')))

test('what could not be sent survives the end of its page and is sent once, though two pages have it', async ({ mortal, visit }) => {
  const first = await visit({ mortal })
  await first.getByTestId('sign-in-remember').check()
  await signIn(first, 'patient')
  await createRoom(first, 'later')
  await write(first, 'in time')
  await expect(messages(first)).toHaveText(['in time'])
  await expect(first.getByTestId('pending-message')).toHaveCount(0)
  await mortal.kill()
  await write(first, 'kept 1')
  await write(first, 'kept 2')
  await expect(first.getByTestId('pending-message')).toHaveCount(2)
  expect(await kept(first)).toHaveLength(2)
  const context = first.context()
  const address = first.url()
  await first.close()
  await mortal.start()

  const pages = [await context.newPage(), await context.newPage()]
  await Promise.all(pages.map((page) => page.goto(address)))
  for (const page of pages) {
    await expect(page.getByTestId('whoami')).toHaveText('patient')
    await expect(messages(page)).toHaveText(['in time', 'kept 1', 'kept 2'])
    await expect(page.getByTestId('pending-message')).toHaveCount(0)
    await expect.poll(() => kept(page)).toEqual([])
  }
})

test('a reload right after Enter loses nothing and doubles nothing', async ({ visit }) => {
  const page = await visit()
  await signIn(page, 'hurried')
  await createRoom(page, 'rush')
  const expected = []
  for (let i = 0; i < 5; i++) {
    expected.push(`rush ${i}`)
    await write(page, `rush ${i}`)
    await page.reload()
    await expect(page.getByTestId('room')).toHaveAttribute('data-status', 'live')
    await expect(messages(page)).toHaveText(expected)
    await expect(page.getByTestId('pending-message')).toHaveCount(0)
  }
})

test('signing out asks before it discards what was not sent', async ({ mortal, visit }) => {
  const page = await visit({ mortal })
  await signIn(page, 'hasty')
  await createRoom(page, 'unsent')
  await mortal.kill()
  await expect(banner(page)).not.toHaveAttribute('data-state', 'open')
  await write(page, 'not sent')
  await page.getByTestId('sign-out').click()
  await expect(page.getByTestId('confirm')).toContainText('1 message has not been sent yet.')
  await page.getByTestId('confirm-no').click()
  await expect(page.getByTestId('pending-message')).toHaveCount(1)
  await page.getByTestId('sign-out').click()
  await page.getByTestId('confirm-yes').click()
  await expect(page.getByTestId('sign-in-form')).toBeVisible()
  expect(await kept(page)).toEqual([])
  await mortal.start()
})

test('switching to a room of a moment ago needs no server', async ({ mortal, visit }) => {
  const page = await visit({ mortal })
  await signIn(page, 'switcher')
  for (const room of ['one', 'two', 'three']) {
    await createRoom(page, room)
    await write(page, `message of ${room}`)
    await expect(messages(page)).toHaveText([`message of ${room}`])
  }
  await expect(page.getByTestId('pending-message')).toHaveCount(0)
  await page.getByTestId('composer-input').fill('half of three')
  await mortal.kill()
  await expect(banner(page)).not.toHaveAttribute('data-state', 'open')
  for (const room of ['one', 'two', 'three']) {
    await roomItem(page, room).click()
    await expect(page.getByTestId('room-title')).toHaveText(room)
    await expect(messages(page)).toHaveText([`message of ${room}`])
  }
  await expect(page.getByTestId('composer-input')).toHaveValue('half of three')
  await mortal.start()
})

test('says so when the browser has no network, and comes back with it', async ({ mortal, visit }) => {
  const page = await visit({ mortal })
  await signIn(page, 'roamer')
  await createRoom(page, 'tunnel')
  await page.context().setOffline(true)
  await mortal.kill()
  await expect(banner(page)).toContainText('You are offline.')
  await write(page, 'from the tunnel')
  await mortal.start()
  await page.context().setOffline(false)
  await expect(banner(page)).toHaveAttribute('data-state', 'open', { timeout: 60_000 })
  await expect(messages(page)).toHaveText(['from the tunnel'])
  await expect(page.getByTestId('pending-message')).toHaveCount(0)
})
