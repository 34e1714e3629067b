import { describe, expect, it } from 'vitest'
import { marked } from './marked'

describe('marked', () => {
  it('sets off the words that were looked for, in any case', () => {
    expect(marked('The Albatross flies', 'albatross FLIES').filter((part) => part.hit).map((part) => part.text)).toEqual(['Albatross', 'flies'])
  })

  it('shows the neighbourhood of the first in a long text', () => {
    const parts = marked(`${'x '.repeat(500)}needle ${'y '.repeat(500)}`, 'needle')
    expect(parts.map((part) => part.text).join('').length).toBeLessThan(260)
    expect(parts.some((part) => part.hit)).toBe(true)
  })

  it('takes what is typed as it is, not as a pattern', () => {
    expect(marked('a (b) c', '(b)').filter((part) => part.hit)).toEqual([{ text: '(b)', hit: true }])
    expect(marked('abc', ' ')).toEqual([{ text: 'abc', hit: false }])
  })
})
