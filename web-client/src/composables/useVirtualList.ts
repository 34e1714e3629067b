import { defaultRangeExtractor, elementScroll, observeElementOffset, observeElementRect, Virtualizer, type Range, type Rect, type VirtualItem } from '@tanstack/virtual-core'
import { computed, nextTick, onActivated, onBeforeUnmount, onDeactivated, onMounted, onScopeDispose, ref, shallowRef, triggerRef, watch, type ComputedRef, type Ref } from 'vue'

export interface UseVirtualListOptions<T> {
  /** What scrolls. */
  box: Readonly<Ref<HTMLElement | null>>
  items: () => readonly T[]
  keyOf: (item: T) => string | number
  /** Height in CSS pixels before an item has been measured. @default 48 */
  estimate?: number
  /** Closer to the end than this, in CSS pixels, counts as being there. @default 48 */
  nearEnd?: number
}

export interface ShownItem<T> {
  readonly index: number
  readonly key: string | number
  readonly item: T
  /** The item is held and away from the others: where it begins, in CSS pixels below {@link UseVirtualListReturn.offset}. */
  readonly apart?: number
}

export interface UseVirtualListReturn<T> {
  /** The items in view and a few around them, in order; among them the one that is held, wherever it is. */
  shown: Readonly<ComputedRef<readonly ShownItem<T>[]>>
  /** Height of everything, in CSS pixels. */
  height: Readonly<ComputedRef<number>>
  /** Where the first of those in view begins, in CSS pixels. */
  offset: Readonly<ComputedRef<number>>
  atEnd: Readonly<Ref<boolean>>
  /** Another one each time that the list comes back from being kept alive: key of what holds the items, so that they are measured anew. */
  generation: Readonly<Ref<number>>
  /** Give it each element that is shown: their heights are what the list is made of. Needs a `data-index`. */
  measure(element: unknown): void
  toEnd(): void
  toIndex(index: number, align?: 'center' | 'auto'): void
  /** Keeps an item in the page though it is scrolled out of view, because it has the focus; `undefined`: none any more. */
  hold(key: string | number | undefined): void
}

/**
 * A list of which only what is in view is in the page. Items may be put in or taken out at both ends: what the reader looks at stays
 * where it is, and who is at the end stays there.
 */
