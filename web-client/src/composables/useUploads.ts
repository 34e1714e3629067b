import { computed, onScopeDispose, shallowRef, type ComputedRef, type ShallowRef } from 'vue'
import type { ChatClient } from '../chat/chatClient'
import type { Attachment } from '../chat/contract'
import { sentenceOf } from '../chat/sentences'
import { RequestFailure } from '../rsocket/failure'
import { useTexts } from './useTexts'

export interface Upload {
  readonly key: number
  readonly file: File
  /** 0–1. */
  readonly progress: number
  /** There when the server has it. */
  readonly attachment?: Attachment
  /** Why it failed, for people. */
  readonly error?: string
  /** A picture to show. */
  readonly url?: string
}

/** Files a message may have. */
export const MAX_FILES = 20

export interface UseUploadsReturn {
  uploads: Readonly<ShallowRef<readonly Upload[]>>
  /** The server has all of them. */
  ready: Readonly<ComputedRef<boolean>>
  /** Starts to upload; how many of them are too many. */
  add(files: Iterable<File>): number
  remove(key: number): void
  retry(key: number): void
  /** The message that carries them is on its way: nothing is given up. */
  taken(): void
}

/** Files on their way to the server, before the message that carries them is sent. */
export function useUploads(client: Readonly<ShallowRef<ChatClient | null>>, room: () => string): UseUploadsReturn {
  const uploads = shallowRef<readonly Upload[]>([])
  const aborts = new Map<number, AbortController>()
  const { translator } = useTexts()
  let lastKey = 0

  const patch = (key: number, change: Partial<Upload>) =>
    (uploads.value = uploads.value.map((upload) => (upload.key === key ? { ...upload, ...change } : upload)))

  function add(files: Iterable<File>): number {
    let refused = 0
    for (const file of files) {
      if (uploads.value.length >= MAX_FILES) {
        refused++
        continue
      }
      const key = ++lastKey
      const url = /^image\/(png|jpeg|gif|webp|avif)$/.test(file.type) ? URL.createObjectURL(file) : undefined
      uploads.value = [...uploads.value, { key, file, progress: 0, url }]
      void start(key, file)
    }
    return refused
  }

  async function start(key: number, file: File): Promise<void> {
    const abort = new AbortController()
    aborts.set(key, abort)
    try {
      if (client.value === null) {
        throw RequestFailure.local('connection_lost', '')
      }
      const attachment = await client.value.upload(room(), file, {
        signal: abort.signal,
        onProgress: (sent) => patch(key, { progress: sent / file.size }),
      })
      patch(key, { progress: 1, attachment })
    } catch (reason) {
      if (!abort.signal.aborted) {
        patch(key, { error: sentenceOf(reason, translator.value) })
      }
    } finally {
      aborts.delete(key)
    }
  }

  function remove(key: number): void {
    aborts.get(key)?.abort()
    uploads.value.forEach((upload) => upload.key === key && forget(upload))
    uploads.value = uploads.value.filter((upload) => upload.key !== key)
  }

  const forget = ({ url }: Upload) => url !== undefined && URL.revokeObjectURL(url)

  onScopeDispose(() => uploads.value.forEach(({ key }) => remove(key)))

  return {
    uploads,
    ready: computed(() => uploads.value.every(({ attachment }) => attachment !== undefined)),
    add,
    remove,
    retry: (key) => {
      const upload = uploads.value.find((each) => each.key === key)
      if (upload !== undefined) {
        patch(key, { error: undefined, progress: 0 })
        void start(key, upload.file)
      }
    },
    taken: () => {
      uploads.value.forEach(forget)
      uploads.value = []
    },
  }
}
