import { describe, expect, it } from 'vitest'
import type { RoomEvent, RoomInfo } from './contract'
import { nameOf, partnerIn, RoomList } from './roomList'

const info = (room: string, change: Partial<RoomInfo> = {}): RoomInfo => ({
  room, title: '', kind: 'public', epoch: 'e', head: 10, createdAt: 1, createdBy: 'ada', role: 'member', unread: 0, members: 2, ...change,
})
const message = (room: string, seq: number, text = 'hi', from = 'bob'): RoomEvent => ({ room, seq, at: seq, from, type: 'message', id: `${seq}`, text })

describe('RoomList', () => {
  function list(...infos: RoomInfo[]) {
    const rooms = new RoomList('ada')
    rooms.reset(infos)
    return rooms
  }
  const names = (rooms: RoomList) => rooms.rooms.map((listed) => listed.info.room)

  it('puts the room of the newest message first', () => {
    const rooms = list(info('a'), info('b'), info('c', { createdAt: 2 }))
    expect(names(rooms)).toEqual(['c', 'a', 'b'])
    rooms.apply([message('b', 11), message('a', 12)])
    expect(names(rooms)).toEqual(['a', 'b', 'c'])
  })

  it('counts messages by others that came after the list was read', () => {
    const rooms = list(info('a', { unread: 3 }))
    rooms.apply([message('a', 10), message('a', 11), message('a', 12, 'mine', 'ada'), { ...message('a', 13), deleted: true } as RoomEvent])
    expect(rooms.find('a')).toMatchObject({ unread: 4, info: { head: 13 } })
  })

  it('has nothing unread when the newest was read, and at most what is left after a part', () => {
    const rooms = list(info('a', { unread: 5 }))
    rooms.read('a', 8)
    expect(rooms.find('a')?.unread).toBe(2)
    rooms.read('a', 10)
    expect(rooms.find('a')?.unread).toBe(0)
  })

  it('shows an edit and a delete of the last message, and none of an older one', () => {
    const rooms = list(info('a'))
    rooms.apply([message('a', 11, 'first'), { room: 'a', seq: 12, at: 12, from: 'bob', type: 'edit', target: 11, text: 'better' }])
    expect(rooms.find('a')?.last).toMatchObject({ text: 'better', at: 11 })
    rooms.apply([{ room: 'a', seq: 13, at: 13, from: 'bob', type: 'edit', target: 4, text: 'old' }])
    expect(rooms.find('a')?.last).toMatchObject({ text: 'better' })
    rooms.apply([{ room: 'a', seq: 14, at: 14, from: 'bob', type: 'delete', target: 11 }])
    expect(rooms.find('a')?.last).toMatchObject({ deleted: true, text: '' })
  })

  it('asks for the last message when the last entry is about another one', () => {
    const rooms = list(info('a'))
    const { unclear } = rooms.apply([{ room: 'a', seq: 10, at: 10, from: 'bob', type: 'reaction', target: 4, emoji: '👍', on: true }])
    expect([...unclear]).toEqual(['a'])
    rooms.setLast('a', message('a', 9, 'that one'))
    expect(rooms.find('a')?.last).toMatchObject({ text: 'that one' })
  })

  it('asks for a room that it does not know, and lets go of one that the reader has left', () => {
    const rooms = list(info('a'))
    expect([...rooms.apply([message('new', 1)]).unknown]).toEqual(['new'])
    rooms.apply([{ room: 'a', seq: 11, at: 11, from: 'bob', type: 'member', user: 'ada', change: 'removed' }])
    expect(names(rooms)).toEqual([])
  })

  it('follows titles, kinds, roles and the number of members', () => {
    const rooms = list(info('a'))
    rooms.apply([
      { room: 'a', seq: 11, at: 11, from: 'bob', type: 'room', title: 'New', kind: 'private' },
      { room: 'a', seq: 12, at: 12, from: 'eve', type: 'member', user: 'eve', change: 'joined' },
      { room: 'a', seq: 13, at: 13, from: 'bob', type: 'member', user: 'ada', change: 'role', role: 'moderator' },
    ])
    expect(rooms.find('a')?.info).toMatchObject({ title: 'New', kind: 'private', members: 3, role: 'moderator' })
  })

  it('keeps the last messages over a reading of the list, unless the log is another', () => {
    const rooms = list(info('a'), info('b'))
    rooms.apply([message('a', 11), message('b', 11)])
    rooms.reset([info('a', { head: 11 }), info('b', { epoch: 'other' })])
    expect([rooms.find('a')?.last?.seq, rooms.find('b')?.last]).toEqual([11, undefined])
  })
})

describe('names', () => {
  it('calls a direct room by the other one, and others by title or id', () => {
    expect(nameOf(info('dm:ada:bob', { kind: 'direct' }), 'bob')).toBe('ada')
    expect(nameOf(info('lobby', { title: 'The Lobby' }), 'ada')).toBe('The Lobby')
    expect(nameOf(info('lobby'), 'ada')).toBe('lobby')
    expect(partnerIn('lobby', 'ada')).toBeUndefined()
  })
})
