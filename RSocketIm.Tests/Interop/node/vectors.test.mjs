// Holds rsocket-core and @msgpack/msgpack to the same golden bytes as the C# code. Needs no server.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { decode, decodeTimestampToTimeSpec, encode, encodeTimeSpecToTimestamp, ExtData, ExtensionCodec } from '@msgpack/msgpack'
import {
  decodeAuthMetadata,
  decodeCompositeMetadata,
  decodeRoutes,
  decodeSimpleAuthPayload,
  encodeBearerAuthMetadata,
  encodeCompositeMetadata,
  encodeCustomAuthMetadata,
  encodeRoutes,
  encodeSimpleAuthMetadata,
  WellKnownMimeType,
} from 'rsocket-composite-metadata'
import { deserializeFrame, FrameTypes, serializeFrame } from 'rsocket-core'

const read = (name) => JSON.parse(readFileSync(new URL(`../../Vectors/${name}`, import.meta.url), 'utf8'))
const hex = (value) => Buffer.from(value).toString('hex')
const bytes = (hex) => Buffer.from(hex, 'hex')
/** Not a Buffer, which is another type to deepEqual. */
const octets = (hex) => new Uint8Array(bytes(hex))

/** A timestamp with the nanoseconds that Date does not have. */
class TimeSpec {
  constructor(seconds, nanoseconds) {
    this.seconds = seconds
    this.nanoseconds = nanoseconds
  }
}

describe('frames.json, by rsocket-core', () => {
  const FLAGS = { I: 0x200, M: 0x100, F: 0x80, R: 0x80, C: 0x40, L: 0x40, N: 0x20 }
  /** Names of the vectors -> names of rsocket-core. */
  const NAMES = {
    maxLifetime: 'lifetime',
    initialRequestN: 'requestN',
    timeToLive: 'ttl',
    numberOfRequests: 'requestCount',
    lastReceivedServerPosition: 'serverPosition',
    firstAvailableClientPosition: 'clientPosition',
    lastReceivedClientPosition: 'clientPosition',
  }
  const BYTE_STRINGS = new Set(['metadata', 'data', 'resumeToken'])
  /** rsocket-core cannot read these, which is why the server never sends them: one hits a variable that is not defined, the other gives `undefined`. */
  const UNREADABLE = new Set(['METADATA_PUSH', 'EXT'])

  const { frames } = read('frames.json')
  for (const vector of frames.filter(({ type }) => !UNREADABLE.has(type))) {
    test(`reads “${vector.name}”`, () => {
      const { name: _, hex: encoded, type, flags, ...fields } = vector
      const frame = deserializeFrame(bytes(encoded))
      assert.equal(FrameTypes[frame.type], type)
      assert.equal(frame.flags, flags.reduce((sum, letter) => sum | FLAGS[letter], 0))
      for (const [name, wanted] of Object.entries(fields)) {
        assert.deepEqual(comparable(name, frame[NAMES[name] ?? name]), comparable(name, wanted, true), name)
      }
    })

    if (isWritable(vector)) {
      test(`writes “${vector.name}”`, () => {
        assert.equal(hex(serializeFrame(deserializeFrame(bytes(vector.hex)))), vector.hex)
      })
    }
  }

  /** rsocket-core has null for byte strings that are absent or empty, numbers for positions, and signed error codes. */
  function comparable(name, value, isVector = false) {
    if (BYTE_STRINGS.has(name)) {
      return isVector ? value : hex(value ?? [])
    }
    if (name.endsWith('Position')) {
      return Number(value)
    }
    return name === 'code' ? value >>> 0 : value
  }

  /** What rsocket-core writes byte for byte; the rest is beyond its number types, or an empty token. */
  function isWritable(vector) {
    const positions = Object.keys(vector).filter((name) => name.endsWith('Position'))
    return (
      positions.every((name) => Number.isSafeInteger(Number(vector[name]))) &&
      vector.resumeToken !== '' &&
      !(vector.maxLifetime < 0) &&
      !(vector.code > 0x7fffffff)
    )
  }
})

