/** What is configured of the choice for one model, protocol and class of requests: worked out once, looked up for each request. */
import type { ModelConfig, Strategy } from '../config/types.ts'
import type { Workload } from '../pipeline/facts.ts'
import type { Candidate, PlanGroup, RoutePlan } from '../pipeline/plugin.ts'
import type { ModelEntry } from '../runtime.ts'

/** Where there is no model to say otherwise: the route names its endpoint. */
const plain: PlanGroup = {
  strategy: 'ordered',
  canary: null,
  mirror: null,
  hedgeAfterMs: null,
  retries: 0,
  fallbackOn: new Set(['unreachable', 'timeout', 'rate_limited', 'server_error', 'refused', 'bad_response']),
  mostEjected: 0.5
}

/**
 * @param ids endpoints to choose from where there is no model
 * @param speaks whether an endpoint speaks the route's protocol
 */
export function planOf (model: ModelEntry | null, ids: readonly string[], workload: Workload, speaks: (id: string) => boolean): RoutePlan {
  if (model === null) return made([plain], ids.filter(speaks).map(id => ({ id, group: 0, weight: 1 })))
  const groups = model.members.map(member => groupOf(member, workload))
  const candidates = model.members.flatMap((member, group) => orderOf(member, workload)
    .filter(id => speaks(id) && model.nameAt(id) === member.name)
    .map(id => ({ id, group, weight: member.weights.get(id) ?? 1 })))
  return made(groups, candidates)
}

/** The order of the class first, then the others as they are. A canary that is not drawn comes last. */
function orderOf (member: ModelConfig, workload: Workload): string[] {
  const order = [...new Set([...member.workloads.get(workload)?.endpoints ?? [], ...member.endpoints])]
  const canary = member.canary?.endpoint
  return canary === undefined ? order : [...order.filter(id => id !== canary), canary]
}

function groupOf (member: ModelConfig, workload: Workload): PlanGroup {
  const strategy: Strategy = member.workloads.get(workload)?.strategy ?? member.strategy
  const { canary, mirror, hedgeAfterMs, retries, mostEjected } = member
  return { strategy, canary, mirror, hedgeAfterMs, retries, mostEjected, fallbackOn: new Set(member.fallbackOn) }
}

function made (groups: readonly PlanGroup[], ordered: ReadonlyArray<Omit<Candidate, 'position'>>): RoutePlan {
  const candidates = ordered.map((candidate, position) => ({ ...candidate, position }))
  const positions = new Map(candidates.map(({ id, position }) => [id, position]))
  return { groups, candidates, positionOf: id => positions.get(id) ?? -1 }
}
