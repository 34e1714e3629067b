import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import type { Member } from '../chat/contract'
import MemberRow from './MemberRow.vue'

const bob: Member = { user: 'bob', role: 'member', online: true }
const row = (more: { isMe?: boolean; maySetRole?: boolean; mayPutOut?: boolean } = {}) =>
  mount(MemberRow, { props: { member: bob, isMe: false, maySetRole: false, mayPutOut: false, ...more } })
const has = (wrapper: ReturnType<typeof row>, name: string) => wrapper.find(`[data-testid=${name}]`).exists()

describe('MemberRow', () => {
  it('offers only what the reader may do', () => {
    expect(['member-write', 'member-role', 'member-remove', 'member-ban'].map((name) => has(row(), name))).toEqual([true, false, false, false])
    expect(['member-role', 'member-remove', 'member-ban'].map((name) => has(row({ maySetRole: true, mayPutOut: true }), name))).toEqual([true, true, true])
    expect(has(row({ isMe: true }), 'member-write')).toBe(false)
  })

  it('shows the role that is, until the server has another', async () => {
    const wrapper = row({ maySetRole: true })
    const field = wrapper.get<HTMLSelectElement>('[data-testid=member-role]')
    field.element.value = 'moderator'
    await field.trigger('change')
    expect([wrapper.emitted('role'), field.element.value]).toEqual([[['moderator']], 'member'])
    await wrapper.setProps({ member: { ...bob, role: 'moderator' } })
    expect(field.element.value).toBe('moderator')
  })

  it('names whom each button is about', () => {
    const labels = row({ mayPutOut: true }).findAll('button').map((button) => button.attributes('aria-label'))
    expect(labels).toHaveLength(3)
    labels.forEach((label) => expect(label).toContain('bob'))
  })
})
