import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import type { RoomInfo } from '../chat/contract'
import type { ListedRoom } from '../chat/roomList'
import RoomSidebar from './RoomSidebar.vue'

const info = (room: string, change: Partial<RoomInfo> = {}): RoomInfo => ({
  room, title: '', kind: 'public', epoch: 'e', head: 1, createdAt: 1, createdBy: 'ada', role: 'member', members: 2, ...change,
})
const listed = (...infos: RoomInfo[]): ListedRoom[] => infos.map((each) => ({ info: each, unread: 0 }))

function sidebar(rooms: ListedRoom[], more: { invitations?: RoomInfo[]; loaded?: boolean; error?: string } = {}) {
  const props = { user: 'ada', rooms, invitations: [], loaded: true, current: '', error: '', online: new Set<string>(), ...more }
  return mount(RoomSidebar, { props, attachTo: document.body })
}
const names = (wrapper: ReturnType<typeof sidebar>) => wrapper.findAll('[data-testid=room-item-name]').map((each) => each.text())

describe('RoomSidebar', () => {
  it('finds rooms by their title, their id, and the other one in a direct room', async () => {
    const wrapper = sidebar(listed(info('x1', { title: 'Garden club' }), info('kitchen'), info('dm:ada:bob', { kind: 'direct' })))
    const filter = wrapper.get('[data-testid=rooms-filter]')
    for (const [typed, found] of [['GARDEN', ['Garden club']], ['itch', ['kitchen']], ['bob', ['bob']], ['', ['Garden club', 'kitchen', 'bob']]] as const) {
      await filter.setValue(typed)
      expect(names(wrapper)).toEqual(found)
    }
    await filter.setValue('nothing of the kind')
    expect(wrapper.get('.sidebar__none').text()).not.toBe('')
  })

  it('opens the first one found on Enter, and shows all again', async () => {
    const wrapper = sidebar(listed(info('a'), info('b')))
    await wrapper.get('[data-testid=rooms-filter]').setValue('b')
    await wrapper.get('[data-testid=rooms-filter]').trigger('keydown', { key: 'Enter' })
    expect(wrapper.emitted('open')).toEqual([['b']])
    expect(names(wrapper)).toEqual(['a', 'b'])
  })

  it('offers invitations', async () => {
    const wrapper = sidebar([], { invitations: [info('secret', { title: 'The circle', kind: 'private', role: undefined })] })
    expect(wrapper.get('[data-testid=invitations]').text()).toContain('The circle')
    await wrapper.get('[data-testid=invitation-accept]').trigger('click')
    expect(wrapper.emitted('accept')).toEqual([['secret']])
  })

  it('says whether the list is on its way, empty, or was refused', () => {
    expect(sidebar([], { loaded: false }).get('.sidebar__none').text()).toBe('Loading the rooms…')
    expect(sidebar([]).find('[data-testid=new-conversation-first]').exists()).toBe(true)
    expect(sidebar([], { loaded: false, error: 'Not you.' }).get('[data-testid=rooms-error]').text()).toBe('Not you.')
  })

  it('goes from room to room by arrow keys, and no further than its ends', async () => {
    const wrapper = sidebar(listed(info('a'), info('b'), info('c')))
    const focused = () => (document.activeElement as HTMLElement).dataset.room
    wrapper.get<HTMLElement>('[data-room=a]').element.focus()
    for (const [key, room] of [['ArrowDown', 'b'], ['End', 'c'], ['ArrowDown', 'c'], ['ArrowUp', 'b'], ['Home', 'a'], ['ArrowUp', 'a']] as const) {
      await wrapper.get('[data-testid=rooms-mine]').trigger('keydown', { key })
      expect(focused()).toBe(room)
    }
  })
})
