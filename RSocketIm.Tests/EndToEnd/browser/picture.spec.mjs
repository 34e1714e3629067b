// Makes the picture of the README: screenshots/readme.png, copied to docs/images/chat.png when the page has changed its looks.
import { connect, simple } from '../../Interop/node/client.mjs'
import { createRoom, expect, messages, signIn, test, shoot, write } from './fixture.mjs'

const TALK = [
  ['grace', 'Good morning! The nightly run is through: **all green**.'],
  ['grace', 'Throughput went up again, see `docs/performance.md`.'],
  ['linus', 'What happens to a reader who cannot keep up?'],
  ['grace', 'Nothing bad:\n- the server sends what there is *credit* for\n- the rest waits in the log\n- nobody is disconnected, and nothing is lost'],
]

test('the picture of the README', async ({ server, visit }) => {
  const mary = await visit({ viewport: { width: 1280, height: 940 }, deviceScaleFactor: 1.5 })
  await signIn(mary, 'mary')
  await createRoom(mary, 'builds', { title: 'Builds' })
  await createRoom(mary, 'engineering', { title: 'Engineering' })
  const people = {}
  for (const name of ['grace', 'linus']) {
    people[name] = await connect(server, { setup: simple(name) })
    await people[name].request('rooms.join', { room: 'engineering' })
    await people[name].request('rooms.join', { room: 'builds' })
  }
  const say = async (name, text, more = {}) => (await people[name].request('messages.send', { room: 'engineering', id: `${Math.random()}`, text, ...more })).seq
  await mary.getByTestId('open-pace').click()
  await mary.getByTestId('pace-slider').fill('5')

  const flood = people.linus.channel('messages.publish', { room: 'engineering', id: 'n', text: 'build 0 finished' }, 0x7fffffff)
  let sent = 1
  const timer = setInterval(() => {
    for (let i = 0; i < 30; i++) {
      flood.send({ room: 'engineering', id: `n${sent}`, text: `build ${sent++} finished in ${(sent * 37) % 90} s` })
    }
  }, 100)
  const lag = async () => Number(await mary.getByTestId('pace-foot').getAttribute('data-lag'))
  await expect.poll(lag, { timeout: 60_000 }).toBeGreaterThan(1500)
  clearInterval(timer)
  flood.end()
  await flood.completion()
  await mary.getByTestId('pace-pause').click()
  await expect.poll(() => mary.locator('[data-flow="rooms.feed"] [data-testid=outstanding]').getAttribute('data-value')).toBe('0')
  await mary.getByTestId('pace-slider').fill('8')
  await mary.getByTestId('pace-pause').click()
  await expect.poll(lag, { timeout: 60_000 }).toBe(0)

  const seqs = []
  for (const [name, text] of TALK) {
    seqs.push(await say(name, text))
  }
  for (const person of Object.values(people)) {
    await person.request('messages.react', { room: 'engineering', target: seqs[0], emoji: '🎉', on: true })
  }
  await people.grace.request('messages.send', { room: 'builds', id: 'b', text: 'main is green' })
  await write(mary, 'I have just watched it: 1,500 behind, then paused, then all of it came 🐢 → 🐇')
  await expect(messages(mary).last()).toContainText('watched it')
  await say('linus', '@mary exactly, and nobody else noticed', { mentions: ['mary'], replyTo: seqs[2] })
  await expect(messages(mary).last()).toContainText('@mary')
  await expect(mary.locator('.mention')).toHaveCount(1)
  await mary.mouse.move(640, 5)
  await shoot(mary, 'readme')
  Object.values(people).forEach((person) => person.close())
})
