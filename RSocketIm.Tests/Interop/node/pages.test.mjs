import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { useServer } from './fixture.mjs'

const fixture = useServer()

/** What fetch does not show: the bytes as they came. */
function get(path, headers = {}, method = 'GET') {
  return new Promise((resolve, reject) => {
    request(new URL(path, fixture.server.url), { headers, method }, async (response) => {
      resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(await response.toArray()) })
    })
      .on('error', reject)
      .end()
  })
}

async function script() {
  const page = await get('/')
  assert.equal(page.status, 200)
  assert.match(page.headers['content-security-policy'], /default-src 'self'/)
  assert.equal(page.headers['cache-control'], 'no-cache')
  return /src="(\/assets\/[^"]+\.js)"/.exec(page.body.toString())[1]
}

test('a script of the page comes compressed to who takes that, whole to who does not, and is kept for good', async () => {
  const path = await script()
  const plain = await get(path)
  const small = await get(path, { 'Accept-Encoding': 'gzip, deflate, br' })
  assert.deepEqual([plain.status, plain.headers['content-encoding']], [200, undefined])
  assert.match(plain.headers['content-type'], /^text\/javascript/)
  assert.match(small.headers['content-encoding'], /^(br|gzip)$/)
  assert.match(small.headers.vary, /accept-encoding/i)
  const unpack = small.headers['content-encoding'] === 'br' ? brotliDecompressSync : gunzipSync
  assert.ok(unpack(small.body).equals(plain.body))
  assert.ok(small.body.length < plain.body.length / 2)
  for (const { headers } of [plain, small]) {
    assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable')
    assert.equal(headers['x-content-type-options'], 'nosniff')
  }
})

test('a script that the browser has is not sent again', async () => {
  const path = await script()
  const { headers } = await get(path)
  const again = await get(path, { 'If-None-Match': headers.etag })
  assert.deepEqual([again.status, again.body.length], [304, 0])
})

test('a script is not there under another name, nor for another method', async () => {
  const path = await script()
  assert.equal((await get(path.replace('.js', 'x.js'))).status, 404)
  assert.equal((await get('/assets/..%2f..%2fappsettings.json')).status, 404)
  assert.ok([404, 405].includes((await get(path, {}, 'POST')).status))
  assert.deepEqual([(await get(path, {}, 'HEAD')).status, (await get(path, {}, 'HEAD')).body.length], [200, 0])
})
