/** One choice: from the permit, the attempts so far and what is known of endpoints to the next one to dial. */
import { GatewayError, type Attempt, type Budget, type EndpointChoice, type EndpointHealth, type Shape } from '../../../core/pipeline/plugin.ts'
import type { PermitContent } from '../../../core/enforce/permit.ts'
import { costMicros, meetsBudget } from './budget.ts'
import type { Latencies } from './latency.ts'
import { rank } from './rank.ts'

export interface Situation {
  readonly permit: PermitContent
  readonly shape: Shape
  readonly budget: Budget
  readonly attempts: readonly Attempt[]
}

/** Throws GW_ROUTE_NO_ENDPOINT_HEALTHY, GW_ROUTE_CONTEXT_TOO_LONG or GW_ROUTE_BUDGET where nothing is left. */
export function choose (situation: Situation, health: EndpointHealth, latencies: Latencies): EndpointChoice {
  const ranked = rankLeft(situation, health, latencies)
  const best = ranked.find(id => health.state(id).healthy) ?? ranked[0]
  if (best === undefined) throw new GatewayError('GW_ROUTE_NO_ENDPOINT_HEALTHY')
  return { id: best, reason: reasonOf(situation, best, ranked[0]) }
}

/** Endpoints of the permit that were not tried yet and that fit the request, best first. */
function rankLeft (situation: Situation, health: EndpointHealth, latencies: Latencies): readonly string[] {
  const { permit, shape, attempts } = situation
  const tried = new Set(attempts.map(({ endpoint }) => endpoint))
  const left = health.order(shape.model, shape.protocol).filter(id => permit.endpoints.includes(id) && !tried.has(id))
  const affordable = withinBudget(situation, fitting(situation, left, health), health, latencies)
  return rank(health.strategy(shape.model), affordable, {
    latencyMs: id => latencies.of(id),
    costMicros: id => costMicros(health.terms(id), shape),
    active: id => health.state(id).active,
    decisionId: permit.decisionId
  })
}

function fitting ({ shape }: Situation, ids: readonly string[], health: EndpointHealth): readonly string[] {
  const fit = ids.filter(id => shape.tokenEstimate <= (health.terms(id).context ?? Infinity))
  if (ids.length > 0 && fit.length === 0) throw new GatewayError('GW_ROUTE_CONTEXT_TOO_LONG')
  return fit
}

function withinBudget ({ shape, budget, attempts }: Situation, ids: readonly string[], health: EndpointHealth, latencies: Latencies): readonly string[] {
  const spentMs = attempts.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
  const met = ids.filter(id => meetsBudget(budget, latencies.of(id), costMicros(health.terms(id), shape), spentMs))
  if (ids.length > 0 && met.length === 0) throw new GatewayError('GW_ROUTE_BUDGET')
  return met
}

function reasonOf ({ attempts }: Situation, chosen: string, first: string | undefined): EndpointChoice['reason'] {
  if (attempts.length > 0) return 'fallback'
  return chosen === first ? 'primary' : 'health'
}
