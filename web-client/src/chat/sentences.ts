import { RequestFailure } from '../rsocket/failure'
import type { TextKey, Translator } from '../texts/translator'

const KINDS: ReadonlySet<string> = new Set([
  'not_found', 'connection_lost', 'timeout', 'unavailable', 'bad_request', 'unauthenticated', 'forbidden', 'conflict', 'too_large', 'gone', 'rate_limited', 'transport_lost',
])
/** What the server says of these is of no use to people. */
const OWN_WORDS: ReadonlySet<string> = new Set(['connection_lost', 'unavailable', 'timeout', 'transport_lost'])

/** What went wrong, as a sentence for people. The server's own sentences are meant for them too, but they are English. */
export function sentenceOf(error: unknown, { t, language }: Pick<Translator, 't' | 'language'>): string {
  const { kind, sentence } = RequestFailure.from(error)
  if (language === 'en' && sentence !== '' && !OWN_WORDS.has(kind)) {
    return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`
  }
  return t(KINDS.has(kind) ? (`error.${kind}` as TextKey & `error.${string}`) : 'error.other')
}
