/** For random chains, states, limits, budgets and permits the choice is always inside the permit. `CASES=100000` runs as many. */
import t from 'tap'
import fc from 'fast-check'
import type { Strategy } from '../../../../core/config/types.ts'
import type { Attempt, AttemptCause, EndpointChoice } from '../../../../core/pipeline/plugin.ts'
import type { Knowledge } from '../../../../plugins/route/models/assess.ts'
import { choose } from '../../../../plugins/route/models/choose.ts'
import { isUnanswered, type Situation } from '../../../../plugins/route/models/situation.ts'
import { failed, shape, situation, worldOf } from './parts.ts'

const numRuns = Number(process.env['CASES'] ?? 3000)

const id = fc.constantFrom<string>('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h')
const ids = fc.uniqueArray(id, { maxLength: 8 })
const byId = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> => fc.dictionary(id, value, { maxKeys: 8 })
const amount = fc.oneof(fc.constant(0), fc.integer({ min: -5, max: 5000 }), fc.constantFrom(NaN, Infinity, -Infinity, Number.MAX_SAFE_INTEGER))
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null, freq: 2 })

const worlds = fc.record({
  order: ids,
  unhealthy: ids,
  held: byId(fc.integer({ min: 0, max: 3 }).map(some => some === 3 ? 1000 : 0)),
  limited: byId(fc.integer({ min: 0, max: 4 }).map(some => some === 4 ? 500 : 0)),
  active: byId(fc.nat(20)),
  weights: byId(fc.constantFrom(0, 1, 5, 1000)),
  terms: byId(fc.record({ price: maybe(fc.record({ input: amount, output: amount })), context: maybe(fc.integer({ min: 1, max: 400 })) })),
  latencies: byId(fc.nat(3000)),
  mayRetry: fc.boolean(),
  group: fc.record({
    strategy: fc.constantFrom<Strategy>('ordered', 'weighted', 'lowest_latency', 'lowest_cost', 'least_busy', 'sticky'),
    canary: maybe(fc.record({ endpoint: id, percent: fc.constantFrom(0, 50, 100) })),
    mirror: maybe(fc.record({ endpoints: ids, percent: fc.constantFrom(0, 50, 100) })),
    hedgeAfterMs: maybe(fc.nat(100)),
    retries: fc.nat(2),
    mostEjected: fc.constantFrom(0, 0.3, 0.5, 1)
  })
}).map(world => ({ world, knowledge: worldOf(world) }))

const situations = fc.record({
  endpoints: ids,
  decisionId: fc.uuid(),
  affinity: maybe(fc.string({ maxLength: 8 })),
  latencyMs: maybe(fc.nat(4000)),
  costMicros: maybe(fc.nat(4000)),
  tokenEstimate: fc.nat(500)
}).map(({ endpoints, decisionId, affinity, latencyMs, costMicros, tokenEstimate }) => situation(endpoints, {
  decisionId, shape: { ...shape, affinity, tokenEstimate }, budget: { latencyMs, costMicros }
}))

interface Step { readonly choice: EndpointChoice, readonly before: readonly Attempt[] }

const causes: readonly AttemptCause[] = ['connect', 'reset', 'timeout', 'rate_limited', 'server_error', 'refused', 'bad_response', 'context_length']

/** Lets every attempt fail, each for another cause, until the router halts. */
function runChain (start: Situation, knowledge: Knowledge, seed: number): Step[] {
  const steps: Step[] = []
  const attempts: Attempt[] = []
  for (let turn = 0; turn < 100; turn++) {
    let choice: EndpointChoice
    try {
      choice = choose({ ...start, attempts: [...attempts] }, knowledge)
    } catch (thrown) {
      if (thrown instanceof Error && 'code' in thrown) return steps
      throw thrown
    }
    steps.push({ choice, before: [...attempts] })
    const cause = causes[(seed + turn) % causes.length] ?? 'reset'
    attempts.push(failed(choice.id, { cause, status: cause === 'connect' || cause === 'reset' || cause === 'timeout' ? null : 500, reason: choice.reason }))
  }
  throw new Error('the chain does not end')
}

t.test('property: every choice and every mirror is permitted, serves the model, and no endpoint that answered is sent the request again', async t => {
  t.doesNotThrow(() => {
    fc.assert(fc.property(worlds, situations, fc.nat(7), ({ world, knowledge }, start, seed) => {
      return runChain(start, knowledge, seed).every(({ choice, before }) => {
        const all = [choice.id, ...choice.mirrors ?? []]
        const inside = all.every(one => start.permit.endpoints.includes(one) && world.order.includes(one)) && new Set(all).size === all.length
        const again = before.filter(({ endpoint }) => endpoint === choice.id)
        const isRetry = choice.reason === 'retry'
        return inside && (again.length === 0 ? !isRetry : isRetry && again.every(isUnanswered) && again.length <= world.group.retries && world.mayRetry)
      })
    }), { numRuns })
  })
})

t.test('property: all that is permitted, fits and is not held gets its turn', async t => {
  t.doesNotThrow(() => {
    fc.assert(fc.property(worlds, ids, fc.nat(7), ({ world, knowledge }, endpoints, seed) => {
      const chain = runChain(situation(endpoints), knowledge, seed).filter(({ choice }) => choice.reason !== 'retry').map(({ choice }) => choice.id)
      const fits = (one: string): boolean => world.held[one] !== 1000 && world.limited[one] !== 500 && (world.terms[one]?.context ?? Infinity) >= shape.tokenEstimate
      const reachable = world.order.filter(one => endpoints.includes(one) && fits(one))
      const stopped = chain.length < reachable.length && causes[(seed + chain.length - 1) % causes.length] === 'context_length'
      return stopped || chain.length === reachable.length || reachable.every(one => chain.includes(one) || world.terms[one]?.context !== null)
    }), { numRuns })
  })
})

t.test('property: an unhealthy endpoint is never chosen while a healthy one is left, but for the share that may count as failing', async t => {
  t.doesNotThrow(() => {
    fc.assert(fc.property(ids, ids, fc.uuid(), (order, unhealthy, decisionId) => {
      if (order.length === 0) return true
      const chosen = choose(situation(order, { decisionId }), worldOf({ order, unhealthy, group: { mostEjected: 1 } })).id
      return !unhealthy.includes(chosen) || order.every(one => unhealthy.includes(one))
    }), { numRuns })
  })
})
