/** Why one endpoint is chosen and the others are not, for `sallyport route explain`. */
import { GatewayError, type Explained, type Explanation, type GatewayErrorCode } from '../../../core/pipeline/plugin.ts'
import { exclusionOf, type Knowledge } from './assess.ts'
import { costMicros } from './budget.ts'
import { choose } from './choose.ts'
import type { Situation } from './situation.ts'

/** Every endpoint that may serve the request by configuration, in the order in which they would be tried, were each to fail in turn; then those that would not be. */
export function explain (situation: Situation, knowledge: Knowledge): Explanation {
  const plan = knowledge.health.plan(situation.shape.model, situation.shape.protocol, situation.shape.workload)
  const { chain, end } = chainOf(situation, knowledge)
  const rest = plan.candidates.map(({ id }) => id).filter(id => chain.every(choice => choice.id !== id))
  const others = situation.permit.endpoints.filter(id => plan.positionOf(id) < 0)
  const endpoints: Explained[] = [
    ...chain.map(({ id, reason }, index) => ({ endpoint: id, rank: index + 1, because: index === 0 ? reason : 'fallback', ...knownOf(id, situation, knowledge) })),
    ...rest.map(id => ({ endpoint: id, rank: null, because: exclusionFor(id, situation, knowledge), ...knownOf(id, situation, knowledge) })),
    ...others.map(id => ({ endpoint: id, rank: null, because: 'serves_another', ...knownOf(id, situation, knowledge) }))
  ]
  return { endpoints, refused: chain.length === 0 ? end : null }
}

/** As if each endpoint failed in turn. */
function chainOf (situation: Situation, knowledge: Knowledge): { readonly chain: ReadonlyArray<{ readonly id: string, readonly reason: string }>, readonly end: GatewayErrorCode } {
  const chain: Array<{ id: string, reason: string }> = []
  for (;;) {
    const attempts = chain.map(({ id }) => ({ endpoint: id, reason: 'primary', status: 500, error: 'GW_UPSTREAM_FAILED', milliseconds: 0 } as const))
    try {
      chain.push(choose({ ...situation, attempts }, knowledge))
    } catch (thrown) {
      if (!(thrown instanceof GatewayError)) throw thrown
      return { chain, end: thrown.code }
    }
  }
}

function exclusionFor (id: string, situation: Situation, knowledge: Knowledge): string {
  if (!situation.permit.endpoints.includes(id)) return 'not_permitted'
  return exclusionOf(id, situation, knowledge) ?? 'not_chosen'
}

function knownOf (id: string, { shape }: Situation, { health, latencies }: Knowledge): Pick<Explained, 'healthy' | 'heldMs' | 'active' | 'latencyMs' | 'costMicros'> {
  const { healthy, heldMs, active } = health.state(id)
  return { healthy, heldMs, active, latencyMs: latencies.of(id), costMicros: costMicros(health.terms(id), shape) }
}
