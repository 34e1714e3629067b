import { connect, simple } from '../../Interop/node/client.mjs'
import { createRoom, expect, joinRoom, lookAt, messages, shoot, signIn, test, write } from './fixture.mjs'

test('two people and a program see each other\'s messages, in one order', async ({ server, visit }) => {
  const [ada, bob] = [await visit(), await visit()]
  await signIn(ada, 'ada')
  await signIn(bob, 'bob')
  await createRoom(ada, 'lobby')
  await joinRoom(bob, 'lobby')

  const program = await connect(server, { setup: simple('program') })
  await program.request('rooms.join', { room: 'lobby' })
  const feed = program.stream('rooms.feed', { room: 'lobby', after: 0 }, 1000)

  await write(ada, 'Hello, Bob!')
  await expect(messages(bob)).toHaveText(['Hello, Bob!'])
  await write(bob, 'Hello, Ada! 日本語')
  await expect(messages(ada)).toHaveText(['Hello, Bob!', 'Hello, Ada! 日本語'])
  await program.request('messages.send', { room: 'lobby', id: 'p1', text: 'Hello, people!' })
  const all = ['Hello, Bob!', 'Hello, Ada! 日本語', 'Hello, people!']
  await expect(messages(ada)).toHaveText(all)
  await expect(messages(bob)).toHaveText(all)
  await feed.when(() => feed.values.filter(({ type }) => type === 'message').length === 3, 'three messages')
  expect(feed.values.filter(({ type }) => type === 'message').map(({ text }) => text)).toEqual(all)
  await expect(ada.getByTestId('pending-message')).toHaveCount(0)
  await expect(ada.getByTestId('online-list')).toContainText('bob')
  await shoot(ada, 'chat')
  program.close()
})

test('a message stays in its room after a reload, and so does the reader', async ({ visit }) => {
  const page = await visit()
  await signIn(page, 'carol')
  await createRoom(page, 'kept')
  await write(page, 'still here')
  await expect(messages(page)).toHaveText(['still here'])
  await page.reload()
  await expect(page.getByTestId('whoami')).toHaveText('carol')
  await expect(messages(page)).toHaveText(['still here'])
  await write(page, 'and here')
  await expect(messages(page)).toHaveText(['still here', 'and here'])
})

test('markup in a message is text', async ({ visit }) => {
  const page = await visit()
  let dialogs = 0
  page.on('dialog', async (dialog) => {
    dialogs++
    await dialog.dismiss()
  })
  await signIn(page, 'mallory')
  await createRoom(page, 'markup')
  const text = '<img src=x onerror=alert(1)><script>alert(2)</script> <b>bold</b> {{ 1 + 1 }}'
  await write(page, text)
  await expect(messages(page)).toHaveText([text])
  expect(await page.getByTestId('message-list').locator('img, script, b').count()).toBe(0)
  expect(dialogs).toBe(0)
})

test('others see that somebody is writing', async ({ visit }) => {
  const [dave, eve] = [await visit(), await visit()]
  await signIn(dave, 'dave')
  await signIn(eve, 'eve')
  await createRoom(dave, 'typing')
  await joinRoom(eve, 'typing')
  await expect(dave.getByTestId('online-list')).toContainText('eve')
  // Typing is told again every few seconds while keys are pressed.
  await expect(async () => {
    await eve.getByTestId('composer-input').pressSequentially('abc')
    await expect(dave.getByTestId('typing-line')).toHaveText('eve is writing…', { timeout: 4000 })
  }).toPass()
  await write(eve, 'done')
  await expect(messages(dave)).toHaveText(['done'])
  await expect(dave.getByTestId('typing-line')).toHaveText('')
})

test('a visitor reads a public room and joins to write', async ({ visit }) => {
  const [host, guest] = [await visit(), await visit()]
  await signIn(host, 'host')
  await createRoom(host, 'open-house')
  await write(host, 'welcome')
  await signIn(guest, 'guest')
  await lookAt(guest, 'open-house')
  await expect(messages(guest)).toHaveText(['welcome'])
  await expect(guest.getByTestId('composer-input')).toHaveCount(0)
  await guest.getByTestId('room-join-here').click()
  await write(guest, 'thank you')
  await expect(messages(host)).toHaveText(['welcome', 'thank you'])
})
