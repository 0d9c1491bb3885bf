import t from 'tap'
import type { Budget } from '../../../../core/pipeline/plugin.ts'
import { choose } from '../../../../plugins/route/models/choose.ts'
import { failed, shape, situation, unreached, worldOf } from './parts.ts'

const budgetOf = (budget: Partial<Budget>): { budget: Budget } => ({ budget: { latencyMs: null, costMicros: null, ...budget } })

t.test('the first endpoint of the order is the primary', async t => {
  t.strictSame(choose(situation(['a', 'b']), worldOf({ order: ['b', 'a'] })), { id: 'b', reason: 'primary' })
})

t.test('an endpoint before it in the order that is not in the permit is passed over', async t => {
  t.strictSame(choose(situation(['b']), worldOf({ order: ['a', 'b'] })), { id: 'b', reason: 'primary' })
})

t.test('a permitted endpoint outside the model\'s order is never chosen', async t => {
  t.throws(() => choose(situation(['z']), worldOf({ order: ['a'] })), { code: 'GW_ROUTE_NO_ENDPOINT_HEALTHY' })
})

t.test('an endpoint that was tried is not tried again', async t => {
  t.strictSame(choose(situation(['a', 'b'], { attempts: [failed('a')] }), worldOf({ order: ['a', 'b'] })), { id: 'b', reason: 'fallback' })
})

t.test('nothing left to try halts', async t => {
  t.throws(() => choose(situation(['a'], { attempts: [failed('a')] }), worldOf({ order: ['a'] })), { code: 'GW_ROUTE_NO_ENDPOINT_HEALTHY' })
})

t.test('an unhealthy endpoint gives way to a healthy one', async t => {
  t.strictSame(choose(situation(['a', 'b']), worldOf({ order: ['a', 'b'], unhealthy: ['a'] })), { id: 'b', reason: 'health' })
})

t.test('an unhealthy endpoint is tried where nothing else is left', async t => {
  t.strictSame(choose(situation(['a', 'b'], { attempts: [failed('b')] }), worldOf({ order: ['a', 'b'], unhealthy: ['a'] })), { id: 'a', reason: 'fallback' })
})

t.test('no more than a share of the endpoints counts as failing: those that come back first count as up', async t => {
  const world = worldOf({ order: ['a', 'b', 'c', 'd'], unhealthy: ['a', 'b', 'c'], group: { mostEjected: 0.5 } })
  t.strictSame(choose(situation(['a', 'b', 'c', 'd']), world), { id: 'a', reason: 'primary' }, 'a comes back first')
  t.equal(choose(situation(['a', 'b', 'c', 'd']), worldOf({ order: ['a', 'b', 'c', 'd'], unhealthy: ['a', 'b'], group: { mostEjected: 0.5 } })).id, 'c')
})

t.test('an endpoint that asked to be left alone is left alone, though it be the last', async t => {
  t.equal(choose(situation(['a', 'b']), worldOf({ order: ['a', 'b'], held: { a: 5000 } })).id, 'b')
  t.throws(() => choose(situation(['a', 'b']), worldOf({ order: ['a', 'b'], held: { a: 5000, b: 2500 } })), { code: 'GW_UPSTREAM_RATE_LIMITED', retryAfterSeconds: 3 })
})

t.test('an endpoint whose own limit is used up is passed over; where all are, the caller is told when to come again', async t => {
  t.equal(choose(situation(['a', 'b']), worldOf({ order: ['a', 'b'], limited: { a: 100 } })).id, 'b')
  t.throws(() => choose(situation(['a']), worldOf({ order: ['a'], limited: { a: 1500 } })), { code: 'GW_ROUTE_NO_ENDPOINT_HEALTHY', reasons: ['route.endpoint_limit'], retryAfterSeconds: 2 })
})

t.test('a prompt that fits none of the endpoints left halts', async t => {
  t.throws(() => choose(situation(['a']), worldOf({ order: ['a'], terms: { a: { context: 99 } } })), { code: 'GW_ROUTE_CONTEXT_TOO_LONG' })
})

t.test('an endpoint too small for the prompt is passed over', async t => {
  t.equal(choose(situation(['a', 'b']), worldOf({ order: ['a', 'b'], terms: { a: { context: 99 }, b: { context: 100 } } })).id, 'b')
})

t.test('after an endpoint found the prompt too long, only a larger one is tried', async t => {
  const world = worldOf({ order: ['a', 'b', 'c'], terms: { a: { context: 8000 }, b: { context: 8000 }, c: { context: 16_000 } } })
  const attempts = [failed('a', { status: 400, cause: 'context_length', error: 'GW_ROUTE_CONTEXT_TOO_LONG' })]
  t.strictSame(choose(situation(['a', 'b', 'c'], { attempts }), world), { id: 'c', reason: 'fallback' })
  t.throws(() => choose(situation(['a', 'b'], { attempts }), world), { code: 'GW_ROUTE_CONTEXT_TOO_LONG' })
})

t.test('a latency budget passes over an endpoint known to be slower', async t => {
  const world = worldOf({ order: ['a', 'b'], latencies: { a: 101, b: 100 } })
  t.equal(choose(situation(['a', 'b'], budgetOf({ latencyMs: 100 })), world).id, 'b')
})

t.test('a latency budget admits an endpoint of which nothing is known', async t => {
  t.equal(choose(situation(['a'], budgetOf({ latencyMs: 1 })), worldOf({ order: ['a'] })).id, 'a')
})

