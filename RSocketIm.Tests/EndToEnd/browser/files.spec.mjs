import { createHash, randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { createRoom, expect, joinRoom, messages, shoot, signIn, test } from './fixture.mjs'

const hash = (bytes) => createHash('sha256').update(bytes).digest('hex')

/** A picture, drawn in the page. */
const paint = (page) =>
  page.evaluate(async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 400 })
    const context = canvas.getContext('2d')
    const sky = context.createLinearGradient(0, 0, 0, 400)
    sky.addColorStop(0, '#2457d6')
    sky.addColorStop(1, '#ffd9a0')
    context.fillStyle = sky
    context.fillRect(0, 0, 640, 400)
    context.fillStyle = '#fff3d6'
    context.arc(480, 120, 50, 0, 7)
    context.fill()
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/png'))
    return [...new Uint8Array(await blob.arrayBuffer())]
  })

test('a file of 20 MB goes up and comes down as it was', async ({ visit }, info) => {
  const [ada, bob] = [await visit(), await visit()]
  await signIn(ada, 'ada-f')
  await signIn(bob, 'bob-f')
  await createRoom(ada, 'files')
  await joinRoom(bob, 'files')
  const bytes = randomBytes(20 * 1024 * 1024)
  const path = info.outputPath('twenty.bin')
  await writeFile(path, bytes)
  await ada.getByTestId('file-input').setInputFiles(path)
  await expect(ada.getByTestId('upload').locator('progress')).toBeVisible()
  await expect(ada.getByTestId('upload')).toHaveAttribute('data-state', 'done', { timeout: 60_000 })
  await ada.getByTestId('composer-input').fill('the large one')
  await ada.getByTestId('composer-input').press('Enter')
  await expect(messages(bob)).toHaveText(['the large one'])
  await expect(bob.getByTestId('attachment')).toContainText('twenty.bin')
  await expect(bob.getByTestId('attachment')).toContainText('20 MiB')
  const [saved] = await Promise.all([bob.waitForEvent('download', { timeout: 60_000 }), bob.getByTestId('attachment-save').click()])
  expect(saved.suggestedFilename()).toBe('twenty.bin')
  expect(hash(await readFile(await saved.path()))).toBe(hash(bytes))
})

test('a picture is pasted or dropped, and everybody sees it', async ({ visit }) => {
  const [ada, bob] = [await visit(), await visit()]
  await signIn(ada, 'ada-p')
  await signIn(bob, 'bob-p')
  await createRoom(ada, 'pictures')
  await joinRoom(bob, 'pictures')
  const picture = await paint(ada)
  await ada.getByTestId('composer-input').evaluate((field, bytes) => {
    const data = new DataTransfer()
    data.items.add(new File([new Uint8Array(bytes)], 'sunrise.png', { type: 'image/png' }))
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
  }, picture)
  await expect(ada.getByTestId('upload')).toHaveAttribute('data-state', 'done')
  await ada.getByTestId('room').evaluate((room, bytes) => {
    const dataTransfer = new DataTransfer()
    dataTransfer.items.add(new File([new Uint8Array(bytes)], 'again.png', { type: 'image/png' }))
    room.dispatchEvent(new DragEvent('dragenter', { dataTransfer, bubbles: true, cancelable: true }))
    room.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
  }, picture)
  await expect(ada.getByTestId('upload')).toHaveCount(2)
  await expect(ada.locator('[data-testid=upload][data-state=done]')).toHaveCount(2)
  await shoot(ada, 'uploads')
  await ada.getByTestId('composer-send').click()
  await expect(bob.getByTestId('picture').locator('img')).toHaveCount(2)
  await expect.poll(() => bob.getByTestId('picture').first().locator('img').evaluate((img) => img.naturalWidth)).toBe(640)
  // Only files: their names are no words of the message.
  await expect(messages(bob)).toHaveCount(0)
  await bob.getByTestId('picture').first().click()
  await expect(bob.getByTestId('picture-viewer')).toBeVisible()
  await bob.keyboard.press('Escape')
  await expect(bob.getByTestId('picture-viewer')).toHaveCount(0)
  await shoot(bob, 'pictures')
})

test('an upload is given up, and a file that is too large is refused in words', async ({ visit }) => {
  const page = await visit()
  await signIn(page, 'giver')
  await createRoom(page, 'giving-up')
  await page.getByTestId('file-input').setInputFiles({ name: 'large.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(20 * 1024 * 1024) })
  await page.getByTestId('upload-remove').click()
  await expect(page.getByTestId('upload')).toHaveCount(0)
  await page.getByTestId('composer-input').fill('without')
  await page.getByTestId('composer-input').press('Enter')
  await expect(messages(page)).toHaveText(['without'])
})
