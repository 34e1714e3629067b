// Every route of docs/wire-contract.md at least once, with what it changes for others.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { ErrorCodes } from 'rsocket-core'
import { bearer, simple } from './client.mjs'
import { failsWith, useServer } from './fixture.mjs'
import { bytes, messagePack } from './formats.mjs'

const fixture = useServer()

const notFound = failsWith(0x404, /^not_found: ./s)
const forbidden = failsWith(0x403, /^forbidden: ./s)
const conflict = failsWith(0x409, /^conflict: ./s)

/** A room of the first user, and a connection of each; the others are members: they join, or are invited and join. */
async function roomOf(room, kind, ...names) {
  const clients = await Promise.all(names.map((name) => fixture.as(name)))
  const [owner, ...others] = clients
  await owner.request('rooms.create', { room, kind })
  for (const [i, other] of others.entries()) {
    if (kind === 'private') {
      await owner.request('rooms.invite', { room, user: names[i + 1] })
    }
    await other.request('rooms.join', { room })
  }
  return clients
}

const rolesIn = async (client, room) => Object.fromEntries((await client.request('rooms.members', { room })).members.map(({ user, role }) => [user, role]))
const titled = (room) => ({ room: room.room, title: room.title, kind: room.kind, role: room.role, head: room.head, members: room.members })

/** Asks again, one question after the other's answer, until the answer is the awaited one. */
async function until(ask, test) {
  const end = Date.now() + 20_000
  for (;;) {
    const answer = await ask()
    if (test(answer)) {
      return answer
    }
    assert.ok(Date.now() < end, `The awaited answer did not come, the last was ${JSON.stringify(answer)}.`)
  }
}

describe('system', () => {
  test('system.echo answers the same bytes', async () => {
    const client = await fixture.as('echoer')
    const sent = randomBytes(1000)
    assert.deepEqual(Buffer.from(await client.request('system.echo', sent, bytes)), sent)
    const echo = client.channel('system.echo', sent, 10, bytes)
    echo.send(Buffer.from('second'))
    echo.end()
    assert.deepEqual((await echo.completion()).map((value) => Buffer.from(value)), [sent, Buffer.from('second')])
  })

  test('system.count counts, padded to about the size asked for', async () => {
    const client = await fixture.as('counter')
    const items = await client.stream('system.count', { count: 3, bytes: 500 }, 10).completion()
    assert.deepEqual(items.map(({ i }) => i), [1, 2, 3])
    for (const item of items) {
      const size = messagePack.encode(item).length
      assert.ok(size > 450 && size < 550, `${size} bytes`)
    }
  })

  test('system.whoami tells who, where and when', async () => {
    const [first, second] = [await fixture.as('narcissus'), await fixture.as('narcissus')]
    const [one, two] = [await first.request('system.whoami', {}), await second.request('system.whoami', {})]
    assert.equal(one.user, 'narcissus')
    assert.equal(one.node, two.node)
    assert.match(one.version, /\d/)
    assert.notEqual(one.connection, two.connection)
    assert.ok(Number.isSafeInteger(one.now))
  })
})

