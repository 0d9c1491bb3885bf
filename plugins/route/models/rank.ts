/** The order in which a strategy would try endpoints, were all of them up. */
import { createHash } from 'node:crypto'
import type { Strategy } from '../../../core/config/types.ts'

/** What a strategy may look at. */
export interface Measures {
  /** Mean milliseconds of late, or null. */
  latencyMs (id: string): number | null
  /** Expected cost of this request, or null. */
  costMicros (id: string): number | null
  /** Requests under way. */
  active (id: string): number
  /** Opaque id of the decision: spreads `weighted` evenly. */
  readonly decisionId: string
}

/** Ties, and what is not known, keep the configured order; the unknown comes before the known, so that it gets known. */
export function rank (strategy: Strategy, ids: readonly string[], measures: Measures): readonly string[] {
  switch (strategy) {
    case 'ordered': return ids
    case 'lowest_latency': return ascending(ids, id => measures.latencyMs(id) ?? -1)
    case 'lowest_cost': return ascending(ids, id => measures.costMicros(id) ?? Infinity)
    case 'least_busy': return ascending(ids, id => measures.active(id))
    case 'weighted': return ascending(ids, id => share(measures.decisionId, id))
  }
}

function ascending (ids: readonly string[], value: (id: string) => number): string[] {
  const values = new Map(ids.map(id => [id, value(id)]))
  return ids.toSorted((a, b) => compare(values.get(a) ?? 0, values.get(b) ?? 0))
}

function compare (a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1
}

/** Rendezvous hashing with equal weights: every endpoint gets its share of decisions, and keeps it when others come or go. */
function share (decisionId: string, id: string): number {
  return createHash('sha256').update(decisionId).update('\0').update(id).digest().readUInt32BE(0)
}
