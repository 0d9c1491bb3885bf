import t from 'tap'
import fc from 'fast-check'
import type { Strategy } from '../../../../core/config/types.ts'
import type { Attempt, EndpointHealth, EndpointTerms, Shape } from '../../../../core/pipeline/plugin.ts'
import { choose, type Situation } from '../../../../plugins/route/models/choose.ts'
import { Latencies } from '../../../../plugins/route/models/latency.ts'

const shape: Shape = {
  model: 'm',
  family: null,
  protocol: 'openai.chat',
  stream: false,
  tokenEstimate: 100,
  maxOutputTokens: 50,
  priceBoundMicros: null,
  toolCount: 0,
  outputFormat: 'text',
  workload: 'chat',
  affinity: null
}

interface World {
  readonly order: readonly string[]
  readonly unhealthy?: readonly string[]
  readonly active?: Readonly<Record<string, number>>
  readonly terms?: Readonly<Record<string, Partial<EndpointTerms>>>
  readonly strategy?: Strategy
}

function health ({ order, unhealthy = [], active = {}, terms = {}, strategy = 'ordered' }: World): EndpointHealth {
  return {
    order: () => order,
    strategy: () => strategy,
    state: id => ({ id, healthy: !unhealthy.includes(id), active: active[id] ?? 0 }),
    terms: id => ({ price: null, context: null, ...terms[id] })
  }
}

function situation (endpoints: readonly string[], more: Partial<Situation> = {}): Situation {
  const permit = { decisionId: '019', tag: 'internal', endpoints, policyVersion: 'v' }
  return { permit, shape, budget: { latencyMs: null, costMicros: null }, attempts: [], ...more }
}

function attempt (endpoint: string, milliseconds = 5): Attempt {
  return { endpoint, reason: 'primary', status: 500, error: 'GW_UPSTREAM_FAILED', milliseconds }
}

function learned (means: Readonly<Record<string, number>>): Latencies {
  const latencies = new Latencies(() => 0)
  for (const [id, milliseconds] of Object.entries(means)) latencies.learn(id, milliseconds)
  return latencies
}

const nothingKnown = learned({})

t.test('the first endpoint of the order is the primary', async t => {
  t.strictSame(choose(situation(['a', 'b']), health({ order: ['b', 'a'] }), nothingKnown), { id: 'b', reason: 'primary' })
})

t.test('an endpoint before it in the order that is not in the permit is passed over', async t => {
  t.strictSame(choose(situation(['b']), health({ order: ['a', 'b'] }), nothingKnown), { id: 'b', reason: 'primary' })
})

t.test('an endpoint that was tried is not tried again', async t => {
  t.strictSame(choose(situation(['a', 'b'], { attempts: [attempt('a')] }), health({ order: ['a', 'b'] }), nothingKnown), { id: 'b', reason: 'fallback' })
})

t.test('an unhealthy endpoint gives way to a healthy one', async t => {
  t.strictSame(choose(situation(['a', 'b']), health({ order: ['a', 'b'], unhealthy: ['a'] }), nothingKnown), { id: 'b', reason: 'health' })
})

t.test('an unhealthy endpoint is tried where nothing else is left', async t => {
  t.strictSame(choose(situation(['a', 'b'], { attempts: [attempt('b')] }), health({ order: ['a', 'b'], unhealthy: ['a'] }), nothingKnown), { id: 'a', reason: 'fallback' })
})

t.test('a permitted endpoint outside the model\'s order is never chosen', async t => {
  t.throws(() => choose(situation(['z']), health({ order: ['a'] }), nothingKnown), { code: 'GW_ROUTE_NO_ENDPOINT_HEALTHY' })
})

t.test('nothing left to try halts', async t => {
  t.throws(() => choose(situation(['a'], { attempts: [attempt('a')] }), health({ order: ['a'] }), nothingKnown), { code: 'GW_ROUTE_NO_ENDPOINT_HEALTHY' })
})

t.test('a prompt that fits none of the endpoints left halts', async t => {
  const world = health({ order: ['a'], terms: { a: { context: 99 } } })
  t.throws(() => choose(situation(['a']), world, nothingKnown), { code: 'GW_ROUTE_CONTEXT_TOO_LONG' })
})

t.test('an endpoint too small for the prompt is passed over', async t => {
  const world = health({ order: ['a', 'b'], terms: { a: { context: 99 }, b: { context: 100 } } })
  t.equal(choose(situation(['a', 'b']), world, nothingKnown).id, 'b')
})

t.test('a latency budget passes over an endpoint known to be slower', async t => {
  const budget = { latencyMs: 100, costMicros: null }
  t.equal(choose(situation(['a', 'b'], { budget }), health({ order: ['a', 'b'] }), learned({ a: 101, b: 100 })).id, 'b')
})

t.test('a latency budget admits an endpoint of which nothing is known', async t => {
  t.equal(choose(situation(['a'], { budget: { latencyMs: 1, costMicros: null } }), health({ order: ['a'] }), nothingKnown).id, 'a')
})

