import { decode, encode } from '@msgpack/msgpack'

export const messagePack = {
  mimeType: 'application/vnd.msgpack',
  encode: (value) => Buffer.from(encode(value)),
  decode: (bytes) => decode(bytes),
}

export const json = {
  mimeType: 'application/json',
  encode: (value) => Buffer.from(JSON.stringify(value)),
  decode: (bytes) => JSON.parse(bytes.toString('utf8')),
}

/** For system.echo, which needs no format. */
export const bytes = { encode: (value) => value, decode: (value) => value }
