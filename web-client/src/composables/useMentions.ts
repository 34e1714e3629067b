import { computed, nextTick, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { mentionAt } from '../chat/mentions'

/** Names offered at a time. */
const CHOICES = 6

export interface UseMentionsReturn {
  /** Names that fit what is typed behind the `@`; empty when none is being typed. */
  choices: Readonly<ComputedRef<readonly string[]>>
  chosen: Readonly<Ref<number>>
  /** The text or the caret has changed. */
  look(): void
  /** Whether the key was for the list. */
  onKey(event: KeyboardEvent): boolean
  complete(name: string): void
  close(): void
}

/** Completion of `@names` in a text field. */
export function useMentions(text: Ref<string>, field: Readonly<Ref<HTMLTextAreaElement | null>>, names: () => readonly string[]): UseMentionsReturn {
  const place: ShallowRef<{ start: number; prefix: string } | undefined> = shallowRef()
  const chosen = ref(0)
  const choices = computed(() => {
    const prefix = place.value?.prefix
    return prefix === undefined ? [] : names().filter((name) => name.startsWith(prefix) && name !== prefix).slice(0, CHOICES)
  })

  function look(): void {
    place.value = mentionAt(text.value, field.value?.selectionStart ?? text.value.length)
    chosen.value = 0
  }

  function complete(name: string): void {
    const start = place.value?.start
    const area = field.value
    if (start === undefined || area === null) {
      return
    }
    const after = text.value.slice(area.selectionStart)
    const completed = `${text.value.slice(0, start)}@${name} `
    text.value = completed + after.trimStart()
    close()
    void nextTick(() => {
      area.focus()
      area.setSelectionRange(completed.length, completed.length)
    })
  }

  function onKey(event: KeyboardEvent): boolean {
    const count = choices.value.length
    if (count === 0) {
      return false
    }
    switch (event.key) {
      case 'ArrowDown':
        chosen.value = (chosen.value + 1) % count
        break
      case 'ArrowUp':
        chosen.value = (chosen.value + count - 1) % count
        break
      case 'Enter':
      case 'Tab':
        complete(choices.value[chosen.value]!)
        break
      case 'Escape':
        close()
        break
      default:
        return false
    }
    event.preventDefault()
    return true
  }

  function close(): void {
    place.value = undefined
  }

  return { choices, chosen, look, onKey, complete, close }
}