t.test('a latency budget counts what earlier attempts took', async t => {
  const spent = situation(['a', 'b'], { budget: { latencyMs: 100, costMicros: null }, attempts: [attempt('a', 101)] })
  t.throws(() => choose(spent, health({ order: ['a', 'b'] }), nothingKnown), { code: 'GW_ROUTE_BUDGET' })
})

t.test('a latency budget that nothing meets halts', async t => {
  const tight = situation(['a'], { budget: { latencyMs: 100, costMicros: null } })
  t.throws(() => choose(tight, health({ order: ['a'] }), learned({ a: 500 })), { code: 'GW_ROUTE_BUDGET' })
})

t.test('a cost budget is held against input estimate and output asked for', async t => {
  const world = health({ order: ['a', 'b'], terms: { a: { price: { input: 2, output: 10 } }, b: { price: { input: 2, output: 9.98 } } } })
  t.equal(choose(situation(['a', 'b'], { budget: { latencyMs: null, costMicros: 699 } }), world, nothingKnown).id, 'b')
  t.throws(() => choose(situation(['a', 'b'], { budget: { latencyMs: null, costMicros: 698 } }), world, nothingKnown), { code: 'GW_ROUTE_BUDGET' })
})

t.test('a cost budget admits an endpoint without a price', async t => {
  t.equal(choose(situation(['a'], { budget: { latencyMs: null, costMicros: 0 } }), health({ order: ['a'] }), nothingKnown).id, 'a')
})

t.test('lowest_latency takes the fastest, the unknown before it', async t => {
  const world = health({ order: ['a', 'b', 'c'], strategy: 'lowest_latency' })
  t.equal(choose(situation(['a', 'b', 'c']), world, learned({ a: 30, b: 20, c: 25 })).id, 'b')
  t.equal(choose(situation(['a', 'b', 'c']), world, learned({ a: 30, b: 20 })).id, 'c')
})

t.test('lowest_cost takes the cheapest, an endpoint without a price last', async t => {
  const world = health({ order: ['a', 'b', 'c'], strategy: 'lowest_cost', terms: { b: { price: { input: 2, output: 2 } }, c: { price: { input: 1, output: 2 } } } })
  t.equal(choose(situation(['a', 'b', 'c']), world, nothingKnown).id, 'c')
  t.equal(choose(situation(['a', 'b', 'c'], { attempts: [attempt('b'), attempt('c')] }), world, nothingKnown).id, 'a')
})

t.test('least_busy takes the one with the fewest requests under way', async t => {
  const world = health({ order: ['a', 'b'], strategy: 'least_busy', active: { a: 2, b: 1 } })
  t.equal(choose(situation(['a', 'b']), world, nothingKnown).id, 'b')
})

t.test('weighted without weights gives endpoints equal shares', async t => {
  const world = health({ order: ['a', 'b'], strategy: 'weighted' })
  const chosen = Array.from({ length: 1000 }, (_, i) => {
    const base = situation(['a', 'b'])
    return choose({ ...base, permit: { ...base.permit, decisionId: `id-${i}` } }, world, nothingKnown).id
  })
  const shareOfA = chosen.filter(id => id === 'a').length
  t.ok(shareOfA > 400 && shareOfA < 600, `${shareOfA} of 1000`)
})

const id = fc.constantFrom<string>('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h')
const ids = fc.uniqueArray(id, { maxLength: 8 })
const strategies = fc.constantFrom<Strategy>('ordered', 'weighted', 'lowest_latency', 'lowest_cost', 'least_busy')

t.test('property: no chain ever leaves the permit or repeats an endpoint, and all that is permitted gets its turn', async t => {
  t.doesNotThrow(() => {
    fc.assert(fc.property(ids, ids, ids, strategies, fc.uuid(), (order, endpoints, unhealthy, strategy, decisionId) => {
      const world = health({ order, unhealthy, strategy })
      const base = situation(endpoints)
      const chain = runChain({ ...base, permit: { ...base.permit, decisionId } }, world)
      const reachable = order.filter(one => endpoints.includes(one))
      return chain.every(one => endpoints.includes(one)) && new Set(chain).size === chain.length && chain.length === reachable.length
    }), { numRuns: 2000 })
  })
})

/** Lets every attempt fail until the router halts. */
function runChain (start: Situation, world: EndpointHealth): string[] {
  const attempts: Attempt[] = []
  for (;;) {
    try {
      attempts.push(attempt(choose({ ...start, attempts }, world, nothingKnown).id))
    } catch {
      return attempts.map(({ endpoint }) => endpoint)
    }
  }
}

t.test('property: an unhealthy endpoint is never chosen while a healthy one is left', async t => {
  t.doesNotThrow(() => {
    fc.assert(fc.property(ids, ids, strategies, (order, unhealthy, strategy) => {
      if (order.length === 0) return true
      const chosen = choose(situation(order), health({ order, unhealthy, strategy }), nothingKnown).id
      return !unhealthy.includes(chosen) || order.every(one => unhealthy.includes(one))
    }), { numRuns: 1000 })
  })
})
