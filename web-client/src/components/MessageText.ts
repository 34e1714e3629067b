import { defineComponent, h, type PropType } from 'vue'
import { markdownOf, needsMarkdown } from '../chat/lazyMarkdown'

/**
 * The words of a message. The HTML has been through a sanitiser (chat/markdown.ts); a text without any markup, and every text before the
 * Markdown code has been loaded, is text.
 */
export default defineComponent({
  name: 'MessageText',
  props: {
    text: { type: String, required: true },
    mentions: { type: Array as PropType<readonly string[]>, default: () => [] },
  },
  setup: (props) => () => {
    const html = needsMarkdown(props.text, props.mentions) ? markdownOf(props.text, props.mentions) : undefined
    return html === undefined
      ? h('div', { key: 'text', class: 'message__text message__text--plain', dir: 'auto', 'data-testid': 'message-text' }, props.text)
      : h('div', { key: 'html', class: 'message__text', dir: 'auto', 'data-testid': 'message-text', innerHTML: html })
  },
})
