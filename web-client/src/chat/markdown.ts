import DOMPurify from 'dompurify'
import MarkdownIt from 'markdown-it'

/**
 * The subset of Markdown that messages have: emphasis, code, quotes, lists, links. No HTML, no pictures of other hosts, no headings.
 * markdown-it escapes what it does not know; the sanitiser behind it is there for the day on which that has a hole.
 */
const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true, typographer: false })
  .disable(['image', 'table', 'heading', 'lheading', 'hr', 'html_block', 'html_inline', 'reference', 'code'])

markdown.linkify.set({ fuzzyEmail: false, fuzzyIP: false })
markdown.validateLink = (url) => /^(https?|mailto):/i.test(url.trim())

markdown.renderer.rules.link_open = (tokens, index, options, _, self) => {
  tokens[index]!.attrSet('target', '_blank')
  tokens[index]!.attrSet('rel', 'noopener noreferrer')
  return self.renderToken(tokens, index, options)
}

const ALLOWED = {
  ALLOWED_TAGS: ['p', 'br', 'strong', 'em', 's', 'code', 'pre', 'blockquote', 'ul', 'ol', 'li', 'a', 'span'],
  ALLOWED_ATTR: ['href', 'target', 'rel', 'class', 'start', 'dir'],
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  // Otherwise their values would have to look like addresses.
  ADD_URI_SAFE_ATTR: ['target', 'rel', 'start', 'dir'],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
}

/** Texts whose HTML is kept: those in view are drawn again and again. */
const LIMIT = 400
const kept = new Map<string, string>()

/** HTML of a message, safe to put into the page. `mentions`: users whose `@name` is set off. */
export function toHtml(text: string, mentions: readonly string[] = []): string {
  const key = `${mentions.join(' ')}\n${text}`
  let html = kept.get(key)
  if (html === undefined) {
    html = DOMPurify.sanitize(mark(markdown.render(text), mentions), ALLOWED)
    if (kept.size >= LIMIT) {
      kept.delete(kept.keys().next().value!)
    }
    kept.set(key, html)
  }
  return html
}

/** Sets off mentions in what is text, not in tags, of HTML that markdown-it made; names have no character that HTML knows. */
function mark(html: string, mentions: readonly string[]): string {
  if (mentions.length === 0) {
    return html
  }
  const names = new Set(mentions)
  return html.replace(/<[^>]*>|(?<![a-z0-9._@/-])@([a-z0-9][a-z0-9._-]*)/gi, (whole, name: string | undefined) => {
    // A full stop behind a name belongs to the sentence.
    const user = name === undefined ? undefined : [name, name.replace(/[._-]+$/, '')].find((each) => names.has(each.toLowerCase()))
    return user === undefined ? whole : `<span class="mention">@${user}</span>${name!.slice(user.length)}`
  })
}
