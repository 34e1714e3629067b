import { defineStore } from 'pinia'
import { computed, markRaw, ref, watchEffect } from 'vue'
import { isTransport, type TransportKind } from '../chat/transports/roomTransport'
import { choose, isLanguage, Translator, type Language } from '../texts/translator'

export type Theme = 'light' | 'dark'

const STORAGE_KEY = 'rsocketim.preferences'

interface Kept {
  language?: unknown
  theme?: unknown
  transport?: unknown
}

/** What this device shows the page like. Not tied to an account, and kept when somebody signs out. */
export const usePreferences = defineStore('preferences', () => {
  const kept = load()
  /** `undefined`: like the browser. */
  const language = ref<Language | undefined>(isLanguage(kept.language) ? kept.language : undefined)
  /** `undefined`: like the system. */
  const theme = ref<Theme | undefined>(kept.theme === 'light' || kept.theme === 'dark' ? kept.theme : undefined)
  /** How the messages of rooms come and go. */
  const transport = ref<TransportKind>(isTransport(kept.transport) ? kept.transport : 'rsocket')

  const translator = computed(() => {
    // The browser's own tag has the region, by which numbers and times are written.
    const fits = navigator.languages.find((tag) => language.value === undefined || tag.toLowerCase().split('-')[0] === language.value)
    const chosen = choose(language.value === undefined ? navigator.languages : [fits ?? language.value])
    return markRaw(new Translator(chosen.language, chosen.locale))
  })

  watchEffect(() => localStorage.setItem(STORAGE_KEY, JSON.stringify({ language: language.value, theme: theme.value, transport: transport.value })))
  watchEffect(() => {
    const page = document.documentElement
    page.lang = translator.value.locale
    page.dir = translator.value.direction
    if (theme.value === undefined) {
      delete page.dataset.theme
    } else {
      page.dataset.theme = theme.value
    }
  })

  return { language, theme, transport, translator }
})

function load(): Kept {
  try {
    return (JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '{}') as Kept | null) ?? {}
  } catch {
    // Somebody else wrote it: as if nothing had been chosen.
    return {}
  }
}
