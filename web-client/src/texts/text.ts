/** A text in which `{name}` stands for a value, or one for each plural category of the value `count`. */
export type Text = string | Plural

/** Categories of `Intl.PluralRules`; a language has those it needs. */
export type Plural = { readonly other: string } & { readonly [category in Exclude<Intl.LDMLPluralRule, 'other'>]?: string }

/** The texts of one language, by key. */
export type Catalogue = Readonly<Record<string, Text>>

/** The same keys as `Original`, a plural where that has one: anything missing does not compile. */
export type Translation<Original extends Catalogue> = {
  readonly [key in keyof Original]: Original[key] extends string ? string : Plural
}

type NamesIn<T extends string> = T extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never

/** The names between braces in a text of the original catalogue. */
export type Placeholders<T extends Text> = T extends string ? NamesIn<T> : T extends Plural ? 'count' | NamesIn<Extract<T[keyof T], string>> : never

/** What `t` takes after the key: nothing for a text without placeholders. */
export type Values<T extends Text> = [Placeholders<T>] extends [never] ? [] : [Readonly<Record<Placeholders<T>, string | number>>]

/** Puts values into a text; numbers the way the language writes them. */
export function fill(text: Text, values: Readonly<Record<string, string | number>>, rules: Intl.PluralRules, numbers: Intl.NumberFormat): string {
  const chosen = typeof text === 'string' ? text : (text[rules.select(Number(values.count))] ?? text.other)
  // One pass: a value that has braces itself (a room's title may) is not looked into again.
  return chosen.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name]
    return value === undefined ? whole : typeof value === 'number' ? numbers.format(value) : value
  })
}
