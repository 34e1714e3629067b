import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import type { Connection } from '../rsocket/connection'
import { RequestFailure } from '../rsocket/failure'
import type { LinkState } from '../rsocket/link'
import ConnectionBanner from './ConnectionBanner.vue'

const failure = RequestFailure.local('connection_lost', 'Gone.')
const banner = (state: LinkState, offline = false) => mount(ConnectionBanner, { props: { state, offline } })

describe('ConnectionBanner', () => {
  it('has nothing to say while all is well', () => {
    const wrapper = banner({ kind: 'open', connection: {} as Connection })
    expect([wrapper.text(), wrapper.classes('banner--shown')]).toEqual(['', false])
  })

  it('says what the page is waiting for', () => {
    const texts = [
      banner({ kind: 'connecting', attempt: 0 }),
      banner({ kind: 'connecting', attempt: 1 }),
      banner({ kind: 'waiting', attempt: 1, retryAt: 0, failure }),
      banner({ kind: 'stopped', failure }),
      banner({ kind: 'waiting', attempt: 1, retryAt: 0, failure }, true),
    ].map((wrapper) => wrapper.get('span').text())
    expect(new Set(texts).size).toBe(texts.length)
    expect(texts).not.toContain('')
  })

  it('lets one try at once, while it waits', async () => {
    const wrapper = banner({ kind: 'waiting', attempt: 1, retryAt: 0, failure })
    await wrapper.get('[data-testid=connection-retry]').trigger('click')
    expect(wrapper.emitted('retry')).toHaveLength(1)
    expect(banner({ kind: 'connecting', attempt: 1 }).find('[data-testid=connection-retry]').exists()).toBe(false)
  })
})
