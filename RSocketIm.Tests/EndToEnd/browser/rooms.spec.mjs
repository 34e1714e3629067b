import { connect, simple } from '../../Interop/node/client.mjs'
import { createRoom, expect, joinRoom, messages, openNew, openRoom, roomItem, shoot, signIn, signInBy, test, write, writeTo } from './fixture.mjs'

const names = (page) => page.getByTestId('room-item-name')

test('rooms show their last message and what is unread, the most lively first', async ({ visit, server }) => {
  const page = await visit()
  await signIn(page, 'lister')
  for (const room of ['list-a', 'list-b', 'list-c']) {
    await createRoom(page, room)
  }
  await expect(names(page)).toHaveText(['list-c', 'list-b', 'list-a'])
  const lists = []
  page.on('websocket', () => lists.push('another connection'))

  const program = await connect(server, { setup: simple('teller') })
  for (const [room, id] of [['list-a', '1'], ['list-b', '2'], ['list-a', '3']]) {
    await program.request('rooms.join', { room })
    await program.request('messages.send', { room, id, text: `message ${id}` })
  }
  await expect(names(page)).toHaveText(['list-a', 'list-b', 'list-c'])
  await expect(roomItem(page, 'list-a').getByTestId('room-item-unread')).toHaveText('2')
  await expect(roomItem(page, 'list-a').getByTestId('room-item-preview')).toHaveText('teller: message 3')
  await expect(page).toHaveTitle(/^\(3\) list-c/)
  await shoot(page, 'rooms')

  // An edit of the last message is seen there too, and reading takes the number away, for good.
  await program.request('messages.edit', { room: 'list-b', target: 3, text: 'changed' })
  await expect(roomItem(page, 'list-b').getByTestId('room-item-preview')).toHaveText('teller: changed')
  await openRoom(page, 'list-a')
  await expect(messages(page)).toHaveText(['message 1', 'message 3'])
  await expect(page).toHaveTitle(/^\(1\) list-a/)
  await openRoom(page, 'list-b')
  await expect(roomItem(page, 'list-a').getByTestId('room-item-unread')).toHaveCount(0)
  await expect(async () => {
    await page.reload()
    await expect(names(page)).toHaveText(['list-a', 'list-b', 'list-c'])
    await expect(page.getByTestId('room-item-unread')).toHaveCount(0, { timeout: 1000 })
  }).toPass()
  await expect(roomItem(page, 'list-b').getByTestId('room-item-preview')).toHaveText('teller: changed')
  program.close()
})

test('public rooms are browsed page by page and found by the beginning of their id', async ({ visit, server }) => {
  const program = await connect(server, { setup: simple('builder') })
  for (let i = 10; i < 50; i++) {
    await program.request('rooms.create', { room: `shelf-${i}`, title: `Shelf number ${i}` })
  }
  program.close()
  const page = await visit()
  await signIn(page, 'browser')
  await openNew(page, 'browse')
  await page.getByTestId('browse-filter').fill('shelf-')
  const rooms = page.getByTestId('browse-rooms').locator('[data-room^=shelf-]')
  await expect(rooms).toHaveCount(30)
  await shoot(page, 'browse')
  await page.getByTestId('browse-more').click()
  await expect(rooms).toHaveCount(40)
  await page.getByTestId('browse-filter').fill('shelf-42')
  await expect(rooms).toHaveCount(1)
  await rooms.getByTestId('browse-join').click()
  await expect(page.getByTestId('room-title')).toHaveText('Shelf number 42')
  await expect(names(page)).toHaveText(['Shelf number 42'])
})

test('two people write to each other directly', async ({ visit }) => {
  const [ann, ben] = [await visit(), await visit()]
  await signIn(ann, 'ann')
  await signIn(ben, 'ben')
  await writeTo(ann, 'ben')
  await write(ann, 'just between us')
  // It appears with him by itself, with its message, named after her, who is there.
  await expect(names(ben)).toHaveText(['ann'])
  await expect(ben.getByTestId('room-item-preview')).toHaveText('just between us')
  await expect(ben.getByTestId('room-item-unread')).toHaveText('1')
  await expect(ben.locator('.room-item .avatar--online')).toHaveCount(1)
  await ben.getByTestId('room-item').click()
  await expect(messages(ben)).toHaveText(['just between us'])
  await write(ben, 'indeed')
  await expect(messages(ann)).toHaveText(['just between us', 'indeed'])
  await expect(names(ann)).toHaveText(['ben'])
  await ann.getByTestId('about-open').click()
  await expect(ann.getByTestId('member')).toHaveCount(2)
  await expect(ann.getByTestId('room-leave')).toHaveCount(0)
  await ann.getByTestId('dialog-close').click()
  // To oneself there is no such room.
  await openNew(ann, 'person')
  await ann.getByTestId('person-name').fill('ann')
  await ann.getByTestId('person-start').click()
  await expect(ann.getByTestId('enter-error')).not.toHaveText('')
})

