import { ref, type Ref } from 'vue'

export interface UseFileDropReturn {
  /** Files are being dragged over the element. */
  isOver: Readonly<Ref<boolean>>
  /** For `v-on` of the element. */
  handlers: Readonly<Record<'dragenter' | 'dragover' | 'dragleave' | 'drop', (event: DragEvent) => void>>
}

/** Files that are dropped onto an element. Text and links that are dragged are left alone. */
export function useFileDrop(take: (files: File[]) => void): UseFileDropReturn {
  const isOver = ref(false)
  /** Enter and leave come for each child as well. */
  let depth = 0
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true

  function step(by: number): (event: DragEvent) => void {
    return (event) => {
      if (hasFiles(event)) {
        event.preventDefault()
        depth = Math.max(0, depth + by)
        isOver.value = depth > 0
      }
    }
  }

  return {
    isOver,
    handlers: {
      dragenter: step(1),
      dragleave: step(-1),
      // Without this the browser opens the file in place of the page.
      dragover: (event) => hasFiles(event) && event.preventDefault(),
      drop: (event) => {
        if (hasFiles(event)) {
          event.preventDefault()
          depth = 0
          isOver.value = false
          take([...event.dataTransfer!.files])
        }
      },
    },
  }
}
