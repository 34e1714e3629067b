import { createRoom, expect, joinRoom, messages, shoot, signIn, test, write } from './fixture.mjs'

const row = (page, text) => page.getByTestId('message').filter({ has: page.getByTestId('message-text').filter({ hasText: text }) })

async function act(page, text, action) {
  await row(page, text).hover()
  await row(page, text).getByTestId(`action-${action}`).click()
}

test('a message is edited, answered, reacted to and deleted, and everybody sees it', async ({ visit }) => {
  const [ada, bob] = [await visit(), await visit()]
  await signIn(ada, 'ada-e')
  await signIn(bob, 'bob-e')
  await createRoom(ada, 'editing')
  await joinRoom(bob, 'editing')
  await write(ada, 'I wnat tea')
  await expect(messages(bob)).toHaveText(['I wnat tea'])

  await act(ada, 'I wnat tea', 'edit')
  await expect(ada.getByTestId('composer-input')).toHaveValue('I wnat tea')
  await write(ada, 'I want tea')
  await expect(messages(bob)).toHaveText(['I want tea'])
  await expect(bob.getByTestId('edited')).toHaveCount(1)

  await act(bob, 'I want tea', 'reply')
  await write(bob, 'So do I')
  await expect(row(ada, 'So do I').getByTestId('quote')).toContainText('I want tea')
  await expect(ada.getByTestId('receipt')).toHaveCount(0)

  await act(bob, 'I want tea', 'react')
  await row(bob, 'I want tea').locator('[data-testid=react][data-emoji="👍"]').first().click()
  await expect(ada.getByTestId('reaction')).toHaveText('👍 1')
  await ada.getByTestId('reaction').click()
  await expect(bob.getByTestId('reaction')).toHaveText('👍 2')
  await ada.getByTestId('reaction').click()
  await expect(bob.getByTestId('reaction')).toHaveText('👍 1')

  await write(ada, 'never mind')
  await expect(messages(bob)).toHaveText(['I want tea', 'So do I', 'never mind'])
  await expect(ada.getByTestId('receipt')).toHaveText('Read by bob-e')
  await act(ada, 'never mind', 'delete')
  await ada.getByTestId('delete-yes').click()
  await expect(messages(bob)).toHaveText(['I want tea', 'So do I', 'This message was deleted.'])
  await shoot(ada, 'editing')
})

test('Markdown is drawn, and nothing that a text, a name or a file is called becomes HTML', async ({ visit }) => {
  const page = await visit()
  let dialogs = 0
  page.on('dialog', async (dialog) => {
    dialogs++
    await dialog.dismiss()
  })
  await signIn(page, 'mallory-md')
  await createRoom(page, 'markdown')
  await write(page, 'Some **bold**, *soft*, ~~gone~~ and `code` with https://example.org/a?b=1&c=2')
  const first = messages(page).first()
  await expect(first.locator('strong')).toHaveText('bold')
  await expect(first.locator('em')).toHaveText('soft')
  await expect(first.locator('s')).toHaveText('gone')
  await expect(first.locator('code')).toHaveText('code')
  await expect(first.locator('a')).toHaveAttribute('href', 'https://example.org/a?b=1&c=2')
  await expect(first.locator('a')).toHaveAttribute('rel', 'noopener noreferrer')

  const attacks = [
    '<img src=x onerror=alert(1)>',
    '<script>alert(1)</script>',
    '**<svg onload=alert(1)>**',
    '[click](javascript:alert(1))',
    '[click](JaVaScRiPt:alert(1))',
    '[click](data:text/html,<script>alert(1)</script>)',
    '![x](https://example.org/x.png)',
    '[x](https://example.org" onmouseover="alert(1))',
    '`<b onclick=alert(1)>`',
    '```\n</code></pre><img src=x onerror=alert(1)>\n```',
    '<a href="https://example.org" onclick="alert(1)">x</a>',
    '@mallory-md<img src=x onerror=alert(1)> `@mallory-md`',
  ]
  for (const attack of attacks) {
    await write(page, attack)
  }
  await expect(messages(page)).toHaveCount(attacks.length + 1)
  const list = page.getByTestId('message-list')
  expect(await list.locator('img, script, svg[onload], b, iframe').count()).toBe(0)
  expect(await list.locator('a[href]').evaluateAll((links) => links.map(({ href }) => new URL(href).protocol))).not.toContain('javascript:')
  expect(await list.locator('*').evaluateAll((all) => all.flatMap((each) => [...each.attributes].filter(({ name }) => name.startsWith('on')).map(({ name }) => name)))).toEqual([])

  await page.getByTestId('file-input').setInputFiles({ name: '<img src=x onerror=alert(1)>.txt', mimeType: 'text/html', buffer: Buffer.from('<script>alert(1)</script>') })
  await expect(page.getByTestId('upload')).toHaveAttribute('data-state', 'done')
  await page.getByTestId('composer-send').click()
  await expect(page.getByTestId('attachment-name')).toHaveText('<img src=x onerror=alert(1)>.txt')
  expect(await list.locator('img').count()).toBe(0)
  expect(dialogs).toBe(0)
  await shoot(page, 'markdown')
})

test('a name is completed and its owner is mentioned', async ({ visit }) => {
  const [ada, bob] = [await visit(), await visit()]
  await signIn(ada, 'ada-m')
  await signIn(bob, 'bob-m')
  await createRoom(ada, 'mentions')
  await joinRoom(bob, 'mentions')
  await write(bob, 'here')
  await expect(messages(ada)).toHaveText(['here'])
  await ada.getByTestId('composer-input').pressSequentially('hello @bo')
  await expect(ada.getByTestId('mention-choice')).toHaveText(['@bob-m'])
  await ada.getByTestId('composer-input').press('Enter')
  await expect(ada.getByTestId('composer-input')).toHaveValue('hello @bob-m ')
  await ada.getByTestId('composer-input').press('Enter')
  await expect(row(bob, 'hello').locator('.mention')).toHaveText('@bob-m')
  await expect(row(bob, 'hello')).toHaveClass(/message--for-me/)
})

test('search finds words here and everywhere, and goes to them', async ({ visit }) => {
  const page = await visit()
  await signIn(page, 'searcher')
  await createRoom(page, 'search-one')
  await write(page, 'the albatross is here')
  await expect(messages(page)).toHaveCount(1)
  await createRoom(page, 'search-two')
  await write(page, 'an albatross is there')
  await write(page, 'nothing')
  await expect(messages(page)).toHaveCount(2)
  await page.getByTestId('open-search').click()
  await expect(page.getByTestId('search-input')).toBeFocused()
  await expect(async () => {
    await page.getByTestId('search-input').fill('')
    await page.getByTestId('search-input').fill('albatross')
    await expect(page.getByTestId('search-hit')).toHaveCount(1, { timeout: 2000 })
  }).toPass()
  await page.getByTestId('search-everywhere').check()
  await expect(page.getByTestId('search-hit')).toHaveCount(2)
  await shoot(page, 'search')
  await page.getByTestId('search-hit').filter({ hasText: 'is here' }).click()
  await expect(page.getByTestId('room-title')).toHaveText('search-one')
  await expect(row(page, 'the albatross')).toHaveClass(/message--found/)
})
