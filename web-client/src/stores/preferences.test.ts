import { createPinia, setActivePinia } from 'pinia'
import { nextTick } from 'vue'
import { beforeEach, describe, expect, it } from 'vitest'
import { useTexts } from '../composables/useTexts'
import { usePreferences } from './preferences'

describe('usePreferences', () => {
  beforeEach(() => localStorage.clear())

  it('follows the browser until somebody chooses, and remembers the choice', async () => {
    const preferences = usePreferences()
    expect(useTexts().t('action.close')).toBe('Close')
    preferences.language = 'zh'
    preferences.theme = 'dark'
    await nextTick()
    expect(useTexts().t('action.close')).toBe('关闭')
    const { lang, dir, dataset } = document.documentElement
    expect([lang, dir, dataset.theme]).toEqual(['zh', 'ltr', 'dark'])

    setActivePinia(createPinia())
    expect([usePreferences().language, usePreferences().theme]).toEqual(['zh', 'dark'])
    usePreferences().theme = undefined
    await nextTick()
    expect(document.documentElement.dataset.theme).toBeUndefined()
  })

  it('sends messages by RSocket until somebody chooses another way', async () => {
    expect(usePreferences().transport).toBe('rsocket')
    usePreferences().transport = 'sse'
    await nextTick()
    setActivePinia(createPinia())
    expect(usePreferences().transport).toBe('sse')
    localStorage.setItem('rsocketim.preferences', '{"transport":"pigeon"}')
    setActivePinia(createPinia())
    expect(usePreferences().transport).toBe('rsocket')
  })

  it('passes over what it did not write', () => {
    localStorage.setItem('rsocketim.preferences', '{"language":"tlh","theme":7}')
    expect([usePreferences().language, usePreferences().theme]).toEqual([undefined, undefined])
    localStorage.setItem('rsocketim.preferences', 'null')
    setActivePinia(createPinia())
    expect(usePreferences().theme).toBeUndefined()
  })
})
