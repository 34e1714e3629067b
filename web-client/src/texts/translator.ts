import { en } from './en'
import { fill, type Catalogue, type Values } from './text'
import { zh } from './zh'

const CATALOGUES = { en, zh } as const satisfies Record<string, Catalogue>

export type Language = keyof typeof CATALOGUES
export type TextKey = keyof typeof en
export type Direction = 'ltr' | 'rtl'

/** Each by its own name, for the switch. */
export const LANGUAGES: Readonly<Record<Language, string>> = { en: 'English', zh: '中文' }

const RIGHT_TO_LEFT: ReadonlySet<string> = new Set(['ar', 'fa', 'he', 'ps', 'ur'])

/** Turns keys into texts of one language, and numbers, times and lists into how that language writes them. */
export class Translator {
  readonly #catalogue: Catalogue
  readonly #rules: Intl.PluralRules
  readonly #numbers: Intl.NumberFormat
  readonly #names: Intl.ListFormat
  readonly #locale: string

  /** @param locale A tag of that language for numbers and times, such as `en-GB`. */
  constructor(
    readonly language: Language,
    locale: string = language,
  ) {
    this.#locale = locale
    this.#catalogue = CATALOGUES[language]
    this.#rules = new Intl.PluralRules(language)
    this.#numbers = new Intl.NumberFormat(locale)
    this.#names = new Intl.ListFormat(locale, { type: 'conjunction', style: 'long' })
  }

  /** Which way this language is written. */
  get direction(): Direction {
    return RIGHT_TO_LEFT.has(this.language) ? 'rtl' : 'ltr'
  }

  /** BCP 47 tag for `Intl` and the `lang` attribute. */
  get locale(): string {
    return this.#locale
  }

  readonly t = <K extends TextKey>(key: K, ...[values]: Values<(typeof en)[K]>): string =>
    fill(this.#catalogue[key] ?? key, values ?? {}, this.#rules, this.#numbers)

  readonly number = (value: number): string => this.#numbers.format(value)

  /** “ada, bob and carol” */
  readonly list = (names: readonly string[]): string => this.#names.format(names)

  /** A time or date; formatters are kept, for making one costs more than using it. */
  readonly date = (at: number, style: Intl.DateTimeFormatOptions): string => dateFormat(this.#locale, style).format(at)
}

const formats = new Map<string, Intl.DateTimeFormat>()

function dateFormat(locale: string, style: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${JSON.stringify(style)}`
  let format = formats.get(key)
  if (format === undefined) {
    formats.set(key, (format = new Intl.DateTimeFormat(locale, style)))
  }
  return format
}

/** The first of `tags` (as in `navigator.languages`) whose language there are texts for, with its region; English otherwise. */
export function choose(tags: readonly string[]): { language: Language; locale: string } {
  for (const tag of tags) {
    const language = tag.toLowerCase().split('-')[0]!
    if (isLanguage(language)) {
      return { language, locale: tag }
    }
  }
  return { language: 'en', locale: 'en' }
}

export function isLanguage(value: unknown): value is Language {
  return typeof value === 'string' && Object.hasOwn(CATALOGUES, value)
}
