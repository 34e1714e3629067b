import { connect, simple } from '../../Interop/node/client.mjs'
import { harms } from './axe.mjs'
import { createRoom, expect, openNew, roomItem, shoot, signIn, test, write } from './fixture.mjs'

/** Somebody with a few rooms, people and messages. */
async function furnish(page, server, name) {
  const program = await connect(server, { setup: simple(`friend-of-${name}`) })
  await signIn(page, name)
  await createRoom(page, `${name}-team`, { title: 'Team' })
  await program.request('rooms.join', { room: `${name}-team` })
  await createRoom(page, `${name}-plans`, { title: 'Plans for the summer, and what to take along', kind: 'private' })
  await createRoom(page, `${name}-lobby`, { title: 'Lobby' })
  await program.request('rooms.join', { room: `${name}-lobby` })
  await write(page, 'Good morning! Did everybody get home?')
  await program.request('messages.send', { room: `${name}-lobby`, id: '1', text: 'We did. 谢谢！' })
  await program.request('messages.send', { room: `${name}-team`, id: '1', text: 'The build is green again.' })
  await program.request('rooms.open', { user: name })
  await program.request('messages.send', { room: `dm:${[name, `friend-of-${name}`].sort().join(':')}`, id: '1', text: 'Lunch?' })
  await expect(roomItem(page, `${name}-team`).getByTestId('room-item-unread')).toHaveText('1')
  return program
}

for (const colorScheme of ['light', 'dark']) {
  test(`no view has a serious fault of accessibility, ${colorScheme}`, async ({ visit, server }) => {
    const page = await visit({ colorScheme, reducedMotion: 'reduce' })
    const find = {}
    const look = async (view) => {
      await shoot(page, `${view}-${colorScheme}`)
      const found = await harms(page)
      if (found.length > 0) {
        find[view] = found
      }
    }
    await look('sign-in')
    await page.getByTestId('sign-in-way-register').check()
    await page.getByTestId('sign-in-submit').click()
    await expect(page.getByTestId('sign-in-error')).not.toHaveText('')
    await look('register')
    await page.getByTestId('sign-in-way-guest').check()
    const program = await furnish(page, server, `eyes-${colorScheme}`)
    await look('room')
    await openNew(page, 'browse')
    await expect(page.getByTestId('browse-open').first()).toBeVisible()
    await look('browse')
    await page.getByTestId('enter-person').check()
    await look('person')
    await page.getByTestId('enter-create').check()
    await look('create')
    await page.getByTestId('dialog-close').click()
    await page.getByTestId('about-open').click()
    await expect(page.getByTestId('member')).toHaveCount(2)
    await look('about')
    await page.getByTestId('room-leave').click()
    await look('confirm')
    await page.getByTestId('confirm-no').click()
    await page.getByTestId('dialog-close').click()
    await page.getByTestId('settings-open').click()
    await look('settings')
    expect(find).toEqual({})
    program.close()
  })
}

test('speaks Chinese when the browser does, and when it is told to', async ({ visit, server }) => {
  const page = await visit({ locale: 'zh-CN' })
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN')
  await expect(page.getByTestId('sign-in-submit')).toHaveText('以访客身份进入')
  await shoot(page, 'sign-in-chinese')
  const program = await furnish(page, server, 'xiaoming')
  await expect(roomItem(page, 'xiaoming-team').getByTestId('room-item-preview')).toHaveText('friend-of-xiaoming：The build is green again.')
  await shoot(page, 'room-chinese')
  await page.getByTestId('settings-open').click()
  await page.getByTestId('settings-language').selectOption('en')
  await expect(page.getByTestId('settings').getByRole('heading')).toHaveText('Settings')
  await page.reload()
  await expect(page.getByTestId('sign-out')).toHaveAccessibleName('Sign out')
  program.close()
})

test('light and dark are a matter of choice, and the choice stays', async ({ visit }) => {
  const page = await visit({ colorScheme: 'light' })
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  const light = await paper()
  await page.getByTestId('settings-open').click()
  await page.getByTestId('settings-theme-dark').check()
  const dark = await paper()
  expect(dark).not.toBe(light)
  await page.reload()
  expect(await paper()).toBe(dark)
  await page.getByTestId('settings-open').click()
  await page.getByTestId('settings-theme-auto').check()
  expect(await paper()).toBe(light)
})

test('right-to-left turns the page around and breaks nothing', async ({ visit, server }) => {
  const page = await visit()
  const program = await furnish(page, server, 'turned')
  await page.evaluate(() => (document.documentElement.dir = 'rtl'))
  const [sidebar, room] = [await page.locator('.sidebar').boundingBox(), await page.getByTestId('room').boundingBox()]
  expect(sidebar.x).toBeGreaterThan(room.x)
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(1100)
  await shoot(page, 'room-rtl')
  program.close()
})

test('narrow: rooms and room are two views with a way back', async ({ visit, server }) => {
  const page = await visit({ viewport: { width: 360, height: 640 } })
  const fits = async () => expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
  const program = await furnish(page, server, 'narrow')
  await expect(page.locator('.sidebar')).toBeHidden()
  await fits()
  await shoot(page, 'narrow-room')
  await page.getByTestId('about-open').click()
  await expect(page.getByTestId('member')).toHaveCount(2)
  await fits()
  await shoot(page, 'narrow-about')
  await page.getByTestId('dialog-close').click()
  await page.getByTestId('room-back').click()
  await expect(page.locator('.sidebar')).toBeVisible()
  await expect(page.getByTestId('room')).toHaveCount(0)
  await expect(roomItem(page, 'narrow-lobby')).toBeFocused()
  await fits()
  await shoot(page, 'narrow-rooms')
  await openNew(page, 'browse')
  await fits()
  await shoot(page, 'narrow-browse')
  program.close()
})

test('on 4K no line is longer than one can read', async ({ visit, server }) => {
  const page = await visit({ viewport: { width: 3840, height: 2160 } })
  const program = await furnish(page, server, 'wide')
  await write(page, 'A sentence that goes on and on, as sentences do when nobody stops them. '.repeat(12))
  await expect(page.getByTestId('pending-message')).toHaveCount(0)
  const { width } = await page.getByTestId('message-text').last().boundingBox()
  expect(width).toBeLessThan(1100)
  await shoot(page, 'room-4k')
  program.close()
})
