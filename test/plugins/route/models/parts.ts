/** Endpoints, plans and situations for the tests of the router. */
import type { Attempt, Candidate, EndpointHealth, EndpointState, EndpointTerms, PlanGroup, RoutePlan, Shape } from '../../../../core/pipeline/plugin.ts'
import type { Knowledge } from '../../../../plugins/route/models/assess.ts'
import { Latencies } from '../../../../plugins/route/models/latency.ts'
import type { Situation } from '../../../../plugins/route/models/situation.ts'

export const shape: Shape = {
  model: 'm', family: null, protocol: 'openai.chat', stream: false, tokenEstimate: 100, maxOutputTokens: 50, priceBoundMicros: null, toolCount: 0, outputFormat: 'text', workload: 'chat', affinity: null
}

export const group: PlanGroup = {
  strategy: 'ordered',
  canary: null,
  mirror: null,
  hedgeAfterMs: null,
  retries: 0,
  fallbackOn: new Set(['unreachable', 'timeout', 'rate_limited', 'server_error', 'refused', 'bad_response', 'context_length']),
  mostEjected: 1
}

export interface World {
  readonly order: readonly string[]
  readonly unhealthy?: readonly string[]
  readonly held?: Readonly<Record<string, number>>
  readonly limited?: Readonly<Record<string, number>>
  readonly active?: Readonly<Record<string, number>>
  readonly terms?: Readonly<Record<string, Partial<EndpointTerms>>>
  readonly weights?: Readonly<Record<string, number>>
  readonly group?: Partial<PlanGroup>
  /** Means in milliseconds. */
  readonly latencies?: Readonly<Record<string, number>>
  readonly mayRetry?: boolean
}

export function worldOf (world: World): Knowledge {
  const { order, unhealthy = [], held = {}, limited = {}, active = {}, terms = {}, weights = {}, latencies = {}, mayRetry = true } = world
  const candidates = order.map((id, position): Candidate => ({ id, group: 0, position, weight: weights[id] ?? 1 }))
  const plan = planOf([{ ...group, ...world.group }], candidates)
  const state = (id: string): EndpointState => {
    const healthy = !unhealthy.includes(id)
    return { id, healthy, openMs: healthy ? 0 : 1000 + order.indexOf(id), heldMs: held[id] ?? 0, mayRetry, active: active[id] ?? 0 }
  }
  const health: EndpointHealth = { state, terms: id => ({ price: null, context: null, ...terms[id] }), plan: () => plan }
  const learned = new Latencies(() => 0)
  for (const [id, milliseconds] of Object.entries(latencies)) learned.learn(id, milliseconds)
  return { health, latencies: learned, limitedMs: id => limited[id] ?? 0 }
}

export function planOf (groups: readonly PlanGroup[], candidates: readonly Candidate[]): RoutePlan {
  const positions = new Map(candidates.map(({ id }, index) => [id, index]))
  return { groups, candidates, positionOf: id => positions.get(id) ?? -1 }
}

export function situation (endpoints: readonly string[], more: Partial<Situation> & { readonly decisionId?: string } = {}): Situation {
  const { decisionId = '019', ...rest } = more
  return { permit: { decisionId, tag: 'internal', endpoints, policyVersion: 'v' }, shape, budget: { latencyMs: null, costMicros: null }, attempts: [], ...rest }
}

/** An endpoint that answered 500. */
export function failed (endpoint: string, more: Partial<Attempt> = {}): Attempt {
  return { endpoint, reason: 'primary', status: 500, error: 'GW_UPSTREAM_FAILED', cause: 'server_error', milliseconds: 5, ...more }
}

/** An endpoint that could not be reached. */
export function unreached (endpoint: string, more: Partial<Attempt> = {}): Attempt {
  return failed(endpoint, { status: null, cause: 'connect', ...more })
}

/** Ids by how often each of a thousand decisions chose them. */
export function tally (choose: (decisionId: string) => string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (let i = 0; i < 1000; i++) {
    const id = choose(`019-${i}-decision`)
    counts[id] = (counts[id] ?? 0) + 1
  }
  return counts
}
