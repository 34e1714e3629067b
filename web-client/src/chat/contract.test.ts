// @vitest-environment node
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { json, messagePack } from '../rsocket/format'
import type { Attachment, HistoryPage, Member, RoomEvent, RoomInfo, SearchHit, SendAnswer, SendRequest, Signal, WhoAmI } from './contract'

type Json = Record<string, unknown>
type Kind = 'string' | 'number' | 'boolean' | 'list' | 'map'
type KindOf<T> = T extends string ? 'string' : T extends number ? 'number' : T extends boolean ? 'boolean' : T extends readonly unknown[] ? 'list' : 'map'
type OptionalKeys<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T]

/** The fields of a type of `contract.ts`, each once: one that is added or taken away there does not compile here. */
interface Shape<T> {
  readonly required: { readonly [K in Exclude<keyof T, OptionalKeys<T>>]: KindOf<NonNullable<T[K]>> }
  readonly optional: { readonly [K in OptionalKeys<T>]: KindOf<NonNullable<T[K]>> }
}

const event = { room: 'string', seq: 'number', at: 'number', from: 'string' } as const
type Event<T extends RoomEvent['type']> = Omit<Extract<RoomEvent, { type: T }>, 'type'>

const events: { readonly [T in RoomEvent['type']]: Shape<Event<T>> } = {
  message: {
    required: event,
    optional: {
      id: 'string', text: 'string', deleted: 'boolean', replyTo: 'number', mentions: 'list', attachments: 'list', meta: 'map', editedAt: 'number', reactions: 'map',
    },
  },
  edit: { required: { ...event, target: 'number', text: 'string' }, optional: {} },
  delete: { required: { ...event, target: 'number' }, optional: {} },
  reaction: { required: { ...event, target: 'number', emoji: 'string', on: 'boolean' }, optional: {} },
  member: { required: { ...event, user: 'string', change: 'string' }, optional: { role: 'string' } },
  room: { required: event, optional: { title: 'string', kind: 'string' } },
  gap: { required: { ...event, to: 'number' }, optional: {} },
}

const signals: { readonly [T in Signal['type']]: Shape<Omit<Extract<Signal, { type: T }>, 'type'>> } = {
  presence: { required: { user: 'string', online: 'boolean', at: 'number' }, optional: {} },
  typing: { required: { user: 'string', until: 'number' }, optional: {} },
  receipt: { required: { user: 'string', seq: 'number' }, optional: {} },
}

const roomInfo: Shape<RoomInfo> = {
  required: { room: 'string', title: 'string', kind: 'string', epoch: 'string', head: 'number', createdAt: 'number', createdBy: 'string', members: 'number' },
  optional: { role: 'string', readSeq: 'number', unread: 'number' },
}
const historyPage: Shape<HistoryPage> = { required: { room: 'string', epoch: 'string', head: 'number', events: 'list', more: 'boolean' }, optional: {} }
const attachment: Shape<Attachment> = { required: { id: 'string', name: 'string', size: 'number', type: 'string' }, optional: {} }
const sendRequest: Shape<SendRequest> = {
  required: { room: 'string', id: 'string', text: 'string' },
  optional: { replyTo: 'number', mentions: 'list', attachments: 'list', meta: 'map' },
}
/** Optional here, because there are ways on which it is not told. */
const sendAnswer: Shape<SendAnswer> = { required: { room: 'string', at: 'number', duplicate: 'boolean' }, optional: { seq: 'number' } }
const searchHit: Shape<SearchHit> = { required: { room: 'string', seq: 'number', at: 'number', from: 'string', text: 'string' }, optional: {} }
const member: Shape<Member> = { required: { user: 'string', role: 'string', online: 'boolean' }, optional: { joinedAt: 'number', readSeq: 'number' } }
const whoAmI: Shape<WhoAmI> = { required: { user: 'string', now: 'number' }, optional: {} }

const records: Readonly<Record<string, { readonly required: object; readonly optional: object }>> = {
  RoomInfo: roomInfo, HistoryPage: historyPage, AttachmentInfo: attachment, MessageSend: sendRequest, MessageSent: sendAnswer, SearchHit: searchHit, MemberInfo: member, WhoAmI: whoAmI,
  ...Object.fromEntries(Object.entries(events).map(([type, shape]) => [`RoomEvent ${type}`, shape])),
  ...Object.fromEntries(Object.entries(signals).map(([type, shape]) => [`SignalEvent ${type}`, shape])),
}

interface Vector {
  record: string
  json: Json
  msgpack: string
}
const { vectors } = JSON.parse(readFileSync(resolve(process.cwd(), '../RSocketIm.Tests/Vectors/contracts.json'), 'utf8')) as { vectors: Vector[] }
const nameOf = ({ record, json: { type } }: Vector) => (record === 'RoomEvent' || record === 'SignalEvent' ? `${record} ${String(type)}` : record)
const kindOf = (value: unknown) => (Array.isArray(value) ? 'list' : value !== null && typeof value === 'object' ? 'map' : typeof value)

describe('the contract, by the vectors of the server', () => {
  test.each(vectors.map((vector, index) => [`${vector.record} ${index}`, vector] as const))('%s is read and written by the page', (_, vector) => {
    expect(messagePack.decode(Buffer.from(vector.msgpack, 'hex'))).toEqual(vector.json)
    expect(messagePack.decode(messagePack.encode(vector.json))).toEqual(vector.json)
    expect(json.decode(json.encode(vector.json))).toEqual(vector.json)
  })

  it.each(Object.keys(records))('%s has the fields that the server writes', (name) => {
    const { required, optional } = records[name]!
    const mine = vectors.filter((vector) => nameOf(vector) === name).map((vector) => vector.json)
    expect(mine.length).toBeGreaterThan(0)
    for (const [field, kind] of Object.entries(required as Record<string, Kind>).filter(([field]) => !(name === 'RoomEvent gap' && field === 'from'))) {
      expect([field, ...mine.map((value) => kindOf(value[field]))]).toEqual([field, ...mine.map(() => kind)])
    }
    for (const [field, kind] of Object.entries(optional as Record<string, Kind>)) {
      const given = mine.filter((value) => field in value)
      expect([field, given.length > 0, ...given.map((value) => kindOf(value[field]))]).toEqual([field, true, ...given.map(() => kind)])
    }
  })
})