test('a private room: invited, promoted, renamed, removed, banned, left', async ({ visit }) => {
  const [owner, guest] = [await visit(), await visit()]
  await signIn(owner, 'olga')
  await signIn(guest, 'gus')
  await createRoom(owner, 'inner-circle', { title: 'The inner circle', kind: 'private' })
  await openNew(guest, 'browse')
  await guest.getByTestId('browse-filter').fill('inner-circle')
  await guest.getByTestId('browse-join-id').click()
  await expect(guest.getByTestId('enter-error')).not.toHaveText('')
  await guest.getByTestId('dialog-close').click()

  await owner.getByTestId('about-open').click()
  await owner.getByTestId('invite-name').fill('gus')
  await owner.getByTestId('invite-submit').click()
  await expect(owner.getByTestId('invite-done')).toHaveText('gus is invited.')
  // It is there by itself, and after a reload as well.
  await expect(guest.getByTestId('invitations')).toContainText('The inner circle')
  await guest.reload()
  await expect(guest.getByTestId('invitations')).toContainText('The inner circle')
  await guest.getByTestId('invitation-accept').click()
  await expect(guest.getByTestId('room-title')).toHaveText('The inner circle')
  await expect(guest.getByTestId('invitations')).toHaveCount(0)

  await owner.getByTestId('dialog-close').click()
  await owner.getByTestId('about-open').click()
  const row = owner.locator('[data-testid=member][data-user=gus]')
  await expect(row).toHaveAttribute('data-online', 'true')
  await shoot(owner, 'members')
  await row.getByTestId('member-role').selectOption('moderator')
  await expect(row.getByTestId('member-role')).toHaveValue('moderator')
  // The last owner stays one, and is told so.
  await owner.locator('[data-user=olga]').getByTestId('member-role').selectOption('member')
  await expect(owner.getByTestId('members-error')).not.toHaveText('')
  await expect(owner.locator('[data-user=olga]').getByTestId('member-role')).toHaveValue('owner')
  await owner.getByTestId('dialog-close').click()

  await guest.getByTestId('about-open').click()
  await guest.getByTestId('room-title-field').fill('Our circle')
  await guest.getByTestId('room-title-save').click()
  await expect(names(owner)).toHaveText(['Our circle'])
  await expect(owner.getByTestId('room-title')).toHaveText('Our circle')
  await expect(guest.locator('[data-user=olga]').getByTestId('member-remove')).toHaveCount(0)
  await guest.getByTestId('dialog-close').click()

  await owner.getByTestId('about-open').click()
  await owner.locator('[data-user=gus]').getByTestId('member-remove').click()
  await owner.getByTestId('confirm-yes').click()
  await expect(owner.getByTestId('member')).toHaveCount(1)
  await expect(guest.getByTestId('room')).toHaveAttribute('data-status', 'closed')
  await expect(names(guest)).toHaveCount(0)
  await owner.getByTestId('dialog-close').click()
  await owner.getByTestId('about-open').click()
  await owner.getByTestId('room-leave').click()
  await shoot(owner, 'leave')
  await owner.getByTestId('confirm-yes').click()
  await expect(owner.getByTestId('no-room')).toBeVisible()
  await expect(names(owner)).toHaveCount(0)
})

test('an invitation and a removal are told at once, whichever room is open, on every device', async ({ visit, server }) => {
  const [page, second] = [await visit(), await visit()]
  const owner = await connect(server, { setup: simple('notice-owner') })
  const room = 'notice-board'
  await owner.request('rooms.create', { room, title: 'Notice board', kind: 'private' })
  await signInBy(page, 'register', 'noticed', 'correct horse battery')
  await signInBy(second, 'login', 'noticed', 'correct horse battery')
  await createRoom(page, 'somewhere-else')
  await expect(names(second)).toHaveText(['somewhere-else'])

  await owner.request('rooms.invite', { room, user: 'noticed' })
  await expect(page.getByTestId('invitations')).toContainText('Notice board')
  await expect(second.getByTestId('invitations')).toContainText('Notice board')
  await owner.request('rooms.remove', { room, user: 'noticed' })
  await expect(page.getByTestId('invitations')).toHaveCount(0)
  await expect(second.getByTestId('invitations')).toHaveCount(0)

  await owner.request('rooms.invite', { room, user: 'noticed' })
  await page.getByTestId('invitation-accept').click()
  await expect(page.getByTestId('room-title')).toHaveText('Notice board')
  await expect(names(second).filter({ hasText: 'Notice board' })).toHaveCount(1)
  await expect(second.getByTestId('invitations')).toHaveCount(0)
  await owner.request('messages.send', { room, id: '1', text: 'welcome' })
  await expect(messages(page)).toHaveText(['welcome'])
  await openRoom(page, 'somewhere-else')

  await owner.request('rooms.remove', { room, user: 'noticed' })
  await expect(names(page)).toHaveText(['somewhere-else'])
  await expect(names(second)).toHaveText(['somewhere-else'])
  await expect(page.getByTestId('room-title')).toHaveText('somewhere-else')

  // What is left on one device is left on the other.
  await page.getByTestId('about-open').click()
  await page.getByTestId('room-leave').click()
  await page.getByTestId('confirm-yes').click()
  await expect(names(second)).toHaveCount(0)
  owner.close()
})

