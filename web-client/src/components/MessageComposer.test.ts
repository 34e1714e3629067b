import { mount } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import type { OutgoingMessage } from '../chat/contract'
import type { MessageEntry } from '../chat/timeline'
import MessageComposer from './MessageComposer.vue'

let rooms = 0

function composer(send = vi.fn((_: OutgoingMessage) => true), more = {}) {
  const props = { room: `lobby-${++rooms}`, client: null, members: ['bob', 'bobby', 'eve'], send, save: vi.fn(async () => true), ...more }
  const wrapper = mount(MessageComposer, { props, attachTo: document.body })
  const field = wrapper.find<HTMLTextAreaElement>('textarea')
  return { wrapper, field, send }
}

describe('MessageComposer', () => {
  it('sends on Enter and is empty again', async () => {
    const { field, send } = composer()
    await field.setValue('  hello  ')
    await field.trigger('keydown', { key: 'Enter' })
    expect(send.mock.calls).toEqual([[{ text: 'hello', replyTo: undefined, mentions: undefined, attachments: undefined }]])
    expect(field.element.value).toBe('')
  })

  it('does not send on Shift+Enter, nor while an input method composes, nor nothing', async () => {
    const { field, send } = composer()
    await field.setValue('hello')
    await field.trigger('keydown', { key: 'Enter', shiftKey: true })
    await field.trigger('keydown', { key: 'Enter', isComposing: true })
    await field.setValue('   ')
    await field.trigger('keydown', { key: 'Enter' })
    expect(send).not.toHaveBeenCalled()
  })

  it('keeps a text that is too long, counted in bytes, and says so', async () => {
    const { wrapper, field, send } = composer()
    await field.setValue('日'.repeat(5462))
    await field.trigger('keydown', { key: 'Enter' })
    expect(send).not.toHaveBeenCalled()
    expect(field.element.value).toHaveLength(5462)
    expect(wrapper.find('[data-testid=composer-error]').text()).toBe('This message has 16,386 bytes; 16,384 are allowed.')
  })

  it('keeps a text that could not be taken', async () => {
    const { wrapper, field } = composer(vi.fn(() => false))
    await field.setValue('hello')
    await field.trigger('keydown', { key: 'Enter' })
    expect(field.element.value).toBe('hello')
    expect(wrapper.find('[data-testid=composer-error]').text()).toContain('Too many messages')
  })

  it('tells that somebody types', async () => {
    const { wrapper, field } = composer()
    await field.setValue('h')
    expect(wrapper.emitted('typing')).toHaveLength(1)
  })

  it('completes a name with the keyboard, and mentions those who are members', async () => {
    const { wrapper, field, send } = composer()
    await field.setValue('hi @bo')
    expect(wrapper.findAll('[data-testid=mention-choice]').map((each) => each.text())).toEqual(['@bob', '@bobby'])
    await field.trigger('keydown', { key: 'ArrowDown' })
    await field.trigger('keydown', { key: 'Enter' })
    expect(field.element.value).toBe('hi @bobby ')
    expect(send).not.toHaveBeenCalled()
    await field.setValue('hi @bobby, and @nobody')
    await field.trigger('keydown', { key: 'Enter' })
    expect(send.mock.calls[0]![0]).toMatchObject({ text: 'hi @bobby, and @nobody', mentions: ['bobby'] })
  })

  const entry: MessageEntry = { kind: 'message', seq: 7, at: 0, from: 'ada', text: 'old', deleted: false, mentions: [], attachments: [], reactions: {} }

  it('answers a message', async () => {
    const { wrapper, field, send } = composer(undefined, { replyTo: entry })
    await field.setValue('yes')
    await field.trigger('keydown', { key: 'Enter' })
    expect(send.mock.calls[0]![0]).toMatchObject({ text: 'yes', replyTo: 7 })
    expect(wrapper.emitted('plain')).toHaveLength(1)
  })

  it('changes a message, and gives back what was being written', async () => {
    const save = vi.fn(async (_: MessageEntry, __: string) => true)
    const { wrapper, field } = composer(undefined, { save })
    await field.setValue('a draft')
    await wrapper.setProps({ editing: entry })
    expect(field.element.value).toBe('old')
    await field.setValue('new')
    await field.trigger('keydown', { key: 'Enter' })
    expect(save.mock.calls).toEqual([[entry, 'new']])
    await wrapper.setProps({ editing: undefined })
    expect(field.element.value).toBe('a draft')
  })
})
