import { createRoom, expect, messages, shoot, signIn, signInBy, test, write } from './fixture.mjs'

const PASSWORD = 'correct horse battery'

test('registers, logs out, logs in again, and finds everything as it was', async ({ visit }) => {
  const page = await visit()
  await page.getByTestId('sign-in-way-register').check()
  await shoot(page, 'register')
  await signInBy(page, 'register', 'georgina', PASSWORD)
  await createRoom(page, 'graces-room')
  await write(page, 'mine')
  await expect(messages(page)).toHaveText(['mine'])
  await expect(page.getByTestId('pending-message')).toHaveCount(0)
  await page.getByTestId('sign-out').click()
  await expect(page.getByTestId('sign-in-form')).toBeVisible()
  await page.reload()
  await expect(page.getByTestId('sign-in-form')).toBeVisible()

  await signInBy(page, 'login', 'georgina', PASSWORD)
  await expect(messages(page)).toHaveText(['mine'])
})

test('a wrong password, a taken name and a short password are told in a sentence', async ({ visit }) => {
  const [page, other] = [await visit(), await visit()]
  await signInBy(page, 'register', 'hedy', PASSWORD)
  await other.getByTestId('sign-in-way-login').check()
  await other.getByTestId('sign-in-name').fill('hedy')
  await other.getByTestId('sign-in-password').fill('not the password')
  await other.getByTestId('sign-in-submit').click()
  await expect(other.getByTestId('sign-in-error')).toHaveText('The name or the password is wrong.')
  await other.getByTestId('sign-in-way-register').check()
  await other.getByTestId('sign-in-submit').click()
  await expect(other.getByTestId('sign-in-error')).toContainText('is taken')
  await other.getByTestId('sign-in-password').fill('short')
  await other.getByTestId('sign-in-submit').click()
  await expect(other.getByTestId('sign-in-error')).toContainText('8 to 256 bytes')
})

test('who is asked for the password before the token ends goes on where they were', async ({ visit }) => {
  const page = await visit()
  await signInBy(page, 'register', 'ida', PASSWORD)
  await createRoom(page, 'idas-room')
  await write(page, 'before')
  await expect(messages(page)).toHaveText(['before'])
  const token = () => page.evaluate(() => JSON.parse(sessionStorage.getItem('rsocketim.session')).token)
  const old = await token()
  // As if a day had passed.
  await page.evaluate(() => {
    const session = JSON.parse(sessionStorage.getItem('rsocketim.session'))
    sessionStorage.setItem('rsocketim.session', JSON.stringify({ ...session, expiresAt: Date.now() + 60_000 }))
  })
  await page.reload()
  await expect(page.getByTestId('session-ending')).toContainText('Your sign-in ends')
  await page.getByTestId('composer-input').fill('half a sent')
  await page.getByTestId('session-ending').getByRole('button').click()
  await expect(page.getByTestId('renew-password')).toBeFocused()
  await page.getByTestId('renew-password').fill('not the password')
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('renew')).toContainText('The name or the password is wrong.')
  await page.getByTestId('renew-password').fill(PASSWORD)
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('renew')).toHaveCount(0)
  await expect(page.getByTestId('session-ending')).toHaveCount(0)
  await expect(page.getByTestId('connection-banner')).toHaveAttribute('data-state', 'open')
  await expect.poll(token).not.toBe(old)
  await expect(page.getByTestId('composer-input')).toHaveValue('half a sent')
  await write(page, 'after')
  await expect(messages(page)).toHaveText(['before', 'after'])
})

test('a token that the server does not take any more leads to the door, with a reason', async ({ visit }) => {
  const page = await visit()
  await signInBy(page, 'register', 'jo', PASSWORD)
  await page.evaluate(() => {
    const session = JSON.parse(sessionStorage.getItem('rsocketim.session'))
    sessionStorage.setItem('rsocketim.session', JSON.stringify({ ...session, token: `${session.token}x` }))
  })
  await page.reload()
  await expect(page.getByTestId('sign-in-error')).toHaveText('Your sign-in is no longer valid. Please sign in again.')
})

test('a session ends with its tab unless one asks to stay signed in', async ({ visit }) => {
  const page = await visit()
  await signIn(page, 'fleeting')
  const second = await page.context().newPage()
  await second.goto(page.url())
  await expect(second.getByTestId('sign-in-form')).toBeVisible()

  await second.getByTestId('sign-in-remember').check()
  await signInBy(second, 'register', 'lasting', PASSWORD)
  const third = await page.context().newPage()
  await third.goto(page.url())
  await expect(third.getByTestId('whoami')).toHaveText('lasting')
  // Signed out in one tab is signed out on this device; the tab with a session of its own stays.
  await second.getByTestId('sign-out').click()
  await expect(third.getByTestId('sign-in-form')).toBeVisible()
  await expect(page.getByTestId('whoami')).toHaveText('fleeting')
})