describe('rooms', () => {
  test('rooms.create, rooms.get and rooms.list tell the same of a room', async () => {
    const client = await fixture.as('lister')
    const made = await client.request('rooms.create', { room: 'list-b', title: 'Bees' })
    assert.deepEqual(titled(made), { room: 'list-b', title: 'Bees', kind: 'public', role: 'owner', head: 1, members: 1 })
    assert.equal(made.createdBy, 'lister')
    await client.request('rooms.create', { room: 'list-a' })
    assert.deepEqual(await client.request('rooms.get', { room: 'list-b' }), made)

    const page = await client.request('rooms.list', { mine: true, prefix: 'list-', limit: 1 })
    assert.deepEqual(page.rooms.map(({ room }) => room), ['list-a'])
    const rest = await client.request('rooms.list', { mine: true, prefix: 'list-', after: page.next })
    assert.deepEqual([rest.rooms, rest.next], [[made], undefined])

    const other = await fixture.as('other-lister')
    assert.deepEqual((await other.request('rooms.list', { mine: true })).rooms, [])
    const { rooms } = await other.request('rooms.list', { prefix: 'list-' })
    assert.deepEqual(rooms.map(({ room, role }) => [room, role]), [['list-a', undefined], ['list-b', undefined]])
  })

  test('rooms.join and rooms.leave make a member and end it, once', async () => {
    const room = 'revolving'
    const [owner] = await roomOf(room, 'public', 'porter')
    const guest = await fixture.as('passer-by')
    assert.deepEqual(titled(await guest.request('rooms.join', { room })), titled(await guest.request('rooms.join', { room })))
    assert.deepEqual(await rolesIn(owner, room), { porter: 'owner', 'passer-by': 'member' })
    assert.deepEqual(await guest.request('rooms.leave', { room }), {})
    assert.deepEqual(await rolesIn(owner, room), { porter: 'owner' })
    const { events } = await owner.request('messages.history', { room })
    assert.deepEqual(events.map(({ seq, type, user, change }) => [seq, type, user, change]), [
      [1, 'member', 'porter', 'joined'],
      [2, 'member', 'passer-by', 'joined'],
      [3, 'member', 'passer-by', 'left'],
    ])
  })

  test('rooms.open is the same direct room from either side, and nobody else sees it', async () => {
    const [zoe, yan, eve] = [await fixture.as('zoe'), await fixture.as('yan'), await fixture.as('eve')]
    const opened = await zoe.request('rooms.open', { user: 'yan' })
    assert.deepEqual([opened.room, opened.kind, opened.members], ['dm:yan:zoe', 'direct', 2])
    const { room, epoch } = await yan.request('rooms.open', { user: 'zoe' })
    assert.deepEqual([room, epoch], [opened.room, opened.epoch])

    const { seq } = await zoe.request('messages.send', { room, id: 'd1', text: 'between us' })
    const { events } = await yan.request('messages.history', { room })
    assert.deepEqual([events.at(-1).seq, events.at(-1).text], [seq, 'between us'])
    await assert.rejects(eve.request('rooms.get', { room }), notFound)
    await assert.rejects(eve.request('messages.history', { room }), notFound)
  })

  test('rooms.update changes title and kind, and tells the feed; a member may not', async () => {
    const room = 'renamed'
    const [owner, member] = await roomOf(room, 'public', 'renamer', 'onlooker')
    const feed = member.stream('rooms.feed', { room, after: 2 }, 100)
    const updated = await owner.request('rooms.update', { room, title: 'New title' })
    assert.deepEqual([updated.title, updated.kind], ['New title', 'public'])
    const hidden = await owner.request('rooms.update', { room, kind: 'private' })
    assert.deepEqual([hidden.title, hidden.kind], ['New title', 'private'])
    const changes = (await feed.atLeast(2)).map(({ seq, type, from, title, kind }) => ({ seq, type, from, title, kind }))
    assert.deepEqual(changes, [
      { seq: 3, type: 'room', from: 'renamer', title: 'New title', kind: undefined },
      { seq: 4, type: 'room', from: 'renamer', title: undefined, kind: 'private' },
    ])
    await assert.rejects((await fixture.as('too-late')).request('rooms.get', { room }), notFound)
    await assert.rejects(member.request('rooms.update', { room, title: 'Mine' }), forbidden)
    assert.equal((await member.request('rooms.get', { room })).title, 'New title')
  })

  test('rooms.members pages through everybody, with role, position and presence', async () => {
    const room = 'crowd'
    const names = ['crowd-a', 'crowd-b', 'crowd-c']
    const [owner] = await roomOf(room, 'public', ...names)
    await owner.request('receipts.read', { room, seq: 2 })
    const members = []
    let after
    do {
      const page = await owner.request('rooms.members', { room, after, limit: 1 })
      assert.ok(page.members.length <= 1)
      members.push(...page.members)
      after = page.next
    } while (after !== undefined)
    assert.deepEqual(
      members.map(({ user, role, readSeq, online }) => [user, role, readSeq, online]).sort(),
      [['crowd-a', 'owner', 2, true], ['crowd-b', 'member', 0, true], ['crowd-c', 'member', 0, true]],
    )
    assert.ok(members.every(({ joinedAt }) => Number.isSafeInteger(joinedAt)))
  })

  test('a private room is not_found on every route until one is invited', async () => {
    const room = 'sanctum'
    const [owner] = await roomOf(room, 'private', 'keeper')
    const stranger = await fixture.as('stranger')
    const requests = [
      ['rooms.get', {}],
      ['rooms.join', {}],
      ['rooms.members', {}],
      ['rooms.invite', { user: 'stranger' }],
      ['messages.history', {}],
      ['messages.send', { id: 'a', text: 'x' }],
      ['messages.search', { query: 'x' }],
      ['receipts.read', { seq: 1 }],
    ]
    for (const [route, data] of requests) {
      await assert.rejects(stranger.request(route, { room, ...data }), notFound, route)
    }
    notFound(await stranger.stream('rooms.feed', { room, after: 0 }, 1).failure())
    notFound(await stranger.stream('signals.feed', { room }, 1).failure())
    assert.deepEqual((await stranger.request('rooms.list', { prefix: room })).rooms, [])

    assert.deepEqual(await owner.request('rooms.invite', { room, user: 'stranger' }), { seq: 2 })
    assert.deepEqual(await owner.request('rooms.invite', { room, user: 'stranger' }), { seq: 2 })
    const joined = await stranger.request('rooms.join', { room })
    assert.deepEqual([joined.kind, joined.role, joined.head, joined.members], ['private', 'member', 3, 2])
    await assert.rejects(owner.request('rooms.invite', { room, user: 'stranger' }), conflict)
    const changes = (await stranger.stream('rooms.feed', { room, after: 1 }, 10).atLeast(2)).map(({ seq, from, user, change }) => [seq, from, user, change])
    assert.deepEqual(changes, [[2, 'keeper', 'stranger', 'invited'], [3, 'stranger', 'stranger', 'joined']])
  })

  test('rooms.remove ends the feed of the one removed with forbidden, though it has no credit', async () => {
    const room = 'expelling'
    const [owner, removed, stays] = await roomOf(room, 'private', 'expeller', 'expelled', 'staying')
    const reading = removed.stream('rooms.feed', { room, after: 4 }, 10)
    const full = removed.stream('rooms.feed', { room, after: 0 }, 1)
    const watching = stays.stream('rooms.feed', { room, after: 4 }, 10)
    await full.atLeast(1)
    const { head } = await owner.request('rooms.get', { room })
    const { seq } = await owner.request('rooms.remove', { room, user: 'expelled' })
    assert.equal(seq, head + 1)
    forbidden(await reading.failure())
    forbidden(await full.failure())
    assert.equal(full.values.length, 1)

    await owner.request('messages.send', { room, id: 'after', text: 'without them' })
    const told = await watching.first(({ change }) => change === 'removed')
    assert.deepEqual([told.seq, told.from, told.user], [seq, 'expeller', 'expelled'])
    await watching.first(({ id }) => id === 'after')
    assert.ok(reading.values.every(({ id }) => id !== 'after'))
    await assert.rejects(removed.request('messages.history', { room }), notFound)
  })

  test('rooms.ban keeps one out until the invitation that lifts it', async () => {
    const room = 'banning'
    const [owner, banned] = await roomOf(room, 'public', 'bouncer', 'rowdy')
    const { seq } = await owner.request('rooms.ban', { room, user: 'rowdy' })
    assert.deepEqual(await owner.request('rooms.ban', { room, user: 'rowdy' }), { seq })
    assert.deepEqual(await rolesIn(owner, room), { bouncer: 'owner' })
    await assert.rejects(banned.request('rooms.join', { room }), forbidden)
    await owner.request('rooms.invite', { room, user: 'rowdy' })
    assert.equal((await banned.request('rooms.join', { room })).role, 'member')
    const { events } = await owner.request('messages.history', { room })
    assert.deepEqual(
      events.filter(({ user }) => user === 'rowdy').map(({ change }) => change),
      ['joined', 'banned', 'invited', 'joined'],
    )
  })

  test('rooms.role makes a moderator, who may then moderate; only an owner gives roles', async () => {
    const room = 'promoting'
    const [owner, helper, member] = await roomOf(room, 'public', 'chief', 'helper', 'plain')
    await assert.rejects(helper.request('rooms.remove', { room, user: 'plain' }), forbidden)
    const feed = member.stream('rooms.feed', { room, after: 3 }, 10)
    const { seq } = await owner.request('rooms.role', { room, user: 'helper', role: 'moderator' })
    const [change] = await feed.atLeast(1)
    assert.deepEqual([change.seq, change.user, change.change, change.role], [seq, 'helper', 'role', 'moderator'])
    assert.deepEqual(await rolesIn(member, room), { chief: 'owner', helper: 'moderator', plain: 'member' })
    await assert.rejects(helper.request('rooms.role', { room, user: 'plain', role: 'moderator' }), forbidden)
    await assert.rejects(owner.request('rooms.role', { room, user: 'chief', role: 'member' }), conflict)
    await helper.request('rooms.remove', { room, user: 'plain' })
    assert.deepEqual(await rolesIn(owner, room), { chief: 'owner', helper: 'moderator' })
  })
})

