import { describe, expect, it } from 'vitest'
import { en } from './en'
import type { Text } from './text'
import { choose, LANGUAGES, Translator } from './translator'
import { zh } from './zh'

const placeholders = (text: Text) =>
  [...new Set((typeof text === 'string' ? [text] : Object.values(text)).flatMap((each) => each.match(/\{\w+\}/g) ?? []))].sort()

describe('texts', () => {
  const { t, list, date } = new Translator('en', 'en-GB')

  it('fills placeholders, and looks into no value again', () => {
    expect(t('signIn.taken', { name: '{count}' })).toBe('The name “{count}” is taken. Please choose another one.')
  })

  it('chooses the plural of the language', () => {
    expect([t('room.members', { count: 1 }), t('room.members', { count: 1200 })]).toEqual(['1 member', '1,200 members'])
    expect(new Translator('zh').t('room.members', { count: 1 })).toBe('1 位成员')
  })

  it('writes lists and dates in the language', () => {
    expect(list(['ada', 'bob', 'carol'])).toBe('ada, bob and carol')
    expect(date(0, { year: 'numeric', timeZone: 'UTC' })).toBe('1970')
  })

  it.each(Object.entries(en))('%s has the same placeholders in Chinese, and words', (key, text: Text) => {
    const other: Text = zh[key as keyof typeof zh]
    expect(placeholders(other)).toEqual(placeholders(text))
    for (const words of typeof other === 'string' ? [other] : Object.values(other)) {
      expect(words.trim()).not.toBe('')
    }
  })

  it('takes the first language of the browser that there are texts for', () => {
    expect(choose(['fr-FR', 'zh-TW', 'en'])).toEqual({ language: 'zh', locale: 'zh-TW' })
    expect(choose(['fr'])).toEqual({ language: 'en', locale: 'en' })
    expect(Object.keys(LANGUAGES)).toEqual(['en', 'zh'])
  })
})
