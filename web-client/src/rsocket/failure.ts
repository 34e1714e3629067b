import { ErrorCodes } from 'rsocket-core'

/** Kinds this side gives to failures that no ERROR frame named. */
export type LocalKind = 'connection_lost' | 'timeout' | 'undecodable' | 'protocol' | 'aborted' | 'unreadable' | 'transport_lost'

/** REJECTED promises that nothing was processed; 0x503 is the server's `unavailable`. Both may be sent again as they are. */
const RETRYABLE_CODES: ReadonlySet<number> = new Set([ErrorCodes.REJECTED, 0x503])
const RETRYABLE_KINDS: ReadonlySet<string> = new Set<LocalKind>(['connection_lost', 'timeout', 'transport_lost'])

/** A request that failed: the ERROR frame's code and `name: sentence`, or what happened on this side (code 0). */
export class RequestFailure extends Error {
  override readonly name = 'RequestFailure'

  constructor(
    /** RSocket error code, unsigned 32 bit; 0 when the failure did not come from an ERROR frame. */
    readonly code: number,
    /** Machine-readable name, such as `conflict`. */
    readonly kind: string,
    /** For people. */
    readonly sentence: string,
  ) {
    super(`${kind}: ${sentence}`)
  }

  /** True when the same request may succeed later without any change to it. */
  get retryable(): boolean {
    return RETRYABLE_CODES.has(this.code) || RETRYABLE_KINDS.has(this.kind)
  }

  static local(kind: LocalKind, sentence: string): RequestFailure {
    return new RequestFailure(0, kind, sentence)
  }

  /** Reads what rsocket-js gives to `onError`: an RSocketError for ERROR frames, a plain Error for a connection that went away. */
  static from(error: unknown): RequestFailure {
    if (error instanceof RequestFailure) {
      return error
    }
    if (isRSocketError(error)) {
      // rsocket-js reads the code as signed.
      const code = error.code >>> 0
      const named = /^([a-z][a-z_]*): (.*)$/s.exec(error.message)
      return named
        ? new RequestFailure(code, named[1]!, named[2]!)
        : new RequestFailure(code, nameOfProtocolCode(code), error.message || 'The server gave no reason.')
    }
    return RequestFailure.local('connection_lost', 'The connection to the server was lost.')
  }
}

/** rsocket-js is compiled to ES5, where a subclass of Error is not an `instanceof` itself; its numeric code tells it apart. */
function isRSocketError(error: unknown): error is Error & { code: number } {
  return error instanceof Error && 'code' in error && typeof error.code === 'number'
}

function nameOfProtocolCode(code: number): string {
  return (ErrorCodes[code] ?? 'protocol').toLowerCase()
}
