import type { Buffer } from 'buffer'
import { encodeBearerAuthMetadata, encodeCompositeMetadata, encodeRoute, WellKnownMimeType } from 'rsocket-composite-metadata'

export const COMPOSITE_METADATA = 'message/x.rsocket.composite-metadata.v0'

/** Metadata of a request: its route, in a composite of one entry. */
export function routeMetadata(route: string): Buffer {
  return encodeCompositeMetadata([[WellKnownMimeType.MESSAGE_RSOCKET_ROUTING, encodeRoute(route)]])
}

/** Metadata of SETUP: who is connecting. */
export function bearerMetadata(token: string): Buffer {
  return encodeCompositeMetadata([[WellKnownMimeType.MESSAGE_RSOCKET_AUTHENTICATION, encodeBearerAuthMetadata(token)]])
}
