import { computed, type ComputedRef } from 'vue'
import { usePreferences } from '../stores/preferences'
import type { Direction, Language, Translator } from '../texts/translator'

export interface UseTextsReturn extends Pick<Translator, 't' | 'number' | 'list' | 'date'> {
  language: Readonly<ComputedRef<Language>>
  direction: Readonly<ComputedRef<Direction>>
  /** The translator of this moment, for code that knows nothing of Vue. */
  translator: Readonly<ComputedRef<Translator>>
}

/** The texts of the chosen language. Called while rendering, the functions make the render depend on the choice. */
export function useTexts(): UseTextsReturn {
  const preferences = usePreferences()
  const translator = computed(() => preferences.translator)
  return {
    t: (key, ...values) => translator.value.t(key, ...values),
    number: (value) => translator.value.number(value),
    list: (names) => translator.value.list(names),
    date: (at, style) => translator.value.date(at, style),
    language: computed(() => translator.value.language),
    direction: computed(() => translator.value.direction),
    translator,
  }
}
