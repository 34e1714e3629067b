import { createRoom, expect, joinRoom, messages, shoot, signIn, test, write } from './fixture.mjs'

test('a name that is taken is told in a sentence', async ({ visit }) => {
  const [first, second] = [await visit(), await visit()]
  await signIn(first, 'unique')
  await second.getByTestId('sign-in-name').fill('unique')
  await shoot(second, 'sign-in')
  await second.getByTestId('sign-in-submit').click()
  await expect(second.getByTestId('sign-in-error')).toHaveText('The name “unique” is taken. Please choose another one.')
  await signIn(second, 'another')
})

test('a name that is no name is told in a sentence', async ({ visit }) => {
  const page = await visit()
  await page.getByTestId('sign-in-name').fill('no name!')
  await page.getByTestId('sign-in-submit').click()
  await expect(page.getByTestId('sign-in-error')).toContainText('1 to 32 letters')
})

test('a room that exists, or does not, is told in a sentence', async ({ visit }) => {
  const page = await visit()
  await signIn(page, 'keeper')
  await createRoom(page, 'taken-room')
  await page.getByTestId('room-create').click()
  await expect(page.getByTestId('room-error')).not.toHaveText('')
  await page.getByTestId('room-id').fill('no-such-room')
  await page.getByTestId('room-join').click()
  await expect(page.getByTestId('room-error')).toContainText(/no-such-room|room/i)
})

test('works by keyboard alone', async ({ visit }) => {
  const page = await visit()
  await expect(page.getByTestId('sign-in-name')).toBeFocused()
  await page.keyboard.type('typist')
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('whoami')).toHaveText('typist')
  await page.getByTestId('room-id').focus()
  await page.keyboard.type('keys')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await expect(page.getByTestId('room-create')).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('composer-input')).toBeFocused()
  await page.keyboard.type('first line')
  await page.keyboard.press('Shift+Enter')
  await page.keyboard.type('second line')
  await page.keyboard.press('Enter')
  await expect(messages(page)).toHaveText(['first line\nsecond line'], { useInnerText: true })
})

for (const colorScheme of ['light', 'dark']) {
  test(`fits 360 pixels, ${colorScheme}`, async ({ visit }) => {
    const page = await visit({ viewport: { width: 360, height: 640 }, colorScheme })
    const other = await visit()
    const room = `narrow-${colorScheme}`
    const fits = async () => expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
    await fits()
    await signIn(page, `slim-${colorScheme}`)
    await fits()
    await shoot(page, `narrow-rooms-${colorScheme}`)
    await createRoom(page, room)
    await signIn(other, `wide-${colorScheme}`)
    await joinRoom(other, room)
    await write(other, 'A-word-that-is-longer-than-the-screen-is-wide-'.repeat(4))
    await write(other, 'And a sentence that has to be broken into several lines on a screen as narrow as this one.')
    await write(page, 'Fine here.')
    await expect(messages(page)).toHaveCount(3)
    await fits()
    await shoot(page, `narrow-chat-${colorScheme}`)
    await page.getByTestId('room-back').click()
    await expect(page.getByTestId('rooms-mine')).toBeVisible()
  })
}
