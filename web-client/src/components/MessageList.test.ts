import { mount } from '@vue/test-utils'
import { computed, defineComponent, h, ref, shallowRef } from 'vue'
import { describe, expect, it, vi } from 'vitest'
import type { OutboxEntry } from '../chat/outbox'
import type { TimelineEntry } from '../chat/timeline'
import { provideRoom } from '../composables/roomContext'
import MessageList from './MessageList.vue'

const message = (seq: number, text: string, more: Partial<Extract<TimelineEntry, { kind: 'message' }>> = {}): TimelineEntry => ({
  kind: 'message', seq, at: 1_790_000_000_000, from: 'bob', text, deleted: false, mentions: [], attachments: [], reactions: {}, ...more,
})

function list(entries: TimelineEntry[], pending: OutboxEntry[] = []) {
  const view = {
    entries: shallowRef(entries), status: ref<'live'>('live'), unseen: ref(0), newAfter: ref<number>(),
    canLoadOlder: ref(false), canLoadNewer: ref(false), loadingOlder: ref(false), loadingNewer: ref(false),
    loadOlder: vi.fn(), loadNewer: vi.fn(), jumpTo: vi.fn(), toNewest: vi.fn(), follow: vi.fn(), noneNew: vi.fn(),
  }
  const room = defineComponent({
    setup(_, { attrs }) {
      provideRoom({
        me: 'ada', isMember: computed(() => true), isModerator: computed(() => false),
        attachments: { isPicture: () => false, preview: () => ({}), saving: () => undefined, save: vi.fn(), retry: vi.fn() },
        quote: () => undefined, jump: vi.fn(), reply: vi.fn(), edit: vi.fn(), remove: vi.fn(), react: vi.fn(), look: vi.fn(),
      })
      return () => h(MessageList, { view, pending, me: 'ada', readBy: new Map(), ...attrs })
    },
  })
  return mount(room).getComponent(MessageList)
}

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
    expect(texts(wrapper)).toEqual(['This message was deleted.', 'better'])
    expect(wrapper.find('[data-testid=edited]').exists()).toBe(true)
    expect(wrapper.find('[data-testid=reaction]').text()).toBe('👍 2')
  })

  it('shows what is under way, and lets a failed one be tried again or dropped', async () => {
    const wrapper = list([], [{ id: 'a', text: 'hello', state: 'sending' }, { id: 'b', text: 'oh', state: 'failed', reason: 'Too long.' }])
    const [sending, failed] = wrapper.findAll('[data-testid=pending-message]')
    expect(sending!.text()).toContain('Sending…')
    expect(failed!.text()).toContain('Not sent. Too long.')
    await wrapper.find('[data-testid=pending-retry]').trigger('click')
    await wrapper.find('[data-testid=pending-discard]').trigger('click')
    expect(wrapper.emitted()).toMatchObject({ retry: [['b']], discard: [['b']] })
  })
})
