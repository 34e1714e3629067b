import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import type { ListedRoom } from '../chat/roomList'
import RoomListItem from './RoomListItem.vue'

const info = { room: 'lobby', title: '', kind: 'public', epoch: 'e', head: 9, createdAt: 1, createdBy: 'ada', members: 2 } as const
const message = { kind: 'message', seq: 9, at: Date.now(), from: 'bob', text: 'hello', deleted: false, attachments: 0 } as const

function item(listed: Partial<ListedRoom>, more: { isCurrent?: boolean; isOnline?: boolean } = {}) {
  return mount(RoomListItem, { props: { listed: { info, unread: 0, ...listed }, name: 'Lobby', me: 'ada', isCurrent: false, isOnline: false, ...more } })
}
const preview = (listed: Partial<ListedRoom>) => item(listed).find('[data-testid=room-item-preview]').text()

describe('RoomListItem', () => {
  it('shows what was said last, and by whom', () => {
    expect(preview({ last: message })).toBe('bob: hello')
    expect(preview({ last: { ...message, from: 'ada' } })).toBe('You: hello')
    expect(preview({ last: message, info: { ...info, kind: 'direct' } })).toBe('hello')
    expect(preview({ last: { ...message, deleted: true, text: '' } })).toBe('Message deleted')
    expect(preview({ last: { kind: 'member', seq: 9, at: 1, user: 'eve', change: 'joined' } })).toBe('eve joined')
    expect(preview({})).toBe('')
  })

  it('shows markup as text', () => {
    const wrapper = item({ last: { ...message, text: '<img src=x onerror=alert(1)>' } })
    expect(wrapper.find('img').exists()).toBe(false)
    expect(wrapper.text()).toContain('<img src=x')
  })

  it('counts what is unread, but not in the room that is open, and not beyond a hundred', () => {
    const unread = (wrapper: ReturnType<typeof item>) => wrapper.find('[data-testid=room-item-unread]')
    expect(unread(item({ unread: 7 })).text()).toBe('7')
    expect(unread(item({ unread: 7 })).attributes('aria-label')).toBe('7 unread')
    expect(unread(item({ unread: 100 })).text()).toBe('99+')
    expect(unread(item({ unread: 7 }, { isCurrent: true })).exists()).toBe(false)
    expect(unread(item({ unread: 0 })).exists()).toBe(false)
  })

  it('says to a screen reader which room is open, and who is online', async () => {
    const wrapper = item({}, { isCurrent: true, isOnline: true })
    expect(wrapper.get('button').attributes('aria-current')).toBe('page')
    expect(wrapper.get('.visually-hidden').text()).toBe('Online')
    await wrapper.get('button').trigger('click')
    expect(wrapper.emitted('open')).toHaveLength(1)
  })
})
