import { describe, expect, it } from 'vitest'
import { mentionAt, mentionsIn } from './mentions'

describe('mentions', () => {
  it('finds the members a text names', () => {
    const known = new Set(['ada', 'bob.b'])
    expect(mentionsIn('@ada and @bob.b. Mail x@ada.org, @ADA, @eve', known)).toEqual(['ada', 'bob.b'])
  })

  it('knows what is being typed before the caret', () => {
    expect(mentionAt('hi @Bo', 6)).toEqual({ start: 3, prefix: 'bo' })
    expect(mentionAt('@', 1)).toEqual({ start: 0, prefix: '' })
    expect(mentionAt('hi @bo there', 12)).toBeUndefined()
    expect(mentionAt('mail@bo', 7)).toBeUndefined()
  })
})
