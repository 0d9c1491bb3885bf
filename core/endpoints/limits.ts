/** Endpoint limits at the router: they guard the gateway's own account with a provider, whoever asks. */
import type { EndpointConfig } from '../config/types.ts'
import type { CounterStore, Demand, Meter, Taken } from '../store/contract.ts'
import type { EndpointGrant, EndpointLimits } from './contract.ts'

const minute = { kind: 'sliding', ms: 60_000 } as const
/** For a place that may be free at any time. */
const soonMs = 50

export function limitsOf (endpoints: ReadonlyMap<string, EndpointConfig>, counters: CounterStore): EndpointLimits {
  const meters = new Map([...endpoints].map(([id, { limit }]) => [id, metersOf(limit)]))
  return {
    has: id => (meters.get(id) ?? []).length > 0,
    take: (id, tokens) => {
      const own = meters.get(id) ?? []
      return takeFrom(counters, { key: `endpoint ${id}`, meters: own, amounts: own.map(({ name }) => name === 'tokens_per_minute' ? tokens : 1) })
    }
  }
}

function metersOf ({ requestsPerMinute, tokensPerMinute, concurrent }: EndpointConfig['limit']): Meter[] {
  return [
    ...(requestsPerMinute === null ? [] : [{ name: 'requests_per_minute', span: minute, limit: requestsPerMinute }]),
    ...(tokensPerMinute === null ? [] : [{ name: 'tokens_per_minute', span: minute, limit: tokensPerMinute }]),
    ...(concurrent === null ? [] : [{ name: 'concurrent', span: { kind: 'concurrent' } as const, limit: concurrent }])
  ]
}

/** Where the store is lost each instance counts alone: the provider's own limit stands behind this one. */
function takeFrom (counters: CounterStore, demand: Demand): Promise<EndpointGrant> | EndpointGrant {
  const taken = counters.take(demand)
  if (!(taken instanceof Promise)) return grantOf(counters, taken)
  return taken.then(one => grantOf(counters, one), async () => grantOf(counters.local, await counters.local.take(demand)))
}

function grantOf (counters: Pick<CounterStore, 'settle'>, taken: Taken): EndpointGrant {
  if (!taken.admitted) return { admitted: false, retryAfterMs: Math.max(soonMs, taken.retryAfterMs ?? minute.ms) }
  const { reservation } = taken
  return {
    admitted: true,
    settle: tokens => counters.settle(reservation, reservation.meters.map(({ name }, index) => {
      if (name === 'tokens_per_minute') return tokens ?? 0
      return name === 'concurrent' ? 0 : reservation.amounts[index] ?? 0
    }))
  }
}
