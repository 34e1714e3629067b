import { mount } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import type { ChatClient } from '../chat/chatClient'
import type { RoomInfo } from '../chat/contract'
import BrowseRooms from './BrowseRooms.vue'
import CreateRoomForm from './CreateRoomForm.vue'
import StartDirectForm from './StartDirectForm.vue'

/** The three ways into a conversation: what is typed is looked at here first, and then asked for once. */
const info = (room: string, change: Partial<RoomInfo> = {}) => ({ room, title: '', kind: 'public', role: 'owner', members: 1, ...change }) as RoomInfo
const settled = () => new Promise((resolve) => setTimeout(resolve))

describe('CreateRoomForm', () => {
  function form() {
    const createRoom = vi.fn(async (room: string) => info(room))
    return { createRoom, wrapper: mount(CreateRoomForm, { props: { client: { createRoom } as unknown as ChatClient } }) }
  }

  it('makes a room of what is typed, in small letters', async () => {
    const { wrapper, createRoom } = form()
    await wrapper.get('[data-testid=create-id]').setValue('  Garden-Club ')
    await wrapper.get('[data-testid=create-title]').setValue(' Our garden ')
    await wrapper.get('[data-testid=create-kind-private]').setValue()
    await wrapper.get('form').trigger('submit')
    await settled()
    expect(createRoom.mock.calls).toEqual([['garden-club', 'private', 'Our garden']])
    expect(wrapper.emitted('entered')).toMatchObject([[{ room: 'garden-club' }]])
  })

  it.each(['', ' ', '-x', 'a b', '<img src=x>', '日本', 'x'.repeat(65)])('refuses %j with a sentence, and asks nobody', async (typed) => {
    const { wrapper, createRoom } = form()
    await wrapper.get('[data-testid=create-id]').setValue(typed)
    await wrapper.get('form').trigger('submit')
    expect(createRoom).not.toHaveBeenCalled()
    expect(wrapper.get('[data-testid=enter-error]').text()).not.toBe('')
    expect(wrapper.get('[data-testid=create-id]').attributes('aria-invalid')).toBe('true')
  })
})

describe('StartDirectForm', () => {
  it('writes to a user, and refuses what is no name', async () => {
    const openDirect = vi.fn(async (user: string) => info(`dm:ada:${user}`, { kind: 'direct' }))
    const wrapper = mount(StartDirectForm, { props: { client: { openDirect } as unknown as ChatClient } })
    await wrapper.get('[data-testid=person-name]').setValue('no name!')
    await wrapper.get('form').trigger('submit')
    expect([openDirect.mock.calls.length, wrapper.get('[data-testid=enter-error]').text() !== '']).toEqual([0, true])
    await wrapper.get('[data-testid=person-name]').setValue(' Bob ')
    await wrapper.get('form').trigger('submit')
    await settled()
    expect(openDirect.mock.calls).toEqual([['bob']])
    expect(wrapper.emitted('entered')).toHaveLength(1)
  })
})

describe('BrowseRooms', () => {
  async function browser(rooms: RoomInfo[], next?: string) {
    const listRooms = vi.fn(async () => ({ rooms, next }))
    const joinRoom = vi.fn(async (room: string) => info(room))
    const wrapper = mount(BrowseRooms, { props: { client: { listRooms, joinRoom } as unknown as ChatClient, me: 'ada' } })
    await settled()
    return { wrapper, joinRoom }
  }

  it('lets one look into a room, and join it unless one is in it', async () => {
    const { wrapper, joinRoom } = await browser([info('mine'), info('theirs', { role: undefined, title: 'Their <b>room</b>' })], 'theirs')
    expect(wrapper.get('[data-room=mine]').find('[data-testid=browse-join]').exists()).toBe(false)
    expect(wrapper.get('[data-room=theirs]').text()).toContain('Their <b>room</b>')
    await wrapper.get('[data-room=mine] [data-testid=browse-open]').trigger('click')
    await wrapper.get('[data-room=theirs] [data-testid=browse-join]').trigger('click')
    await settled()
    expect(joinRoom.mock.calls).toEqual([['theirs']])
    expect(wrapper.emitted('entered')!.map(([entered]) => (entered as RoomInfo).room)).toEqual(['mine', 'theirs'])
    expect(wrapper.find('[data-testid=browse-more]').exists()).toBe(true)
  })

  it('joins by an id that is not in the list', async () => {
    const { wrapper, joinRoom } = await browser([info('listed')])
    expect(wrapper.find('[data-testid=browse-join-id]').exists()).toBe(false)
    await wrapper.get('[data-testid=browse-filter]').setValue('secret')
    await wrapper.get('form').trigger('submit')
    await settled()
    expect(joinRoom.mock.calls).toEqual([['secret']])
  })
})
