import type { Session } from './contract'

/** A sign-in that did not happen, in words for the one who tried. */
export class SignInError extends Error {
  override readonly name = 'SignInError'
}

/** Reserves `name` for a guest. Rejects with a {@link SignInError}. */
export async function signInAsGuest(name: string, post: typeof fetch = fetch): Promise<Session> {
  let response: Response
  try {
    response = await post('/api/guest', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name }),
    })
  } catch (cause) {
    throw new SignInError('The server cannot be reached. Is it running?', { cause })
  }
  if (response.ok) {
    return (await response.json()) as Session
  }
  throw new SignInError(sentenceFor(response.status, name, await problemDetail(response)))
}

function sentenceFor(status: number, name: string, detail: string | undefined): string {
  switch (status) {
    case 409:
      return `The name “${name}” is taken. Please choose another one.`
    case 403:
      return 'Guests are not allowed on this server.'
    case 429:
      return 'Too many sign-ins from here. Please wait a minute and try again.'
    default:
      return detail ?? `The server answered with status ${status}.`
  }
}

/** The sentence of an RFC 9457 problem; a proxy in between may send something else. */
async function problemDetail(response: Response): Promise<string | undefined> {
  if (!(response.headers.get('content-type') ?? '').includes('application/problem+json')) {
    return undefined
  }
  const problem = (await response.json()) as { detail?: unknown }
  return typeof problem.detail === 'string' ? problem.detail : undefined
}
