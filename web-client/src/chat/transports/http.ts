import { RequestFailure } from '../../rsocket/failure'
import type { HistoryPage, RoomEvent, SendAnswer, SendRequest } from '../contract'

export const lost = (): RequestFailure => RequestFailure.local('transport_lost', 'This way to the server is closed at the moment.')

/** What a request over HTTP failed with: a problem (RFC 9457) that names the contract's error, or no answer. */
export const toFailure = (reason: unknown): RequestFailure => (reason instanceof RequestFailure ? reason : lost())

/** Requests of one signed-in user, on the page's own host. */
export class HttpDoor {
  readonly #token: string
  readonly #fetch: typeof fetch

  constructor(token: string, ask: typeof fetch = (...given) => fetch(...given)) {
    this.#token = token
    this.#fetch = ask
  }

  /** Rejects with a {@link RequestFailure} unless the answer is good, or says that nothing is new. */
  async ask(path: string, init: RequestInit & { headers?: Record<string, string> } = {}): Promise<Response> {
    const response = await this.#fetch(path, { ...init, cache: 'no-store', headers: { ...init.headers, authorization: `Bearer ${this.#token}` } })
    if (response.ok || response.status === 304) {
      return response
    }
    throw await problemOf(response)
  }

  async send({ room, ...message }: SendRequest): Promise<SendAnswer> {
    try {
      const response = await this.ask(`/api/rooms/${encodeURIComponent(room)}/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(message),
      })
      return (await response.json()) as SendAnswer
    } catch (reason) {
      throw toFailure(reason)
    }
  }

  async typing(room: string): Promise<void> {
    try {
      await this.ask(`/api/rooms/${encodeURIComponent(room)}/typing`, { method: 'PUT' })
    } catch (reason) {
      throw toFailure(reason)
    }
  }

  /** A page of what came after a position; `wait` in seconds for the first of it. `undefined`: nothing, as `tag` of the answer before had it. */
  async events(query: EventsQuery): Promise<EventsPage | undefined> {
    const response = await this.ask(eventsPath(query), { signal: query.signal, headers: query.tag === undefined ? {} : { 'if-none-match': query.tag } })
    if (response.status === 304) {
      return undefined
    }
    const { events, more } = (await response.json()) as HistoryPage
    return { events, more, tag: response.headers.get('etag') ?? undefined }
  }
}

export interface EventsQuery {
  readonly room: string
  readonly after: number
  readonly epoch: string
  readonly limit: number
  readonly wait: number
  readonly tag?: string
  readonly signal: AbortSignal
}

export interface EventsPage {
  readonly events: readonly RoomEvent[]
  readonly more: boolean
  readonly tag?: string
}

function eventsPath({ room, after, epoch, limit, wait }: EventsQuery): string {
  return `/api/rooms/${encodeURIComponent(room)}/events?${new URLSearchParams({ after: `${after}`, epoch, limit: `${limit}`, wait: `${wait}` })}`
}

/** The contract's codes are those of HTTP, read as hexadecimal: 404 is 0x404. */
export const codeOf = (status: number): number => Number.parseInt(`${status}`, 16)

/** An error as the doors write it into JSON. */
export function failureOf({ code, name, message }: { code: number; name: string; message: string }): RequestFailure {
  return new RequestFailure(code < 0x400 ? codeOf(code) : code, name, message)
}

async function problemOf(response: Response): Promise<RequestFailure> {
  if (!(response.headers.get('content-type') ?? '').includes('application/problem+json')) {
    // A proxy, or a server that does not have this door.
    return response.status >= 500 ? lost() : new RequestFailure(codeOf(response.status), 'not_found', 'The server does not offer this way.')
  }
  const { title, detail } = (await response.json()) as { title?: unknown; detail?: unknown }
  return new RequestFailure(codeOf(response.status), typeof title === 'string' ? title : 'internal', typeof detail === 'string' ? detail : '')
}