describe('messages', () => {
  const messageIn = async (client, room, target) => (await client.request('messages.history', { room })).events.find(({ seq }) => seq === target)

  test('messages.send and messages.publish reach feed and history', async () => {
    const room = 'written'
    const [writer, reader] = await roomOf(room, 'public', 'writer', 'reader')
    const feed = reader.stream('rooms.feed', { room, after: 2 }, 10)
    const { seq } = await writer.request('messages.send', { room, id: 'w1', text: 'first' })
    const publish = writer.channel('messages.publish', { room, id: 'w2', text: 'second', replyTo: seq }, 10)
    publish.end()
    const [answer] = await publish.completion()
    assert.deepEqual([answer.room, answer.seq, answer.duplicate], [room, seq + 1, false])
    const fed = await feed.atLeast(2)
    assert.deepEqual(fed.map(({ id, from, text, replyTo }) => [id, from, text, replyTo]), [['w1', 'writer', 'first', undefined], ['w2', 'writer', 'second', seq]])
    const { events } = await reader.request('messages.history', { room, after: 2 })
    assert.deepEqual(events, fed)
  })

  test('messages.edit is an entry of the feed and folded into its message in history', async () => {
    const room = 'edited'
    const [writer, other] = await roomOf(room, 'public', 'editor', 'critic')
    const feed = other.stream('rooms.feed', { room, after: 2 }, 10)
    const { seq: target } = await writer.request('messages.send', { room, id: 'e1', text: 'frist' })
    await assert.rejects(other.request('messages.edit', { room, target, text: 'mine' }), forbidden)
    const { seq, at } = await writer.request('messages.edit', { room, target, text: 'first' })
    const [message, edit] = await feed.atLeast(2)
    assert.deepEqual([message.seq, message.type, message.id], [target, 'message', 'e1'])
    assert.deepEqual(edit, { room, seq, at, type: 'edit', from: 'editor', target, text: 'first' })
    const { events, head } = await other.request('messages.history', { room, after: 2 })
    assert.deepEqual([head, events.length], [seq, 1])
    assert.deepEqual([events[0].seq, events[0].id, events[0].text], [target, 'e1', 'first'])
    await assert.rejects(writer.request('messages.edit', { room, target: 1, text: 'no message' }), notFound)
  })

  test('messages.react puts a reaction on and takes it back', async () => {
    const room = 'reacted'
    const [writer, fan] = await roomOf(room, 'public', 'idol', 'fan')
    const feed = writer.stream('rooms.feed', { room, after: 2 }, 10)
    const { seq: target } = await writer.request('messages.send', { room, id: 'r1', text: 'like me' })
    const plain = await messageIn(fan, room, target)
    const on = await fan.request('messages.react', { room, target, emoji: '👍', on: true })
    assert.deepEqual(await fan.request('messages.react', { room, target, emoji: '👍', on: true }), on)
    assert.match(JSON.stringify(await messageIn(writer, room, target)), /👍.*fan/)
    const off = await fan.request('messages.react', { room, target, emoji: '👍', on: false })
    assert.deepEqual(await messageIn(writer, room, target), plain)
    assert.equal((await fan.request('messages.react', { room, target, emoji: '👍', on: false })).seq, target)
    const [, ...reactions] = await feed.atLeast(3)
    const common = { room, type: 'reaction', from: 'fan', target, emoji: '👍' }
    assert.deepEqual(reactions, [{ ...common, ...on, on: true }, { ...common, ...off, on: false }])
    assert.equal((await writer.request('rooms.get', { room })).head, off.seq)
  })

  test('messages.delete leaves the seq without the words, for history, late feeds and what comes after', async () => {
    const room = 'deleted'
    const [writer, other] = await roomOf(room, 'public', 'regretful', 'witness')
    const feed = other.stream('rooms.feed', { room, after: 2 }, 10)
    const message = { room, id: 'x1', text: 'unspeakable', mentions: ['witness'], meta: { a: 'b' } }
    const { seq: target } = await writer.request('messages.send', message)
    await assert.rejects(other.request('messages.delete', { room, target }), forbidden)
    const { seq, at } = await writer.request('messages.delete', { room, target, reason: 'regret' })
    assert.deepEqual(await writer.request('messages.delete', { room, target }), { seq, at })
    const told = await feed.first(({ type }) => type === 'delete')
    assert.deepEqual(told, { room, seq, at, type: 'delete', from: 'regretful', target, reason: 'regret' })

    const inHistory = await messageIn(other, room, target)
    const [late] = await other.stream('rooms.feed', { room, after: target - 1 }, 10).atLeast(2)
    for (const shown of [inHistory, late]) {
      assert.deepEqual(shown, { room, seq: target, at: shown.at, type: 'message', from: 'regretful', id: 'x1', deleted: true })
    }
    await assert.rejects(writer.request('messages.edit', { room, target, text: 'again' }), conflict)
    await assert.rejects(other.request('messages.react', { room, target, emoji: '👍', on: true }), conflict)
    const again = await writer.request('messages.send', message)
    assert.deepEqual([again.seq, again.duplicate], [target, true])
  })

  test('messages.search finds what the caller may read, newest first, and nothing that was deleted', async () => {
    const room = 'searched'
    const [writer, reader] = await roomOf(room, 'private', 'librarian', 'scholar')
    const stranger = await fixture.as('illiterate')
    const sent = []
    for (const [i, text] of ['the quokka sleeps', 'a quokka jumps over', 'something else', '東京タワーへ行く'].entries()) {
      sent.push(await writer.request('messages.send', { room, id: `s${i}`, text }))
    }
    const found = await until(() => reader.request('messages.search', { query: 'quokka' }), ({ hits }) => hits.length === 2)
    assert.deepEqual(found, {
      hits: [
        { room, seq: sent[1].seq, at: sent[1].at, from: 'librarian', text: 'a quokka jumps over' },
        { room, seq: sent[0].seq, at: sent[0].at, from: 'librarian', text: 'the quokka sleeps' },
      ],
      more: false,
    })
    const seqs = async (query, more = {}) => (await reader.request('messages.search', { query, ...more })).hits.map(({ seq }) => seq)
    assert.deepEqual(await seqs('quokka jum', { room }), [sent[1].seq])
    await until(() => seqs('京タワ'), (hits) => hits.length === 1 && hits[0] === sent[3].seq)
    const { hits, more } = await reader.request('messages.search', { query: 'quokka', limit: 1 })
    assert.deepEqual([hits.length, hits[0].seq, more], [1, sent[1].seq, true])
    assert.deepEqual(await stranger.request('messages.search', { query: 'quokka' }), { hits: [], more: false })
    await writer.request('messages.delete', { room, target: sent[1].seq })
    await until(() => seqs('quokka'), (left) => left.length === 1 && left[0] === sent[0].seq)
  })
})

