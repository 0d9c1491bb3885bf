/** The endpoints that a request could go to before policy has spoken, and what they have in common. */
import { GatewayError } from '../errors.ts'
import type { ModelEntry, Route, Runtime } from '../runtime.ts'

export interface Candidates {
  /** Sorted. */
  readonly ids: readonly string[]
  /** The largest input that one of them takes, in tokens; null where one takes any. */
  readonly context: number | null
  /** In dollars per million tokens, which is micros per token. */
  readonly prices: ReadonlyArray<{ readonly input: number, readonly output: number }>
}

/** By the name of the model; the names are the configured ones, and a route without models has one entry. */
const known = new WeakMap<Route, Map<string, Candidates>>()

/** Those of the model or route asked for that speak the route's protocol. Throws GW_ROUTE_MODEL_UNKNOWN where there is none. */
export function candidatesOf (runtime: Runtime, route: Route, model: ModelEntry | null): Candidates {
  const ofRoute = known.get(route) ?? new Map<string, Candidates>()
  known.set(route, ofRoute)
  const name = model?.name ?? ''
  const candidates = ofRoute.get(name) ?? speaking(runtime, route, model)
  ofRoute.set(name, candidates)
  return candidates
}

function speaking (runtime: Runtime, { protocol, config }: Route, model: ModelEntry | null): Candidates {
  const named = protocol.hasModels ? model?.endpoints ?? [] : [config.endpoint ?? '']
  const ids = named.filter(id => runtime.endpoints.get(id)?.provider.protocols.includes(config.protocol))
  if (ids.length === 0) throw new GatewayError('GW_ROUTE_MODEL_UNKNOWN')
  return describe(runtime, ids)
}

/** Where the protocol answers itself: those of all models. */
export function allCandidates (runtime: Runtime): Candidates {
  return describe(runtime, new Set([...runtime.models.values()].flatMap(({ endpoints }) => endpoints)))
}

function describe (runtime: Runtime, ids: Iterable<string>): Candidates {
  const sorted = [...ids].sort()
  const configs = sorted.flatMap(id => runtime.endpoints.get(id)?.config ?? [])
  const contexts = configs.map(({ context }) => context ?? Infinity)
  const context = Math.max(...contexts, 0)
  return Object.freeze({ ids: Object.freeze(sorted), context: Number.isFinite(context) ? context : null, prices: configs.flatMap(({ price }) => price ?? []) })
}
