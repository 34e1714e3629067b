import { RequestFailure } from '../rsocket/failure'

/** What went wrong, as a sentence for people. The server's own sentences are already meant for them. */
export function sentenceOf(error: unknown): string {
  const { kind, sentence } = RequestFailure.from(error)
  switch (kind) {
    case 'not_found':
      return sentence || 'There is no such room.'
    case 'connection_lost':
      return 'The connection was lost. It will be tried again.'
    case 'unavailable':
      return 'The server is busy or restarting. Please try again in a moment.'
    default:
      return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`
  }
}