describe('feeds and signals', () => {
  test('rooms.session sends and shows in one channel', async () => {
    const room = 'in-session'
    const [client] = await roomOf(room, 'public', 'sessionist')
    const session = client.channel('rooms.session', { room, after: 0 }, 10)
    session.send({ op: 'send', id: 's1', text: 'hello' })
    assert.equal((await session.first(({ type }) => type === 'ack')).seq, 2)
    assert.equal((await session.first(({ type }) => type === 'message')).text, 'hello')
    session.cancel()
  })

  test('inbox.feed brings all rooms of the caller, from the positions given or the head, and follows joins', async () => {
    const [writer, reader] = await roomOf('inbox-old', 'public', 'poster', 'subscriber')
    for (const room of ['inbox-new', 'inbox-later', 'inbox-never']) {
      await writer.request('rooms.create', { room })
    }
    await reader.request('rooms.join', { room: 'inbox-new' })
    const send = (room, id) => writer.request('messages.send', { room, id, text: id })
    for (const id of ['o1', 'o2', 'o3']) {
      await send('inbox-old', id)
    }
    await send('inbox-new', 'n1')

    // inbox-old is read up to o1; inbox-new has no position.
    const inbox = reader.stream('inbox.feed', { positions: { 'inbox-old': 3 } }, 1000)
    await inbox.first(({ id }) => id === 'o3')
    await send('inbox-never', 'never')
    await send('inbox-new', 'n2')
    await inbox.first(({ id }) => id === 'n2')
    await reader.request('rooms.join', { room: 'inbox-later' })
    await send('inbox-later', 'l1')
    await inbox.first(({ id }) => id === 'l1')
    await send('inbox-old', 'o4')
    await inbox.first(({ id }) => id === 'o4')
    await reader.request('rooms.leave', { room: 'inbox-later' })
    await send('inbox-later', 'l2')
    await send('inbox-old', 'o5')
    await inbox.first(({ id }) => id === 'o5')
    await reader.roundTrips()

    const idsOf = (name) => inbox.values.filter(({ room, type }) => room === name && type === 'message').map(({ id }) => id)
    assert.deepEqual(['inbox-old', 'inbox-new', 'inbox-later', 'inbox-never'].map(idsOf), [['o2', 'o3', 'o4', 'o5'], ['n2'], ['l1'], []])
    inbox.cancel()
  })

  test('inbox.feed with notices tells of an invitation and of its end, and of nothing else in that room', async () => {
    const room = 'noticed'
    const [owner] = await roomOf(room, 'private', 'noticer')
    const guest = await fixture.as('noticed-guest')
    const inbox = guest.stream('inbox.feed', { notices: true }, 1000)
    await guest.roundTrips()
    await owner.request('rooms.invite', { room, user: 'noticed-guest' })
    await owner.request('messages.send', { room, id: '1', text: 'not for the guest' })
    assert.deepEqual((await guest.request('rooms.list', { invited: true })).rooms.map((info) => [info.room, info.role]), [[room, undefined]])
    await owner.request('rooms.remove', { room, user: 'noticed-guest' })
    await inbox.first(({ change }) => change === 'removed')
    await guest.roundTrips()
    assert.deepEqual(inbox.values.map(({ seq, from, user, change }) => [seq, from, user, change]), [[2, 'noticer', 'noticed-guest', 'invited'], [4, 'noticer', 'noticed-guest', 'removed']])
    assert.deepEqual((await guest.request('rooms.list', { invited: true })).rooms, [])
    inbox.cancel()
  })

  test('signals.feed tells typing, receipts and presence of the room', async () => {
    const room = 'signalled'
    const [watcher, typist] = await roomOf(room, 'public', 'watcher', 'typist')
    const signals = watcher.stream('signals.feed', { room }, 1000)
    assert.equal((await signals.first(({ type, user }) => type === 'presence' && user === 'typist')).online, true)
    await typist.fire('typing', { room })
    const { until: end } = await signals.first(({ type, user }) => type === 'typing' && user === 'typist')
    assert.ok(Number.isSafeInteger(end))
    await typist.fire('receipts.read', { room, seq: 1 })
    await signals.first(({ type, user, seq }) => type === 'receipt' && user === 'typist' && seq === 1)
    assert.equal((await typist.request('rooms.get', { room })).readSeq, 1)
    signals.cancel()
  })

  test('receipts.read answers what is left to read, and never moves back', async () => {
    const room = 'receipts'
    const [writer, reader] = await roomOf(room, 'public', 'author', 'bookworm')
    const sent = []
    for (let i = 0; i < 4; i++) {
      sent.push(await writer.request('messages.send', { room, id: `u${i}`, text: `${i}` }))
    }
    const [first, second, , last] = sent.map(({ seq }) => seq)
    const position = async () => {
      const { readSeq, unread } = await reader.request('rooms.get', { room })
      return { readSeq, unread }
    }
    assert.deepEqual(await position(), { readSeq: 0, unread: 4 })
    assert.deepEqual(await reader.request('receipts.read', { room, seq: second }), { readSeq: second, unread: 2 })
    assert.deepEqual(await reader.request('receipts.read', { room, seq: first }), { readSeq: second, unread: 2 })
    await writer.request('messages.delete', { room, target: last })
    assert.deepEqual(await position(), { readSeq: second, unread: 1 })
    assert.deepEqual(await reader.request('receipts.read', { room, seq: last }), { readSeq: last, unread: 0 })
    await assert.rejects((await fixture.as('no-member')).request('receipts.read', { room, seq: 1 }), forbidden)
  })

  test('presence.get tells who is connected, and who no longer is', async () => {
    const room = 'presence'
    const [watcher, leaving] = await roomOf(room, 'public', 'present', 'leaving')
    const ask = async () => (await watcher.request('presence.get', { users: ['leaving', 'present', 'never-came'] })).presence
    const connected = async () => Object.fromEntries((await ask()).map(({ user, online }) => [user, online]))
    assert.deepEqual(await connected(), { leaving: true, present: true, 'never-came': false })
    const signals = watcher.stream('signals.feed', { room }, 1000)
    await signals.first(({ type, user }) => type === 'presence' && user === 'leaving')
    leaving.close()
    await signals.first((signal) => signal.type === 'presence' && signal.user === 'leaving' && !signal.online)
    assert.deepEqual(await connected(), { leaving: false, present: true, 'never-came': false })
    assert.ok(Number.isSafeInteger((await ask()).find(({ user }) => user === 'leaving').lastSeenAt))
    signals.cancel()
  })
})

