import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { firstLoadBytes } from './firstLoad'

describe('firstLoadBytes', () => {
  const size = (code: string) => gzipSync(code, { level: 9 }).length
  const chunk = (fileName: string, code: string, imports: string[] = [], isEntry = false) => ({ fileName, code, imports, isEntry })

  it('counts the entry and what it imports, once each, and nothing that is loaded later', () => {
    const chunks = [
      chunk('main.js', 'main', ['shared.js', 'more.js'], true),
      chunk('shared.js', 'shared', ['more.js']),
      chunk('more.js', 'more'),
      chunk('later.js', 'later'.repeat(1000), ['shared.js']),
    ]
    expect(firstLoadBytes(chunks)).toBe(size('main') + size('shared') + size('more'))
  })
})