describe('msgpack.json, by @msgpack/msgpack', () => {
  const extensionCodec = new ExtensionCodec()
  extensionCodec.register({
    type: -1,
    encode: (value) => (value instanceof TimeSpec ? encodeTimeSpecToTimestamp({ sec: value.seconds, nsec: value.nanoseconds }) : null),
    decode: (data) => {
      const { sec, nsec } = decodeTimestampToTimeSpec(data)
      return new TimeSpec(sec, nsec)
    },
  })
  const options = { extensionCodec, useBigInt64: true }

  for (const { kind, value, shortest, encodings } of read('msgpack.json').cases) {
    const title = `${kind} ${JSON.stringify(value).slice(0, 60)}`

    test(`reads every encoding of ${title}`, () => {
      for (const encoding of encodings) {
        const decoded = decode(octets(encoding), options)
        if (kind === 'integer') {
          assert.equal(BigInt(decoded), BigInt(value), encoding)
        } else {
          assert.deepEqual(plain(decoded), plain(native(kind, value)), encoding)
        }
      }
    })

    test(`writes the shortest encoding of ${title}`, () => {
      const number = kind === 'integer' && !Number.isSafeInteger(Number(value)) ? BigInt(value) : native(kind, value)
      const isBig = typeof number === 'bigint'
      assert.equal(hex(encode(number, { extensionCodec, useBigInt64: isBig, forceFloat32: kind === 'float' })), shortest)
    })
  }

  function native(kind, value) {
    switch (kind) {
      case 'integer':
      case 'float':
        return Number(value)
      case 'binary':
        return octets(value)
      case 'timestamp':
        return new TimeSpec(value.seconds, value.nanoseconds)
      case 'extension':
        return new ExtData(value.type, octets(value.data))
      default:
        return value
    }
  }

  /** 64-bit integers inside arrays and maps come as bigint; the JSON of the vectors has numbers. */
  function plain(value) {
    if (typeof value === 'bigint') {
      return Number(value)
    }
    if (Array.isArray(value)) {
      return value.map(plain)
    }
    if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]))
    }
    return value
  }
})

describe('contracts.json, by @msgpack/msgpack', () => {
  for (const [index, { record, json, msgpack }] of read('contracts.json').vectors.entries()) {
    test(`reads ${record} (${index})`, () => {
      assert.deepEqual(decode(octets(msgpack)), json)
    })

    test(`writes ${record} (${index}) so that it reads the same`, () => {
      assert.deepEqual(decode(encode(json)), json)
    })
  }
})

describe('metadata.json, by rsocket-composite-metadata', () => {
  const codecs = {
    composite: {
      read: (encoded) => [...decodeCompositeMetadata(encoded)].map(({ mimeType, content, type }) => ({ mime: mimeType ?? type, content: hex(content) })),
      write: (value) => encodeCompositeMetadata(value.map(({ mime, content }) => [knownOr(mime), bytes(content)])),
    },
    routing: { read: (encoded) => [...decodeRoutes(encoded)], write: (value) => encodeRoutes(...value) },
    simple: {
      read: (encoded) => {
        const { username, password } = decodeSimpleAuthPayload(decodeAuthMetadata(encoded).payload)
        return { userName: username.toString(), password: password.toString() }
      },
      write: ({ userName, password }) => encodeSimpleAuthMetadata(userName, password),
    },
    bearer: { read: (encoded) => ({ token: decodeAuthMetadata(encoded).payload.toString() }), write: ({ token }) => encodeBearerAuthMetadata(token) },
    custom: {
      read: (encoded) => {
        const { type, payload } = decodeAuthMetadata(encoded)
        return { type: type.string, credentials: hex(payload) }
      },
      write: ({ type, credentials }) => encodeCustomAuthMetadata(type, bytes(credentials)),
    },
  }

  function knownOr(mime) {
    const known = WellKnownMimeType.fromString(mime)
    return known === WellKnownMimeType.UNPARSEABLE_MIME_TYPE ? mime : known
  }

  // The package has no codec for the other kinds.
  for (const [index, { kind, value, bytes: encoded }] of read('metadata.json').cases.entries()) {
    const codec = codecs[kind]
    if (codec) {
      test(`reads ${kind} (${index})`, () => assert.deepEqual(codec.read(bytes(encoded)), value))
      test(`writes ${kind} (${index})`, () => assert.equal(hex(codec.write(value)), encoded))
    }
  }
})
