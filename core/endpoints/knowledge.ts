/** What plugins may know of endpoints, from one configuration and the state that outlives it. */
import type { Configuration } from '../config/types.ts'
import type { Workload } from '../pipeline/facts.ts'
import type { PhaseHosts } from '../pipeline/plugin.ts'
import type { ModelEntry } from '../runtime.ts'
import type { EndpointHealth, EndpointTerms, RoutePlan } from './contract.ts'
import { planOf } from './plan.ts'
import type { EndpointStates } from './states.ts'

const unknown: EndpointTerms = Object.freeze({ price: null, context: null })

export function healthOf (configuration: Configuration, models: ReadonlyMap<string, ModelEntry>, speaks: (id: string, protocol: string) => boolean, states: EndpointStates): EndpointHealth {
  const terms = new Map([...configuration.endpoints].map(([id, { price, context }]) => [id, Object.freeze({ price, context })]))
  const ids = [...configuration.endpoints.keys()]
  const plans = new Map<string, RoutePlan>()
  return {
    state: id => states.of(id),
    terms: id => terms.get(id) ?? unknown,
    plan: (model, protocol, workload) => {
      const key = `${protocol} ${workload} ${model ?? ''}`
      let plan = plans.get(key)
      if (plan === undefined) {
        plan = planOf(model === null ? null : models.get(model) ?? null, model === null ? ids : [], workload, id => speaks(id, protocol))
        plans.set(key, plan) // models, protocols and classes are those of the configuration
      }
      return plan
    }
  }
}

const anyWorkload: Workload = 'chat'

/** The highest prices among the endpoints that may serve a model. Prices do not change within a configuration: each is looked up once. */
export function dearestOf (health: EndpointHealth): PhaseHosts['limit']['dearest'] {
  const known = new Map<string, EndpointTerms['price']>()
  return (model, protocol) => {
    const key = `${protocol} ${model ?? ''}`
    const found = known.get(key)
    if (found !== undefined) return found
    const prices = health.plan(model, protocol, anyWorkload).candidates.flatMap(({ id }) => health.terms(id).price ?? [])
    const price = prices.length === 0 ? null : { input: Math.max(...prices.map(({ input }) => input)), output: Math.max(...prices.map(({ output }) => output)) }
    known.set(key, price)
    return price
  }
}
