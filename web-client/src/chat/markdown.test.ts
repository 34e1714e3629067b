import { describe, expect, it } from 'vitest'
import { toHtml } from './markdown'

const drawn = (text: string, mentions: string[] = []) => {
  const box = document.createElement('div')
  box.innerHTML = toHtml(text, mentions)
  return box
}

describe('toHtml', () => {
  it('draws the subset', () => {
    const box = drawn('**b** *i* ~~s~~ `c`\n\n> q\n\n- one\n- two\n\n```\nx < y\n```')
    expect(['strong', 'em', 's', 'code', 'blockquote', 'li', 'pre'].filter((tag) => box.querySelector(tag) === null)).toEqual([])
    expect(box.querySelector('pre')!.textContent).toBe('x < y\n')
  })

  it('makes links of web addresses only, which tell nobody where they come from', () => {
    const link = drawn('see https://example.org/a?b=1').querySelector('a')!
    expect([link.getAttribute('href'), link.rel, link.target]).toEqual(['https://example.org/a?b=1', 'noopener noreferrer', '_blank'])
    for (const url of ['javascript:alert(1)', 'JAVASCRIPT:alert(1)', 'data:text/html,x', 'vbscript:x', 'file:///etc/passwd', ' javascript:alert(1)']) {
      expect(drawn(`[x](${url})`).querySelector('a')).toBeNull()
    }
  })

  it('leaves headings, pictures and HTML as they were typed', () => {
    for (const text of ['# not a heading', '![x](https://example.org/x.png)', '<b>bold</b>', '<img src=x onerror=alert(1)>', '<!-- x -->', '&lt;b&gt;']) {
      const box = drawn(text)
      expect(box.querySelector('h1, img, b')).toBeNull()
    }
    expect(drawn('<b>bold</b>').textContent!.trim()).toBe('<b>bold</b>')
  })

  it('sets off mentions in text, not in code of tags', () => {
    const box = drawn('@ada, ask @bob. Not @eve or a@bob.org https://example.org/@ada', ['ada', 'bob'])
    expect([...box.querySelectorAll('.mention')].map((each) => each.textContent)).toEqual(['@ada', '@bob'])
    expect(box.querySelector('a')!.getAttribute('href')).toBe('https://example.org/@ada')
  })
})
