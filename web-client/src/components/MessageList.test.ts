import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import type { OutboxEntry } from '../chat/outbox'
import type { TimelineEntry } from '../chat/timeline'
import MessageList from './MessageList.vue'

const message = (seq: number, text: string, more: Partial<Extract<TimelineEntry, { kind: 'message' }>> = {}): TimelineEntry => ({
  kind: 'message', seq, at: 1_790_000_000_000, from: 'bob', text, deleted: false, reactions: {}, ...more,
})

const list = (entries: TimelineEntry[], pending: OutboxEntry[] = []) =>
  mount(MessageList, { props: { entries, pending, me: 'ada', canLoadOlder: false, loadingOlder: false, loading: false, loadOlder: async () => {} } })

const texts = (wrapper: ReturnType<typeof list>) => wrapper.findAll('[data-testid=message-text]').map((each) => each.text())

describe('MessageList', () => {
  it('shows text as text', () => {
    const markup = '<img src=x onerror="alert(1)"><b>bold</b>'
    const wrapper = list([message(1, markup)])
    expect(texts(wrapper)).toEqual([markup])
    expect(wrapper.find('img').exists() || wrapper.find('b').exists()).toBe(false)
  })

  it('names a run of messages once', () => {
    const wrapper = list([message(1, 'a'), message(2, 'b'), message(3, 'c', { from: 'eve' })])
    expect(wrapper.findAll('.message--leads')).toHaveLength(2)
  })

  it('shows what became of a message', () => {
    const wrapper = list([message(1, '', { deleted: true }), message(2, 'better', { editedAt: 1_790_000_000_001, reactions: { '👍': ['ada', 'eve'] } })])
    expect(texts(wrapper)).toEqual(['This message was deleted.', 'better (edited)'])
    expect(wrapper.find('.reactions__item').text()).toBe('👍 2')
  })

  it('shows what is under way, and lets a failed one be tried again or dropped', async () => {
    const wrapper = list([], [{ id: 'a', text: 'hello', state: 'sending' }, { id: 'b', text: 'oh', state: 'failed', reason: 'Too long.' }])
    const [sending, failed] = wrapper.findAll('[data-testid=pending-message]')
    expect(sending!.text()).toContain('Sending…')
    expect(failed!.text()).toContain('Not sent. Too long.')
    await failed!.find('[data-testid=pending-retry]').trigger('click')
    await failed!.find('[data-testid=pending-discard]').trigger('click')
    expect(wrapper.emitted()).toMatchObject({ retry: [['b']], discard: [['b']] })
  })
})