test('who is banned cannot come back', async ({ visit }) => {
  const [owner, guest] = [await visit(), await visit()]
  await signIn(owner, 'otto')
  await signIn(guest, 'bad-guest')
  await createRoom(owner, 'strict')
  await joinRoom(guest, 'strict')
  await owner.getByTestId('about-open').click()
  await owner.locator('[data-user=bad-guest]').getByTestId('member-ban').click()
  await expect(owner.getByTestId('confirm')).toContainText('Ban bad-guest?')
  await owner.getByTestId('confirm-yes').click()
  await expect(owner.getByTestId('member')).toHaveCount(1)
  await guest.reload()
  await openNew(guest, 'browse')
  await guest.getByTestId('browse-filter').fill('strict')
  await guest.locator('[data-room=strict]').getByTestId('browse-join').click()
  await expect(guest.getByTestId('enter-error')).not.toHaveText('')
})

test('markup in titles and names is text', async ({ visit, server }) => {
  const page = await visit()
  let dialogs = 0
  page.on('dialog', (dialog) => {
    dialogs++
    return dialog.dismiss()
  })
  const name = '<img src=x onerror=alert(0)>'
  await page.getByTestId('sign-in-name').fill(name)
  await page.getByTestId('sign-in-submit').click()
  await expect(page.getByTestId('sign-in-error')).toContainText('1 to 32 letters')
  await signIn(page, 'mia')
  await openNew(page, 'person')
  await page.getByTestId('person-name').fill(name)
  await page.getByTestId('person-start').click()
  await expect(page.getByTestId('enter-error')).toContainText('no user name')
  await page.getByTestId('enter-browse').check()
  await page.getByTestId('browse-filter').fill(name)
  await page.getByTestId('browse-filter').press('Enter')
  await expect(page.getByTestId('enter-error')).toContainText('1 to 64 letters')
  await page.getByTestId('dialog-close').click()
  const title = '<img src=x onerror=alert(1)>{{ 1 + 1 }}"><script>alert(2)</script>'
  await createRoom(page, 'marked-up', { title })
  await expect(names(page)).toHaveText([title])
  await expect(page).toHaveTitle(new RegExp('<img src=x'))
  await page.getByTestId('about-open').click()
  await expect(page.getByTestId('about-name')).toHaveText(title)
  await expect(page.getByTestId('room-title-field')).toHaveValue(title)
  await page.getByTestId('dialog-close').click()
  const program = await connect(server, { setup: simple('sneak') })
  await program.request('rooms.join', { room: 'marked-up' })
  await program.request('messages.send', { room: 'marked-up', id: '1', text: '<svg/onload=alert(3)>' })
  program.close()
  await expect(page.getByTestId('room-item-preview')).toHaveText('sneak: <svg/onload=alert(3)>')
  await page.goto(`${server.url}/#/<img src=x onerror=alert(4)>`)
  await page.reload()
  await expect(page.getByTestId('no-room')).toBeVisible()
  expect(await page.locator('.sidebar img, script:not([src]), .sidebar svg[onload]').count()).toBe(0)
  expect(dialogs).toBe(0)
})

test('works from the keyboard: finding, stepping, dialogs that give the focus back', async ({ visit }) => {
  const page = await visit()
  await signIn(page, 'keyed')
  for (const room of ['key-a', 'key-b', 'key-c']) {
    await createRoom(page, room)
  }
  await page.keyboard.press('Control+k')
  await expect(page.getByTestId('rooms-filter')).toBeFocused()
  await page.keyboard.type('key-a')
  await expect(names(page)).toHaveText(['key-a'])
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('room-title')).toHaveText('key-a')
  await page.keyboard.press('Alt+ArrowUp')
  await expect(page.getByTestId('room-title')).toHaveText('key-b')
  await page.keyboard.press('Alt+ArrowDown')
  await expect(page.getByTestId('room-title')).toHaveText('key-a')

  await roomItem(page, 'key-c').focus()
  await page.keyboard.press('ArrowDown')
  await expect(roomItem(page, 'key-b')).toBeFocused()
  await page.keyboard.press('End')
  await expect(roomItem(page, 'key-a')).toBeFocused()

  await page.getByTestId('settings-open').focus()
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('settings')).toBeVisible()
  // Nothing behind the dialog can be reached.
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest('dialog') !== null)).toBe(true)
  }
  await page.keyboard.press('Escape')
  await expect(page.getByTestId('settings')).toHaveCount(0)
  await expect(page.getByTestId('settings-open')).toBeFocused()
})
