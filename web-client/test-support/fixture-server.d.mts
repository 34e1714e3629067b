export interface FixtureServer {
  url: string
  socketUrl: string
  stats: { connections: number; credit: number; sent: number; delivered: [route: string, data: Record<string, unknown>][] }
  /** `refuse`: error code for the next SETUPs. `failSends`: error for `messages.send`. */
  state: { refuse?: number; failSends?: [code: number, message: string] }
  rooms: Map<string, { log: { seq: number; type: string; text?: string }[]; epoch: string }>
  room(name: string, owner?: string): unknown
  post(room: string, from: string, text: string, id?: string): unknown
  endFeeds(code: number, message: string): void
  dropConnections(): void
  close(): Promise<void>
}
export function startFixtureServer(options?: { port?: number; webRoot?: string }): Promise<FixtureServer>