t.test('a latency budget counts what earlier attempts took', async t => {
  const spent = situation(['a', 'b'], { ...budgetOf({ latencyMs: 100 }), attempts: [failed('a', { milliseconds: 101 })] })
  t.throws(() => choose(spent, worldOf({ order: ['a', 'b'] })), { code: 'GW_ROUTE_BUDGET' })
})

t.test('a latency budget that nothing meets halts', async t => {
  t.throws(() => choose(situation(['a'], budgetOf({ latencyMs: 100 })), worldOf({ order: ['a'], latencies: { a: 500 } })), { code: 'GW_ROUTE_BUDGET' })
})

t.test('a cost budget is held against input estimate and output asked for', async t => {
  const world = worldOf({ order: ['a', 'b'], terms: { a: { price: { input: 2, output: 10 } }, b: { price: { input: 2, output: 9.98 } } } })
  t.equal(choose(situation(['a', 'b'], budgetOf({ costMicros: 699 })), world).id, 'b')
  t.throws(() => choose(situation(['a', 'b'], budgetOf({ costMicros: 698 })), world), { code: 'GW_ROUTE_BUDGET' })
})

t.test('a cost budget admits an endpoint without a price', async t => {
  t.equal(choose(situation(['a'], budgetOf({ costMicros: 0 })), worldOf({ order: ['a'] })).id, 'a')
})

t.test('a cause that the model does not fall back on ends the chain', async t => {
  const world = worldOf({ order: ['a', 'b'], group: { fallbackOn: new Set(['unreachable']) } })
  t.throws(() => choose(situation(['a', 'b'], { attempts: [failed('a')] }), world), { code: 'GW_ROUTE_NO_ENDPOINT_HEALTHY' })
  t.equal(choose(situation(['a', 'b'], { attempts: [unreached('a')] }), world).id, 'b')
})

t.test('the caller that left, and the loser of a race, cause no further attempt', async t => {
  for (const cause of ['aborted', 'abandoned'] as const) {
    t.throws(() => choose(situation(['a', 'b'], { attempts: [failed('a', { cause })] }), worldOf({ order: ['a', 'b'] })), { code: 'GW_ROUTE_NO_ENDPOINT_HEALTHY' })
  }
})

t.test('an endpoint that did not answer is dialled again where nothing else is left, as often as the model says, each time later', async t => {
  const world = worldOf({ order: ['a', 'b'], group: { retries: 2 } })
  const chain = [unreached('a'), unreached('b')]
  t.strictSame(choose(situation(['a', 'b'], { attempts: chain }), world), { id: 'a', reason: 'retry', afterMs: 50 })
  t.strictSame(choose(situation(['a', 'b'], { attempts: [...chain, unreached('a')] }), world), { id: 'b', reason: 'retry', afterMs: 50 })
  t.strictSame(choose(situation(['a', 'b'], { attempts: [...chain, unreached('a'), unreached('b')] }), world), { id: 'a', reason: 'retry', afterMs: 100 })
  const all = [...chain, ...chain, ...chain]
  t.throws(() => choose(situation(['a', 'b'], { attempts: all }), world), { code: 'GW_ROUTE_NO_ENDPOINT_HEALTHY' })
})

t.test('an endpoint that answered is never sent the request again, nor one whose retry budget is spent', async t => {
  const world = worldOf({ order: ['a'], group: { retries: 5 } })
  for (const attempt of [failed('a'), failed('a', { status: 429, cause: 'rate_limited' }), failed('a', { status: null, cause: 'timeout' }), failed('a', { status: 200, cause: 'reset' })]) {
    t.throws(() => choose(situation(['a'], { attempts: [attempt] }), world), { code: 'GW_ROUTE_NO_ENDPOINT_HEALTHY' }, String(attempt.cause))
  }
  t.throws(() => choose(situation(['a'], { attempts: [unreached('a')] }), worldOf({ order: ['a'], group: { retries: 5 }, mayRetry: false })), { code: 'GW_ROUTE_NO_ENDPOINT_HEALTHY' })
})

t.test('a second endpoint beside one under way is a hedge', async t => {
  const world = worldOf({ order: ['a', 'b'], group: { hedgeAfterMs: 100 } })
  t.strictSame(choose(situation(['a', 'b']), world), { id: 'a', reason: 'primary', hedgeAfterMs: 100 })
  const underWay = { endpoint: 'a', reason: 'primary', status: null, error: null, milliseconds: 100, underWay: true } as const
  t.strictSame(choose(situation(['a', 'b'], { attempts: [underWay] }), world), { id: 'b', reason: 'hedge' })
  t.strictSame(choose(situation(['a']), world), { id: 'a', reason: 'primary' }, 'there is nothing to hedge with')
})

t.test('mirrors are permitted endpoints that could serve the request themselves, with the first attempt alone', async t => {
  const mirror = { endpoints: ['b', 'c', 'd', 'a'], percent: 100 }
  const world = worldOf({ order: ['a', 'b', 'c', 'd'], unhealthy: ['d'], group: { mirror } })
  t.strictSame(choose(situation(['a', 'b', 'd']), world), { id: 'a', reason: 'primary', mirrors: ['b'] })
  t.strictSame(choose(situation(['a', 'b', 'd'], { attempts: [failed('a')] }), world), { id: 'b', reason: 'fallback' })
  t.strictSame(choose(situation(['a', 'b'], { shape: { ...shape, tokenEstimate: 200 } }), worldOf({ order: ['a', 'b'], terms: { b: { context: 150 } }, group: { mirror } })), { id: 'a', reason: 'primary' })
})
