import { connect, simple } from '../../Interop/node/client.mjs'
import { createRoom, expect, messages, signIn, test, write } from './fixture.mjs'

/** Seconds that a token of this server lives: the shortest there is. */
const LIFETIME = 5
const RENEWALS = 3

test.use({ settings: [`--RSocketIm:Auth:TokenLifetime=${LIFETIME}`] })

test('a guest whose token ends goes on by itself, under the same name, and neither loses nor doubles a message', async ({ mortal, visit }) => {
  const page = await visit({ mortal })
  await signIn(page, 'renewed')
  await createRoom(page, 'renewals')
  const program = await connect(mortal, { setup: simple('renewal-program') })
  await program.request('rooms.join', { room: 'renewals' })
  const tokens = new Set()
  const look = async () => tokens.add(await page.evaluate(() => JSON.parse(sessionStorage.getItem('rsocketim.session')).token))
  let sent = 0
  const expected = []
  while ((await look()).size <= RENEWALS) {
    await program.request('messages.send', { room: 'renewals', id: `p${sent}`, text: `theirs ${sent}` })
    await write(page, `mine ${sent}`)
    expected.push(`theirs ${sent}`, `mine ${sent}`)
    sent++
    // So that the conversation spans the renewals instead of filling the room.
    await expect(messages(page).getByText(`theirs ${sent - 1}`, { exact: true })).toBeVisible()
  }
  // What the page wrote last may still be on its way, behind a renewal; then it would be the last.
  await expect(page.getByTestId('pending-message')).toHaveCount(0)
  await program.request('messages.send', { room: 'renewals', id: 'last', text: 'the last' })
  await expect(page.getByTestId('whoami')).toHaveText('renewed')
  await expect(page.getByTestId('sign-in-form')).toHaveCount(0)
  await expect(messages(page).last()).toHaveText('the last')
  await expect(page.getByTestId('pending-message')).toHaveCount(0)

  // A fast machine says more in this time than one page of history has.
  const events = []
  for (let page = 1, before; page > 0; before = events[0]?.seq) {
    const older = (await program.request('messages.history', { room: 'renewals', limit: 500, ...(before && { before }) })).events
    events.unshift(...older)
    page = older.length
  }
  const texts = events.filter(({ type }) => type === 'message').map(({ text }) => text)
  expect([...texts].sort()).toEqual([...expected, 'the last'].sort())
  // What the page shows is the end of just that, in that order.
  const shown = await messages(page).allTextContents()
  expect(shown).toEqual(texts.slice(-shown.length))
  program.close()
})
