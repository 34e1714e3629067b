import { decodeAuthMetadata, decodeCompositeMetadata, decodeRoutes } from 'rsocket-composite-metadata'
import { describe, expect, it } from 'vitest'
import { bearerMetadata, routeMetadata } from './metadata'

describe('metadata', () => {
  it('carries the route as the only entry of a request', () => {
    const entries = [...decodeCompositeMetadata(routeMetadata('rooms.feed'))]
    expect(entries.map((entry) => entry.mimeType)).toEqual(['message/x.rsocket.routing.v0'])
    expect([...decodeRoutes(entries[0]!.content)]).toEqual(['rooms.feed'])
  })

  it('carries the bearer token as the only entry of SETUP', () => {
    const entries = [...decodeCompositeMetadata(bearerMetadata('t.o.k'))]
    expect(entries.map((entry) => entry.mimeType)).toEqual(['message/x.rsocket.authentication.v0'])
    const { type, payload } = decodeAuthMetadata(entries[0]!.content)
    expect([type.string, payload.toString()]).toEqual(['bearer', 't.o.k'])
  })
})
