import { ErrorCodes, RSocketError } from 'rsocket-core'
import { describe, expect, it } from 'vitest'
import { RequestFailure } from './failure'

describe('RequestFailure', () => {
  it('splits the name from the sentence of an ERROR frame', () => {
    const failure = RequestFailure.from(new RSocketError(0x409, 'conflict: Room "lobby" exists: choose another id.'))
    expect(failure).toMatchObject({ code: 0x409, kind: 'conflict', sentence: 'Room "lobby" exists: choose another id.', retryable: false })
  })

  it('takes the spec\'s name when the text has none', () => {
    expect(RequestFailure.from(new RSocketError(ErrorCodes.REJECTED_SETUP, 'Sign in first.'))).toMatchObject({
      kind: 'rejected_setup',
      sentence: 'Sign in first.',
    })
  })

  it('reads codes as unsigned', () => {
    expect(RequestFailure.from(new RSocketError(-2, 'x: y')).code).toBe(0xfffffffe)
  })

  it('counts unavailable and REJECTED as retryable', () => {
    expect(RequestFailure.from(new RSocketError(0x503, 'unavailable: draining')).retryable).toBe(true)
    expect(RequestFailure.from(new RSocketError(ErrorCodes.REJECTED, 'busy')).retryable).toBe(true)
  })

  it('calls everything else a lost connection, which is retryable', () => {
    expect(RequestFailure.from(new Error('Closed.'))).toMatchObject({ code: 0, kind: 'connection_lost', retryable: true })
    expect(RequestFailure.from(undefined)).toMatchObject({ kind: 'connection_lost' })
  })
})
