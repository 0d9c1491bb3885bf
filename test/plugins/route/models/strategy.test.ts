import t from 'tap'
import { choose } from '../../../../plugins/route/models/choose.ts'
import { failed, group, planOf, shape, situation, tally, worldOf } from './parts.ts'

const three = ['a', 'b', 'c']

t.test('lowest_latency takes the faster, the unknown before it', async t => {
  const strategy = 'lowest_latency'
  t.equal(choose(situation(['a', 'b']), worldOf({ order: ['a', 'b'], group: { strategy }, latencies: { a: 30, b: 20 } })).id, 'b')
  t.equal(choose(situation(['a', 'b']), worldOf({ order: ['a', 'b'], group: { strategy }, latencies: { a: 30 } })).id, 'b')
})

t.test('lowest_latency of many takes the faster of two chosen by lot: the slowest never, the fastest most often', async t => {
  const world = worldOf({ order: three, group: { strategy: 'lowest_latency' }, latencies: { a: 30, b: 20, c: 10 } })
  const counts = tally(decisionId => choose(situation(three, { decisionId }), world).id)
  t.equal(counts['a'], undefined)
  t.ok((counts['c'] ?? 0) > 600 && (counts['b'] ?? 0) > 270, JSON.stringify(counts))
})

t.test('lowest_cost takes the cheapest, an endpoint without a price last', async t => {
  const world = worldOf({ order: three, group: { strategy: 'lowest_cost' }, terms: { b: { price: { input: 2, output: 2 } }, c: { price: { input: 1, output: 2 } } } })
  t.equal(choose(situation(three), world).id, 'c')
  t.equal(choose(situation(three, { attempts: [failed('b'), failed('c')] }), world).id, 'a')
})

t.test('least_busy takes the one with the fewest requests under way', async t => {
  t.equal(choose(situation(['a', 'b']), worldOf({ order: ['a', 'b'], group: { strategy: 'least_busy' }, active: { a: 2, b: 1 } })).id, 'b')
})

t.test('weighted gives each its share, equal ones without weights', async t => {
  const equal = tally(decisionId => choose(situation(['a', 'b'], { decisionId }), worldOf({ order: ['a', 'b'], group: { strategy: 'weighted' } })).id)
  t.ok((equal['a'] ?? 0) > 450 && (equal['a'] ?? 0) < 550, JSON.stringify(equal))
  const world = worldOf({ order: three, group: { strategy: 'weighted' }, weights: { a: 6, b: 3, c: 1 } })
  const counts = tally(decisionId => choose(situation(three, { decisionId }), world).id)
  t.ok((counts['a'] ?? 0) > 550 && (counts['a'] ?? 0) < 650, JSON.stringify(counts))
  t.ok((counts['c'] ?? 0) > 65 && (counts['c'] ?? 0) < 140, JSON.stringify(counts))
})

t.test('an endpoint of weight 0 gets what no other can serve', async t => {
  const world = worldOf({ order: ['a', 'b'], group: { strategy: 'weighted' }, weights: { a: 0 } })
  t.same(tally(decisionId => choose(situation(['a', 'b'], { decisionId }), world).id), { b: 1000 })
  t.equal(choose(situation(['a', 'b'], { attempts: [failed('b')] }), world).id, 'a')
})

t.test('sticky keeps a subject at one endpoint, spreads subjects, and moves only those whose endpoint is gone', async t => {
  const group = { strategy: 'sticky' } as const
  const chosen = (affinity: string, unhealthy: readonly string[] = []): string => choose(situation(three, { decisionId: `d-${Math.random()}`, shape: { ...shape, affinity } }), worldOf({ order: three, group, unhealthy })).id
  const subjects = Array.from({ length: 300 }, (_, i) => `subject-${i}`)
  const before = subjects.map(subject => chosen(subject))
  t.same(subjects.map(subject => chosen(subject)), before)
  for (const id of three) t.ok(before.filter(one => one === id).length > 60, `${id} has its share`)
  const after = subjects.map(subject => chosen(subject, ['b']))
  t.ok(after.every((id, i) => before[i] === 'b' ? id !== 'b' : id === before[i]))
})

t.test('a canary is first for its share of decisions, and last for the others', async t => {
  const world = worldOf({ order: ['a', 'b'], group: { canary: { endpoint: 'b', percent: 10 } } })
  const counts = tally(decisionId => choose(situation(['a', 'b'], { decisionId }), world).id)
  t.ok((counts['b'] ?? 0) > 70 && (counts['b'] ?? 0) < 130, JSON.stringify(counts))
  const never = worldOf({ order: ['b', 'a'], group: { canary: { endpoint: 'b', percent: 0 } } })
  t.equal(choose(situation(['a', 'b']), never).id, 'a')
  t.equal(choose(situation(['a', 'b'], { attempts: [failed('a')] }), never).id, 'b')
})

t.test('a family takes the first of its models that can serve, under that model\'s own strategy', async t => {
  const groups = [{ ...group, strategy: 'lowest_cost' as const }, group]
  const candidates = [{ id: 'a', group: 0, position: 0, weight: 1 }, { id: 'b', group: 0, position: 1, weight: 1 }, { id: 'z', group: 1, position: 2, weight: 1 }]
  const base = worldOf({ order: ['a', 'b', 'z'], unhealthy: ['x'], terms: { a: { price: { input: 2, output: 2 } }, b: { price: { input: 1, output: 1 } }, z: { price: { input: 0, output: 0 } } } })
  const world = { ...base, health: { ...base.health, plan: () => planOf(groups, candidates) } }
  t.equal(choose(situation(['a', 'b', 'z']), world).id, 'b', 'the cheaper one of the better model, not the cheapest of all')
  t.equal(choose(situation(['z']), world).id, 'z', 'the best that is permitted')
})