describe('attachments', () => {
  /** The first payload and the answer are values, the chunks are bytes. */
  const uploading = { ...messagePack, encode: (value) => (Buffer.isBuffer(value) ? value : messagePack.encode(value)) }
  const downloading = { ...messagePack, decode: (chunk) => Buffer.from(chunk) }
  const sha256 = (content) => createHash('sha256').update(content).digest('hex')

  function upload(client, first, content, chunkSize = 50_000) {
    const channel = client.channel('attachments.upload', first, 1, uploading)
    for (let at = 0; at < content.length; at += chunkSize) {
      channel.send(content.subarray(at, at + chunkSize))
    }
    channel.end()
    return channel
  }

  test('what was uploaded and sent is what others download, whole or from an offset', async () => {
    const room = 'files'
    const [sender] = await roomOf(room, 'public', 'sender', 'receiver')
    const receiver = await fixture.as('receiver', { format: { ...downloading, mimeType: messagePack.mimeType } })
    const content = randomBytes(300_001)
    const file = { name: 'naïve 🦆.bin', type: 'application/octet-stream', size: content.length }
    const [answer] = await upload(sender, { room, ...file, sha256: sha256(content) }, content).completion()
    assert.deepEqual(answer, { id: answer.id, size: content.length, sha256: sha256(content) })

    const { seq } = await sender.request('messages.send', { room, id: 'f1', text: 'see', attachments: [{ id: answer.id, ...file }] })
    const { events } = await sender.request('messages.history', { room, after: seq - 1 })
    assert.deepEqual(events[0].attachments, [{ id: answer.id, ...file }])

    const whole = await receiver.stream('attachments.download', { room, id: answer.id }, 1000).completion()
    assert.ok(whole.every(({ length }) => length <= 64 * 1024))
    assert.equal(sha256(Buffer.concat(whole)), answer.sha256)
    const rest = await receiver.stream('attachments.download', { room, id: answer.id, offset: 299_000 }, 1000).completion()
    assert.deepEqual(Buffer.concat(rest), content.subarray(299_000))
    const slow = receiver.stream('attachments.download', { room, id: answer.id }, 1)
    await slow.atLeast(1)
    await sender.roundTrips()
    assert.equal(slow.values.length, 1)
    slow.request(1000)
    assert.equal(sha256(Buffer.concat(await slow.completion())), answer.sha256)
  })

  test('an upload whose bytes are not those announced fails', async () => {
    const room = 'broken-files'
    const [sender] = await roomOf(room, 'public', 'bungler')
    const content = randomBytes(1000)
    const first = { room, name: 'a', type: 'text/plain', size: content.length }
    const badRequest = failsWith(0x400, /^bad_request: ./s)
    badRequest(await upload(sender, { ...first, sha256: sha256('other') }, content).failure())
    badRequest(await upload(sender, first, content.subarray(1)).failure())
  })

  test('an attachment of a private room is not_found for strangers', async () => {
    const room = 'secret-files'
    const [sender] = await roomOf(room, 'private', 'spy')
    const content = Buffer.from('secret')
    const file = { name: 'a', type: 'text/plain', size: content.length }
    const [{ id }] = await upload(sender, { room, ...file }, content).completion()
    await sender.request('messages.send', { room, id: 'f1', text: 'see', attachments: [{ id, ...file }] })
    notFound(await (await fixture.as('snoop')).stream('attachments.download', { room, id }, 10).failure())
  })
})

