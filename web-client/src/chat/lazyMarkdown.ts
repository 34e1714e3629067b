import { shallowRef } from 'vue'

/** Anything that Markdown or the search for links could make something of. Most messages have none of it. */
const MARKUP = /[*_`~>[\]\\&]|^\s*(?:[-+]|\d+[.)])\s|\w[.:]\w|:\/\//m

const toHtml = shallowRef<typeof import('./markdown').toHtml>()
let loading: Promise<void> | undefined

export function needsMarkdown(text: string, mentions: readonly string[]): boolean {
  return mentions.length > 0 || MARKUP.test(text)
}

/** HTML of a message; `undefined` until the code for it is there, which it is loaded for then. Reactive. */
export function markdownOf(text: string, mentions: readonly string[]): string | undefined {
  void loadMarkdown()
  return toHtml.value?.(text, mentions)
}

/** Its code is as large as the rest of the page together, and not needed for the first look. */
export function loadMarkdown(): Promise<void> {
  loading ??= import('./markdown').then(
    (module) => {
      toHtml.value = module.toHtml
    },
    (error: unknown) => {
      // The server was away for a moment: the texts stay as they are typed, and the next one tries again.
      loading = undefined
      console.warn('The Markdown code could not be loaded.', error)
    },
  )
  return loading
}
