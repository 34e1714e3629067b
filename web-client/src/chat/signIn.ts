import { RequestFailure } from '../rsocket/failure'
import type { TextKey, Translator } from '../texts/translator'
import type { Session } from './contract'

/** How somebody comes in: with a name alone, with an account, or with a new one. */
export type SignInWay = 'guest' | 'login' | 'register'

/** A sign-in that did not happen. */
export class SignInError extends Error {
  override readonly name = 'SignInError'

  constructor(
    /** HTTP status, 0 when the server could not be reached. */
    readonly status: number,
    /** The server's own sentence, if it gave one. */
    readonly detail?: string,
    options?: ErrorOptions,
  ) {
    super(detail ?? `status ${status}`, options)
  }
}

/** Gets a token. `password` is nothing to guests. Rejects with a {@link SignInError}. */
export async function signInBy(way: SignInWay, name: string, password: string, post: typeof fetch = fetch): Promise<Session> {
  let response: Response
  try {
    response = await post(`/api/${way}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(way === 'guest' ? { name } : { name, password }),
    })
  } catch (cause) {
    throw new SignInError(0, undefined, { cause })
  }
  if (response.ok) {
    return { ...((await response.json()) as Session), guest: way === 'guest' }
  }
  throw new SignInError(response.status, await problemDetail(response))
}

/** Why, for the one who tried. */
export function signInSentence(error: unknown, name: string, { t, language }: Pick<Translator, 't' | 'language'>): string {
  if (!(error instanceof SignInError)) {
    return RequestFailure.from(error).sentence
  }
  switch (error.status) {
    case 409:
      return t('signIn.taken', { name })
    case 0:
    case 401:
    case 403:
    case 429:
      return t(SENTENCES[error.status])
    default:
      return language === 'en' && error.detail !== undefined ? error.detail : t('signIn.status', { status: String(error.status) })
  }
}

const SENTENCES = { 0: 'signIn.unreachable', 401: 'signIn.wrong', 403: 'signIn.noGuests', 429: 'signIn.tooMany' } as const satisfies Record<number, TextKey>

/** The sentence of an RFC 9457 problem; a proxy in between may send something else. */
async function problemDetail(response: Response): Promise<string | undefined> {
  if (!(response.headers.get('content-type') ?? '').includes('application/problem+json')) {
    return undefined
  }
  const problem = (await response.json()) as { detail?: unknown }
  return typeof problem.detail === 'string' ? problem.detail : undefined
}
