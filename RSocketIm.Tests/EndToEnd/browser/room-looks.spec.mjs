import { connect, simple } from '../../Interop/node/client.mjs'
import { harms } from './axe.mjs'
import { createRoom, expect, messages, shoot, signIn, test, write } from './fixture.mjs'

const LOOKS = [
  ['light', {}],
  ['dark', { colorScheme: 'dark' }],
  ['narrow', { viewport: { width: 360, height: 720 } }],
  ['chinese', { locale: 'zh-CN', colorScheme: 'dark', viewport: { width: 1600, height: 900 } }],
]

for (const [look, options] of LOOKS) {
  test(`a room with everything in it is good to look at and to listen to, ${look}`, async ({ server, visit }) => {
    const page = await visit({ reducedMotion: 'reduce', ...options })
    const find = {}
    const see = async (view) => {
      await shoot(page, `room-${view}-${look}`)
      const found = await harms(page)
      if (found.length > 0) {
        find[view] = found
      }
    }
    const me = `viewer-${look}`
    const room = `everything-${look}`
    await signIn(page, me)
    await createRoom(page, room)
    const friend = await connect(server, { setup: simple(`friend-${look}`) })
    await friend.request('rooms.join', { room })
    const say = async (text, more = {}) => (await friend.request('messages.send', { room, id: `${Math.random()}`, text, ...more })).seq
    const first = await say('Good morning! Has anybody seen **the keys**?')
    await say('A list:\n- one\n- two\n\n> and a quote\n\n`code` and\n```\nfunction of(lines) {\n  return lines\n}\n```')
    await say('早上好，大家都到家了吗？')
    await friend.request('messages.react', { room, target: first, emoji: '👀', on: true })
    await friend.request('messages.edit', { room, target: first, text: 'Good morning! Has anybody seen **my keys**?' })
    await write(page, 'On the table, see https://example.org/keys')
    await say(`@${me} thank you!`, { mentions: [me], replyTo: first })
    await expect(page.locator('.mention')).toHaveCount(1)
    await page.getByTestId('file-input').setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('notes') })
    await expect(page.locator('[data-testid=upload][data-state=done]')).toHaveCount(1)
    await page.getByTestId('composer-input').fill('and the notes @fr')
    await expect(page.getByTestId('mention-choice')).toHaveCount(1)
    await see('writing')
    await page.getByTestId('composer-input').fill('and the notes')
    await page.getByTestId('composer-send').click()
    await expect(messages(page).last()).toHaveText('and the notes')
    await see('all')

    const mine = page.getByTestId('message').filter({ hasText: 'On the table' })
    await mine.focus()
    await expect(mine.getByTestId('action-delete')).toBeVisible()
    await mine.getByTestId('action-edit').focus()
    await see('actions')
    await mine.getByTestId('action-react').click()
    await see('reactions')
    await page.getByTestId('composer-input').focus()
    await page.getByTestId('open-search').click()
    await page.getByTestId('search-input').fill('keys')
    await expect(page.getByTestId('search-hit').first()).toBeVisible()
    await see('search')
    await page.getByTestId('search-close').click()
    await page.getByTestId('open-pace').click()
    await expect(page.getByTestId('pace-flow').first()).toBeVisible()
    await expect(messages(page).last()).toBeInViewport({ ratio: 0.9 }) // the list is smaller now, and still at its end
    await see('pace')
    await page.getByTestId('pace-pause').click()
    await page.getByTestId('open-pace').click()
    await say('while it was paused')
    await expect(page.getByTestId('behind')).toBeVisible()
    await see('paused')
    await page.getByTestId('behind-resume').click()
    await expect(messages(page).last()).toHaveText('while it was paused')
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0)
    expect(find).toEqual({})
    friend.close()
  })
}

test('everything in a room can be done with the keyboard', async ({ visit }) => {
  const page = await visit()
  await signIn(page, 'keys')
  await createRoom(page, 'keyboard')
  await write(page, 'first')
  await write(page, 'second')
  await expect(messages(page)).toHaveText(['first', 'second'])
  // Up in an empty field changes the last message; Escape leaves it as it was.
  await page.getByTestId('composer-input').press('ArrowUp')
  await expect(page.getByTestId('composer-input')).toHaveValue('second')
  await page.getByTestId('composer-input').press('Escape')
  await expect(page.getByTestId('composer-input')).toHaveValue('')
  await page.getByTestId('message-list').focus()
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('ArrowUp')
  await expect(page.getByTestId('message').first()).toBeFocused()
  await page.keyboard.press('Tab')
  await expect(page.getByTestId('message').first().getByTestId('action-react')).toBeFocused()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('composer-about')).toContainText('first')
  await expect(page.getByTestId('composer-input')).toBeFocused()
  await page.keyboard.type('third')
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('quote')).toContainText('first')
  await page.keyboard.press('Control+f')
  await expect(page.getByTestId('search-input')).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(page.getByTestId('search-panel')).toHaveCount(0)
})
