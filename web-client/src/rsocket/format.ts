import { decode, encode } from '@msgpack/msgpack'
import { Buffer } from 'buffer'

/** How data travel on one connection; SETUP announces it by its MIME type. */
export interface DataFormat {
  readonly mimeType: string
  encode(value: unknown): Buffer
  decode(bytes: Uint8Array): unknown
}

export const messagePack: DataFormat = {
  mimeType: 'application/vnd.msgpack',
  encode: (value) => toBuffer(encode(value, { ignoreUndefined: true })),
  decode: (bytes) => decode(bytes),
}

export const json: DataFormat = {
  mimeType: 'application/json',
  encode: (value) => Buffer.from(JSON.stringify(value), 'utf8'),
  decode: (bytes) => JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)),
}

/** For elements that are bytes and nothing else. A copy: the memory belongs to the frame. */
export const bytes: Pick<DataFormat, 'decode'> = { decode: (raw) => raw.slice() }

/** Same memory, as the type rsocket-core wants. */
function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