export function useVirtualList<T>(options: UseVirtualListOptions<T>): UseVirtualListReturn<T> {
  const { box, items, keyOf, estimate = 48, nearEnd = 48 } = options

  let held: string | number | undefined

  function settings(list: readonly T[]) {
    const heldAt = held === undefined ? -1 : list.findIndex((item) => keyOf(item) === held)
    return {
      rangeExtractor: heldAt < 0 ? defaultRangeExtractor : (range: Range) => withHeld(defaultRangeExtractor(range), heldAt),
      count: list.length,
      getScrollElement: () => box.value,
      estimateSize: () => estimate,
      getItemKey: (index: number) => keyOf(list[index]!),
      observeElementRect: (instance: Virtualizer<HTMLElement, HTMLElement>, tell: (rect: Rect) => void) =>
        observeElementRect(instance, (rect) => rect.height > 0 && resized(rect, tell)),
      observeElementOffset,
      scrollToFn: elementScroll,
      // To the fraction of a pixel: thirty rows that are each rounded are a jump.
      measureElement: (element: HTMLElement, entry: ResizeObserverEntry | undefined) =>
        entry?.borderBoxSize[0]?.blockSize ?? element.getBoundingClientRect().height,
      anchorTo: 'end' as const,
      followOnAppend: true,
      scrollEndThreshold: nearEnd,
      overscan: 8,
      // A page that has not been laid out, as in tests, shows something too.
      initialRect: { width: 800, height: 600 },
      onChange: () => triggerRef(state),
    }
  }

  const virtualizer = new Virtualizer<HTMLElement, HTMLElement>(settings(items()))
  // An item that is above what the reader looks at must not push it, whichever way they are scrolling.
  virtualizer.shouldAdjustScrollPositionOnItemSizeChange = (item, _, { itemSizeCache, scrollOffset }) =>
    (itemSizeCache.has(item.key) ? item.end : item.start) <= (scrollOffset ?? 0)
  const state = shallowRef(virtualizer)
  const atEnd = ref(true)
  const unmount = virtualizer._didMount()

  // Before the page is patched the place of the reader is noted, and after it they are put back there: in between there is no room to scroll to.
  watch(
    items,
    (list) => {
      virtualizer.setOptions(settings(list))
      forget(list)
      triggerRef(state)
    },
    { flush: 'pre' },
  )
  watch(
    [items, box],
    () => {
      virtualizer._willUpdate()
      look()
    },
    { flush: 'post' },
  )
  onMounted(() => {
    virtualizer._willUpdate()
    toEnd()
    box.value?.addEventListener('scroll', look, { passive: true })
  })
  onBeforeUnmount(() => box.value?.removeEventListener('scroll', look))
  onScopeDispose(unmount)

  /** By what the browser shows: what has been worked out may be half a step ahead of it. */
  function look(): void {
    const scroller = box.value
    if (scroller !== null) {
      atEnd.value = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight <= nearEnd
    }
  }

  // Elements that are out of the page forget how far they were scrolled.
  const generation = ref(0)
  let left: { atEnd: boolean; offset: number } | undefined
  onDeactivated(() => (left = { atEnd: virtualizer.isAtEnd(nearEnd), offset: virtualizer.scrollOffset ?? 0 }))
  onActivated(() => {
    const place = left
    if (place !== undefined) {
      left = undefined
      generation.value++
      void nextTick(() => (place.atEnd ? toEnd() : virtualizer.scrollToOffset(place.offset)))
    }
  })

  /** The heights of items that are long gone are not kept for ever. */
  function forget(list: readonly T[]): void {
    const sizes = virtualizer.itemSizeCache
    if (sizes.size > 4 * list.length + 1000) {
      const keys = new Set(list.map(keyOf))
      sizes.forEach((_, key) => !keys.has(key as string | number) && sizes.delete(key))
    }
  }

  /**
   * A panel has opened above or below, or closed: who was at the end stays there, though the browser keeps the upper edge. No height
   * is what an element has that is not in the page just now: its list stays as it was.
   */
  function resized(rect: Rect, tell: (rect: Rect) => void): void {
    tell(rect)
    if (atEnd.value) {
      toEnd()
    }
  }

  function toEnd(): void {
    virtualizer.scrollToEnd()
  }

  function hold(key: string | number | undefined): void {
    if (key !== held) {
      held = key
      virtualizer.setOptions(settings(items()))
      triggerRef(state)
    }
  }

  /** The first of those in view: one that is held may be far above them. */
  function firstInView(drawn: readonly VirtualItem[]): VirtualItem | undefined {
    const [first, second] = drawn
    return first !== undefined && second !== undefined && second.index > first.index + 1 ? second : first
  }

  return {
    shown: computed(() => {
      const list = items()
      const drawn = state.value.getVirtualItems()
      const first = firstInView(drawn)
      return drawn.flatMap(({ index, key, start }: VirtualItem, at) => {
        const item = list[index]
        const isApart = (at === 0 && drawn[at] !== first) || (at > 0 && at === drawn.length - 1 && index > drawn[at - 1]!.index + 1)
        return item === undefined ? [] : [{ index, key: key as string | number, item, apart: isApart ? start - first!.start : undefined }]
      })
    }),
    height: computed(() => state.value.getTotalSize()),
    offset: computed(() => firstInView(state.value.getVirtualItems())?.start ?? 0),
    generation,
    atEnd,
    measure: (element) => virtualizer.measureElement(element as HTMLElement | null),
    toEnd,
    toIndex: (index, align = 'center') => virtualizer.scrollToIndex(index, { align }),
    hold,
  }
}

/** The indices in view, and one more in its place. */
function withHeld(indices: number[], held: number): number[] {
  if (indices.length === 0 || (held >= indices[0]! && held <= indices.at(-1)!)) {
    return indices
  }
  return held < indices[0]! ? [held, ...indices] : [...indices, held]
}
