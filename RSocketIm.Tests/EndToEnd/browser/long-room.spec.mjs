import { connect, simple } from '../../Interop/node/client.mjs'
import { expect, lookAt, messages, signIn, test } from './fixture.mjs'

/** More than the page keeps. */
const FLOOD = 1200

test('a flood passes at the pace of the page, which keeps the newest and can load older ones', async ({ server, visit }) => {
  const program = await connect(server, { setup: simple('flooder') })
  const room = 'flood'
  await program.request('rooms.create', { room })
  for (let i = 0; i < 120; i++) {
    await program.request('messages.send', { room, id: `before-${i}`, text: `before ${i}` })
  }

  const page = await visit()
  await signIn(page, 'reader')
  await lookAt(page, room)
  await expect(messages(page).last()).toHaveText('before 119')
  await expect(page.getByTestId('load-older')).toBeVisible()
  const shown = await messages(page).count()
  await page.getByTestId('load-older').click()
  await expect(messages(page)).toHaveCount(shown + 50)
  // The reader keeps their place: what was the first message is still there to be seen, now below older ones.
  await expect(page.getByTestId('jump-to-newest')).toBeVisible()
  await page.getByTestId('jump-to-newest').click()

  const publish = program.channel('messages.publish', { room, id: 'flood-0', text: 'flood 0' }, FLOOD)
  for (let i = 1; i < FLOOD; i++) {
    publish.send({ room, id: `flood-${i}`, text: `flood ${i}` })
  }
  publish.end()
  await publish.completion()
  await expect(messages(page).last()).toHaveText(`flood ${FLOOD - 1}`, { timeout: 60_000 })
  expect(await messages(page).count()).toBeLessThanOrEqual(500)
  const texts = await messages(page).allTextContents()
  expect(texts).toEqual(Array.from({ length: texts.length }, (_, i) => `flood ${FLOOD - texts.length + i}`))
  program.close()
})
