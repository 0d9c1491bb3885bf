/** Looks at every endpoint of the permit once: which may serve the request, and what keeps the others from it. */
import type { Candidate, EndpointHealth, RoutePlan } from '../../../core/pipeline/plugin.ts'
import { costMicros } from './budget.ts'
import type { Latencies } from './latency.ts'
import type { Exclusion, Situation } from './situation.ts'

export interface Assessment {
  /** In no order. */
  readonly up: readonly Candidate[]
  readonly down: readonly Candidate[]
  /** How many were left out for each reason. */
  readonly excluded: Readonly<Record<Exclusion, number>>
  /** Milliseconds until the first of the held ones may be asked; Infinity where none is. */
  readonly heldMs: number
}

export interface Knowledge {
  readonly health: EndpointHealth
  readonly latencies: Latencies
  /** Milliseconds until an endpoint's own limit leaves room; 0 where it does, or is not known. */
  limitedMs (id: string): number
}

export function assess (situation: Situation, plan: RoutePlan, knowledge: Knowledge): Assessment {
  const up: Candidate[] = []
  const down: Candidate[] = []
  const excluded: Record<Exclusion, number> = { tried: 0, context: 0, latency_budget: 0, cost_budget: 0, held: 0, limit: 0 }
  let heldMs = Infinity
  for (const id of situation.permit.endpoints) {
    const candidate = plan.candidates[plan.positionOf(id)]
    if (candidate === undefined) continue
    const state = knowledge.health.state(id)
    const exclusion = exclusionOf(id, situation, knowledge, state)
    if (exclusion === null) (state.healthy ? up : down).push(candidate)
    else {
      excluded[exclusion]++
      if (exclusion === 'held') heldMs = Math.min(heldMs, state.heldMs)
      if (exclusion === 'limit') heldMs = Math.min(heldMs, knowledge.limitedMs(id))
    }
  }
  return { ...eject(up, down, plan, knowledge.health), excluded, heldMs }
}

/** Null where the endpoint may serve the request. */
export function exclusionOf (id: string, { shape, budget, attempts }: Situation, { health, latencies, limitedMs }: Knowledge, state = health.state(id)): Exclusion | null {
  const terms = health.terms(id)
  let spentMs = 0
  let leastContext = 0
  for (const attempt of attempts) {
    if (attempt.endpoint === id) return 'tried'
    spentMs += attempt.milliseconds
    if (attempt.cause === 'context_length') leastContext = Math.max(leastContext, (health.terms(attempt.endpoint).context ?? 0) + 1)
  }
  if (terms.context !== null && Math.max(leastContext, shape.tokenEstimate) > terms.context) return 'context'
  if (budget.latencyMs !== null && spentMs + (latencies.of(id) ?? 0) > budget.latencyMs) return 'latency_budget'
  if (budget.costMicros !== null && (costMicros(terms, shape) ?? 0) > budget.costMicros) return 'cost_budget'
  if (state.heldMs > 0) return 'held'
  return limitedMs(id) > 0 ? 'limit' : null
}

/** At most a share of the endpoints counts as failing: beyond it those that come back first count as up. */
function eject (up: Candidate[], down: Candidate[], { groups }: RoutePlan, health: EndpointHealth): Pick<Assessment, 'up' | 'down'> {
  const mostEjected = groups[0]?.mostEjected ?? 1
  const most = Math.floor((up.length + down.length) * mostEjected)
  if (down.length <= most) return { up, down }
  const byReturn = [...down].sort((a, b) => health.state(a.id).openMs - health.state(b.id).openMs)
  const back = byReturn.slice(0, down.length - most)
  return { up: [...up, ...back], down: byReturn.slice(down.length - most) }
}
