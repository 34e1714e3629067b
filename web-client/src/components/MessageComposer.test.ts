import { mount } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import MessageComposer from './MessageComposer.vue'

function composer(send = vi.fn(() => true)) {
  const wrapper = mount(MessageComposer, { props: { room: 'lobby', send } })
  const field = wrapper.find<HTMLTextAreaElement>('textarea')
  return { wrapper, field, send }
}

describe('MessageComposer', () => {
  it('sends on Enter and is empty again', async () => {
    const { field, send } = composer()
    await field.setValue('  hello  ')
    await field.trigger('keydown', { key: 'Enter' })
    expect(send.mock.calls).toEqual([['hello']])
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
    expect(wrapper.find('[data-testid=composer-error]').text()).toBe('This message has 16386 bytes; 16384 are allowed.')
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
})
