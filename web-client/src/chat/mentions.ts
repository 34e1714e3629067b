/** Names that a text mentions, of those that are `known`; at most 100, which is what a message may have. */
export function mentionsIn(text: string, known: ReadonlySet<string>): string[] {
  const found = new Set<string>()
  for (const [, name] of text.matchAll(/(?:^|[^a-z0-9._@-])@([a-z0-9][a-z0-9._-]*)/gi)) {
    const user = [name!, name!.replace(/[._-]+$/, '')].map((each) => each.toLowerCase()).find((each) => known.has(each))
    if (user !== undefined) {
      found.add(user)
    }
  }
  return [...found].slice(0, 100)
}

/** The name being typed behind an `@` right before the caret, and where its `@` is; `undefined` when there is none. */
export function mentionAt(text: string, caret: number): { start: number; prefix: string } | undefined {
  const found = /(?:^|[^a-z0-9._@-])@([a-z0-9._-]{0,32})$/i.exec(text.slice(0, caret))
  return found === null ? undefined : { start: caret - found[1]!.length - 1, prefix: found[1]!.toLowerCase() }
}
