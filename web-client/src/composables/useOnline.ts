import { onScopeDispose, readonly, ref, type Ref } from 'vue'

/** Whether the browser has a network at all. That it has says nothing about the server. */
export function useOnline(): Readonly<Ref<boolean>> {
  const online = ref(navigator.onLine)
  const look = () => (online.value = navigator.onLine)
  window.addEventListener('online', look)
  window.addEventListener('offline', look)
  onScopeDispose(() => {
    window.removeEventListener('online', look)
    window.removeEventListener('offline', look)
  })
  return readonly(online)
}
