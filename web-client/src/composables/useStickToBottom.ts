import { nextTick, onMounted, onScopeDispose, ref, watch, type Ref, type WatchSource } from 'vue'

/** Closer to the end than this, in CSS pixels, counts as being there. */
const NEAR = 40

export interface UseStickToBottomReturn {
  /** Whether the reader is at the newest entries. */
  atBottom: Readonly<Ref<boolean>>
  toBottom(): void
  /** Runs something that puts content in front and keeps in place what the reader is looking at. */
  keepPlace(change: () => Promise<void>): Promise<void>
}

/** Scrolls along while the reader is at the end of `element`, and leaves them alone when they have scrolled up. */
export function useStickToBottom(element: Readonly<Ref<HTMLElement | null>>, content: WatchSource): UseStickToBottomReturn {
  const atBottom = ref(true)

  function measure(): void {
    const box = element.value
    if (box) {
      atBottom.value = box.scrollHeight - box.scrollTop - box.clientHeight <= NEAR
    }
  }

  function toBottom(): void {
    const box = element.value
    if (box) {
      box.scrollTop = box.scrollHeight
      atBottom.value = true
    }
  }

  async function keepPlace(change: () => Promise<void>): Promise<void> {
    const box = element.value
    const fromEnd = box ? box.scrollHeight - box.scrollTop : 0
    await change()
    await nextTick()
    if (box) {
      box.scrollTop = box.scrollHeight - fromEnd
      measure()
    }
  }

  watch(content, () => atBottom.value && toBottom(), { flush: 'post' })

  const resized = new ResizeObserver(() => atBottom.value && toBottom())
  onMounted(() => {
    element.value?.addEventListener('scroll', measure, { passive: true })
    if (element.value) {
      resized.observe(element.value)
    }
    toBottom()
  })
  onScopeDispose(() => {
    resized.disconnect()
    element.value?.removeEventListener('scroll', measure)
  })

  return { atBottom, toBottom, keepPlace }
}
