import { onScopeDispose, shallowReactive, type ShallowRef } from 'vue'
import type { ChatClient } from '../chat/chatClient'
import type { Attachment } from '../chat/contract'
import { download } from '../chat/download'
import { RequestFailure } from '../rsocket/failure'

/** Formats that a browser draws and that cannot run anything; an SVG can. */
const PICTURES: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'])
/** Larger pictures are shown when somebody asks for them. */
const PREVIEW_BYTES = 8 * 1024 * 1024
/** Bytes of pictures that are kept; those not looked at for longest go first. */
const KEPT_BYTES = 64 * 1024 * 1024

export interface Transfer {
  /** 0–1 while it comes. */
  readonly progress?: number
  readonly url?: string
  /** It could not be had; may be asked for again. */
  readonly failed?: boolean
}

export interface UseAttachmentsReturn {
  isPicture(attachment: Attachment): boolean
  /** A picture to show; reactive. Asks for it when it is not there. */
  preview(attachment: Attachment): Transfer
  /** How far the saving of a file is; reactive. */
  saving(id: string): Transfer | undefined
  /** Hands the file to the browser to keep. */
  save(attachment: Attachment): Promise<void>
  retry(attachment: Attachment): void
}

/** The files of a room's messages. */
export function useAttachments(client: Readonly<ShallowRef<ChatClient | null>>, room: () => string): UseAttachmentsReturn {
  const previews = shallowReactive(new Map<string, Transfer & { size: number }>())
  const saves = shallowReactive(new Map<string, Transfer>())
  const gone = new AbortController()

  function preview(attachment: Attachment): Transfer {
    const known = previews.get(attachment.id)
    if (known === undefined && client.value !== null) {
      // Not while the page is being drawn: this changes what it is drawn from.
      queueMicrotask(() => void load(attachment))
    }
    return known ?? {}
  }

  async function load(attachment: Attachment): Promise<void> {
    const { id, size } = attachment
    if (previews.has(id) || client.value === null) {
      return
    }
    previews.set(id, { progress: 0, size })
    try {
      const chunks = await download(client.value, room(), attachment, {
        signal: gone.signal,
        onProgress: (received) => previews.set(id, { progress: received / size, size }),
      })
      previews.set(id, { url: URL.createObjectURL(new Blob(chunks, { type: attachment.type })), size })
      evict()
    } catch (reason) {
      note(reason)
      previews.set(id, { failed: true, size })
    }
  }

  function evict(): void {
    let bytes = 0
    for (const [id, { url, size }] of [...previews].reverse()) {
      bytes += size
      if (bytes > KEPT_BYTES && url !== undefined) {
        URL.revokeObjectURL(url)
        previews.delete(id)
      }
    }
  }

  async function save(attachment: Attachment): Promise<void> {
    const { id, size, name } = attachment
    if (client.value === null || saves.get(id)?.progress !== undefined) {
      return
    }
    saves.set(id, { progress: 0 })
    try {
      const chunks = await download(client.value, room(), attachment, {
        signal: gone.signal,
        onProgress: (received) => saves.set(id, { progress: size === 0 ? 1 : received / size }),
      })
      // Never by the sender's type: a page of theirs must not open as a page of ours.
      const url = URL.createObjectURL(new Blob(chunks, { type: 'application/octet-stream' }))
      Object.assign(document.createElement('a'), { href: url, download: name }).click()
      setTimeout(() => URL.revokeObjectURL(url), 60_000)
      saves.delete(id)
    } catch (reason) {
      note(reason)
      saves.set(id, { failed: true })
    }
  }

  function note(reason: unknown): void {
    if (!gone.signal.aborted) {
      console.warn('A file could not be loaded.', RequestFailure.from(reason).message)
    }
  }

  onScopeDispose(() => {
    gone.abort()
    previews.forEach(({ url }) => url !== undefined && URL.revokeObjectURL(url))
  })

  return {
    isPicture: ({ type, size }) => PICTURES.has(type) && size > 0 && size <= PREVIEW_BYTES,
    preview,
    saving: (id) => saves.get(id),
    save,
    retry: (attachment) => {
      previews.delete(attachment.id)
    },
  }
}
