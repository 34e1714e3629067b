import { onScopeDispose } from 'vue'

export interface Shortcuts {
  /** Ctrl+K, ⌘K on a Mac. */
  find(): void
  /** Alt+Down: 1, Alt+Up: -1. */
  step(by: 1 | -1): void
}

/** Keys that work wherever the focus is, except in a dialog. */
export function useShortcuts({ find, step }: Shortcuts): void {
  function onKey(event: KeyboardEvent): void {
    if (event.isComposing || document.querySelector('dialog[open]') !== null) {
      return
    }
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'k') {
      event.preventDefault()
      find()
    } else if (event.altKey && !event.ctrlKey && !event.metaKey && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault()
      step(event.key === 'ArrowDown' ? 1 : -1)
    }
  }
  window.addEventListener('keydown', onKey)
  onScopeDispose(() => window.removeEventListener('keydown', onKey))
}