describe('accounts', () => {
  const post = (path, body) =>
    fetch(`${fixture.server.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const whoAmI = async (options) => (await (await fixture.connect(options)).request('system.whoami', {})).user

  async function problem(response, status) {
    assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/)
    const body = await response.json()
    assert.deepEqual([response.status, body.status], [status, status])
    return body
  }

  test('register and login answer tokens; simple takes the password; a guest cannot have the name', async () => {
    const account = { name: 'registered', password: 'correct horse 🐎' }
    for (const path of ['/api/register', '/api/login']) {
      const response = await post(path, account)
      assert.equal(response.status, 200)
      const { user, token, expiresAt } = await response.json()
      assert.equal(user, account.name)
      assert.ok(expiresAt > Date.now())
      assert.equal(await whoAmI({ setup: bearer(token) }), account.name)
    }
    for (const transport of ['ws', 'tcp']) {
      assert.equal(await whoAmI({ setup: simple(account.name, account.password), transport }), account.name)
    }
    await problem(await post('/api/register', account), 409)
    await problem(await post('/api/guest', { name: account.name }), 409)
    for (const password of ['', 'wrong password']) {
      const refused = await fixture.connect({ setup: simple(account.name, password) })
      failsWith(ErrorCodes.REJECTED_SETUP, /./)(await refused.closed)
    }
  })

  test('a wrong name and a wrong password are answered alike', async () => {
    assert.equal((await post('/api/register', { name: 'discreet', password: 'long enough' })).status, 200)
    const wrongPassword = await problem(await post('/api/login', { name: 'discreet', password: 'not this one' }), 401)
    const wrongName = await problem(await post('/api/login', { name: 'nobody-here', password: 'not this one' }), 401)
    assert.deepEqual(wrongPassword, wrongName)
  })

  test('a password that is too short or too long is refused', async () => {
    for (const password of ['7 bytes', 'x'.repeat(257)]) {
      await problem(await post('/api/register', { name: 'careless', password }), 400)
    }
    assert.equal((await post('/api/register', { name: 'careless', password: '8 bytes!' })).status, 200)
  })
})
