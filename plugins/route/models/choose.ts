/** One choice: from the permit, the attempts so far and what is known of endpoints to the next one to dial. */
import { GatewayError, type Candidate, type EndpointChoice, type PlanGroup, type RoutePlan } from '../../../core/pipeline/plugin.ts'
import { assess, exclusionOf, type Assessment, type Knowledge } from './assess.ts'
import { costMicros } from './budget.ts'
import { fractionOf, hashOf } from './hash.ts'
import { pick, type Measures } from './pick.ts'
import { fallbackCause, isUnanswered, type Situation } from './situation.ts'

/** The first wait before an endpoint is dialled again; each next one is twice as long. */
const firstBackoffMs = 50

/** Throws GatewayError where nothing is left: none healthy, too long a prompt, a budget that none meets, all asked to be left alone. */
export function choose (situation: Situation, knowledge: Knowledge): EndpointChoice {
  const { shape } = situation
  const plan = knowledge.health.plan(shape.model, shape.protocol, shape.workload)
  refuseFallback(situation, plan)
  const assessment = assess(situation, plan, knowledge)
  const { up, down } = assessment
  const measures = measuresOf(situation, knowledge)
  const best = up.length > 0 ? pick(up, plan, measures) : pick(down, plan, measures)
  if (best === null) return retryOf(situation, plan, knowledge) ?? nothingLeft(situation, assessment)
  const preferred = down.length > 0 && up.length > 0 ? pick([...up, ...down], plan, measures) : best
  const group = plan.groups[best.group]
  return {
    id: best.id,
    reason: reasonOf(situation, best, preferred),
    ...mirrorsOf(situation, best, group, plan, knowledge),
    ...hedgeOf(group, up.length + down.length)
  }
}

/** A failure for which no other endpoint may be tried ends the chain. */
function refuseFallback ({ attempts }: Situation, plan: RoutePlan): void {
  const last = attempts.at(-1)
  if (last?.cause === undefined || last.cause === null) return
  const cause = fallbackCause(last.cause)
  const group = plan.groups[plan.candidates[plan.positionOf(last.endpoint)]?.group ?? 0]
  if (cause === null || group?.fallbackOn.has(cause) !== true) throw new GatewayError('GW_ROUTE_NO_ENDPOINT_HEALTHY')
}

function measuresOf ({ permit, shape }: Situation, { health, latencies }: Knowledge): Measures {
  return {
    latencyMs: id => latencies.of(id),
    costMicros: id => costMicros(health.terms(id), shape),
    active: id => health.state(id).active,
    decisionId: permit.decisionId,
    affinity: shape.affinity
  }
}

function reasonOf ({ attempts }: Situation, chosen: Candidate, preferred: Candidate | null): EndpointChoice['reason'] {
  if (attempts.some(({ underWay }) => underWay === true)) return 'hedge'
  if (attempts.length > 0) return 'fallback'
  return chosen === preferred ? 'primary' : 'health'
}

/** Copies go along with the first attempt alone, to endpoints that could have been chosen themselves. */
function mirrorsOf (situation: Situation, best: Candidate, group: PlanGroup | undefined, plan: RoutePlan, knowledge: Knowledge): Pick<EndpointChoice, 'mirrors'> {
  const mirror = group?.mirror ?? null
  const { permit, attempts } = situation
  if (mirror === null || attempts.length > 0 || fractionOf(hashOf('mirror', hashOf(permit.decisionId))) * 100 >= mirror.percent) return {}
  const mirrors = mirror.endpoints.filter(id => id !== best.id && permit.endpoints.includes(id) && plan.positionOf(id) >= 0 &&
    knowledge.health.state(id).healthy && exclusionOf(id, situation, knowledge) === null)
  return mirrors.length === 0 ? {} : { mirrors }
}

/** A second endpoint is worth waiting for where there is one. */
function hedgeOf (group: PlanGroup | undefined, choices: number): Pick<EndpointChoice, 'hedgeAfterMs'> {
  return group === undefined || group.hedgeAfterMs === null || choices < 2 ? {} : { hedgeAfterMs: group.hedgeAfterMs }
}

/** An endpoint that did not answer, once more, where nothing else is left and its budget allows it: the one dialled least. */
function retryOf (situation: Situation, plan: RoutePlan, knowledge: Knowledge): EndpointChoice | null {
  const { attempts, permit, budget } = situation
  const spentMs = attempts.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
  if (budget.latencyMs !== null && spentMs >= budget.latencyMs) return null
  const dials = (id: string): number => attempts.filter(({ endpoint }) => endpoint === id).length
  const again = [...new Set(attempts.map(({ endpoint }) => endpoint))].filter(id => {
    const group = plan.groups[plan.candidates[plan.positionOf(id)]?.group ?? -1]
    const state = knowledge.health.state(id)
    return permit.endpoints.includes(id) && dials(id) <= (group?.retries ?? 0) && state.mayRetry && state.heldMs === 0 &&
      attempts.every(attempt => attempt.endpoint !== id || isUnanswered(attempt))
  }).sort((a, b) => dials(a) - dials(b) || plan.positionOf(a) - plan.positionOf(b))
  const [id] = again
  return id === undefined ? null : { id, reason: 'retry', afterMs: firstBackoffMs * 2 ** (dials(id) - 1) }
}

function nothingLeft ({ attempts }: Situation, { excluded, heldMs }: Assessment): never {
  const left = excluded.context + excluded.latency_budget + excluded.cost_budget + excluded.held + excluded.limit
  if (left === 0) throw new GatewayError('GW_ROUTE_NO_ENDPOINT_HEALTHY')
  if (excluded.context === left) throw new GatewayError('GW_ROUTE_CONTEXT_TOO_LONG')
  if (excluded.held + excluded.limit === 0) throw new GatewayError('GW_ROUTE_BUDGET')
  const retryAfterSeconds = Math.max(1, Math.ceil(heldMs / 1000))
  if (excluded.held > 0 && attempts.length === 0) throw new GatewayError('GW_UPSTREAM_RATE_LIMITED', { retryAfterSeconds })
  throw new GatewayError('GW_ROUTE_NO_ENDPOINT_HEALTHY', { reasons: ['route.endpoint_limit'], retryAfterSeconds })
}
