/**
 * Runs a callback of the application so that nothing it throws reaches rsocket-js, where any exception inside a frame's handling closes
 * the whole connection. The error is not swallowed: it is thrown again outside of the handler, where `window.onerror` and test runners see it.
 */
export function guarded<A extends unknown[]>(callback: ((...args: A) => void) | undefined): (...args: A) => void {
  return (...args) => {
    try {
      callback?.(...args)
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }
}
