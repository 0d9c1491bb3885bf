/** The best of several endpoints under the strategy of their group. */
import type { Candidate, PlanGroup, RoutePlan } from '../../../core/pipeline/plugin.ts'
import { fractionOf, hashOf } from './hash.ts'

/** What a strategy may look at. */
export interface Measures {
  /** Mean milliseconds of late, or null. */
  latencyMs (id: string): number | null
  /** Expected cost of this request, or null. */
  costMicros (id: string): number | null
  /** Requests under way. */
  active (id: string): number
  /** Opaque id of the decision: spreads choices evenly, and gives the same one for the same decision. */
  readonly decisionId: string
  /** Opaque sign of who asks, or null: keeps `sticky` choices together. */
  readonly affinity: string | null
}

/** The best of `pool`, which is not empty: of its first group, by that group's strategy. Ties keep the configured order. */
export function pick (pool: readonly Candidate[], plan: RoutePlan, measures: Measures): Candidate | null {
  const first = pool.reduce((least, { group }) => Math.min(least, group), Infinity)
  const group = plan.groups[first]
  if (group === undefined) return null
  const members = pool.filter(candidate => candidate.group === first)
  const drawn = drawCanary(members, group, measures)
  if (drawn !== null) return drawn
  const others = members.filter(({ id }) => id !== group.canary?.endpoint)
  return pickBy(group, others.length > 0 ? others : members, plan, measures)
}

function drawCanary (members: readonly Candidate[], { canary, strategy }: PlanGroup, measures: Measures): Candidate | null {
  if (canary === null || fractionOf(hashOf('canary', seedOf(strategy, measures))) * 100 >= canary.percent) return null
  return members.find(({ id }) => id === canary.endpoint) ?? null
}

function pickBy (group: PlanGroup, members: readonly Candidate[], plan: RoutePlan, measures: Measures): Candidate | null {
  const { strategy } = group
  const seed = seedOf(strategy, measures)
  const keys = keysOf(plan)
  switch (strategy) {
    case 'ordered': return least(members, () => 0)
    case 'lowest_cost': return least(members, ({ id }) => measures.costMicros(id) ?? Infinity)
    case 'least_busy': return least(members, ({ id }) => measures.active(id))
    case 'weighted':
    case 'sticky': return least(members, lotsOf(members, seed, keys))
    case 'lowest_latency': return least(twoOf(members, seed, keys), ({ id }) => measures.latencyMs(id) ?? -1)
  }
}

function seedOf (strategy: PlanGroup['strategy'], { decisionId, affinity }: Measures): number {
  return hashOf(strategy === 'sticky' ? affinity ?? decisionId : decisionId)
}

/** Hashes of the candidates' ids, by position: worked out once for a plan. */
const known = new WeakMap<RoutePlan, readonly number[]>()

function keysOf (plan: RoutePlan): readonly number[] {
  let keys = known.get(plan)
  if (keys === undefined) {
    keys = plan.candidates.map(({ id }) => hashOf(id))
    known.set(plan, keys)
  }
  return keys
}

/** Weighted rendezvous hashing: each gets its share, and keeps those it has when others come or go. The least lot wins. */
function lotsOf (members: readonly Candidate[], seed: number, keys: readonly number[]): (candidate: Candidate) => number {
  const even = members[0]?.weight ?? 1
  if (even > 0 && members.every(({ weight }) => weight === even)) return ({ position }) => -drawOf(position, seed, keys) // in the same order, without a logarithm
  return ({ position, weight }) => weight <= 0 ? Infinity : -Math.log(drawOf(position, seed, keys)) / weight
}

function drawOf (position: number, seed: number, keys: readonly number[]): number {
  return fractionOf((keys[position] ?? 0) ^ seed)
}

/** Two chosen by lot, so that what was fastest of late does not get everything at once. */
function twoOf (members: readonly Candidate[], seed: number, keys: readonly number[]): readonly Candidate[] {
  if (members.length <= 2) return members
  const first = least(members, ({ position }) => -drawOf(position, seed, keys))
  const second = least(members, candidate => candidate === first ? Infinity : -drawOf(candidate.position, seed, keys))
  return [first, second].filter(candidate => candidate !== null)
}

/** Ties keep the configured order. */
function least (members: readonly Candidate[], value: (candidate: Candidate) => number): Candidate | null {
  let best: Candidate | null = null
  let bestValue = Infinity
  for (const candidate of members) {
    const own = value(candidate)
    if (best !== null && (own > bestValue || (own === bestValue && candidate.position > best.position))) continue
    best = candidate
    bestValue = own
  }
  return best
}
