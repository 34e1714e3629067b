import type { RenderCredit } from './renderCredit'

/** One credit-paced stream that is open, for whoever wants to watch. */
export interface Flow {
  readonly name: string
  readonly credit: Readonly<Pick<RenderCredit, 'granted' | 'received' | 'outstanding' | 'unrendered' | 'pace'>>
}

const open = new Set<Flow>()

/** The flows of this page, in the order in which they were opened. */
export const openFlows = (): readonly Flow[] => [...open]

/** Lists a flow until the function returned is called. */
export function listFlow(flow: Flow): () => void {
  open.add(flow)
  return () => open.delete(flow)
}
