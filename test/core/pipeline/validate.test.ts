import t from 'tap'
import { declare, entries, order, permutations, prove, subsets } from './parts.ts'
import { phases, type Phase } from '../../../core/pipeline/phases.ts'
import type { FactName } from '../../../core/pipeline/facts.ts'

t.test('of the 720 orders of the six stages exactly one is accepted', async t => {
  const orders = permutations(order)
  t.equal(orders.length, 720)
  const accepted = orders.filter(names => prove(entries(names)).proof !== null)
  t.same(accepted, [order])
})

t.test('of all subsets of the six stages, in all their orders, only the whole is accepted', async t => {
  const accepted = subsets(order).flatMap(permutations).filter(names => prove(entries(names)).proof !== null)
  t.same(accepted, [order])
})

t.test('a refused pipeline names at least one fault, an accepted one none', async t => {
  for (const names of permutations(order)) {
    const { faults, proof } = prove(entries(names))
    if ((faults.length === 0) !== (proof !== null)) t.fail(names.join(' '))
  }
})

t.test('each stage made optional is refused as an optional provider, at its own place', async t => {
  for (const [index, name] of order.entries()) {
    const { codes, faults } = prove(entries(order, [name]))
    t.same(codes, ['GW_PIPELINE_OPTIONAL_PROVIDER'], name)
    t.same(faults.map(({ line }) => line), [index + 1], `${name} alone is at fault`)
  }
})

t.test('each single provider doubled is refused as a double provider', async t => {
  for (const [index, name] of order.entries()) {
    const { codes } = prove(entries([...order.slice(0, index + 1), ...order.slice(index)]))
    const joins = name === 'classify.patterns' || name === 'response.filter'
    t.same(codes, joins ? [] : ['GW_PIPELINE_DOUBLE_PROVIDER'], name)
  }
})

t.test('each pair swapped is refused: something is read before it is provided', async t => {
  for (let first = 0; first < order.length; first++) {
    for (let second = first + 1; second < order.length; second++) {
      const names = [...order]
      names[first] = order[second] ?? ''
      names[second] = order[first] ?? ''
      t.ok(prove(entries(names)).codes.includes('GW_PIPELINE_READ_BEFORE_PROVIDED'), names.join(' '))
    }
  }
})

t.test('what comes too early is told where to go', async t => {
  const { faults } = prove(entries(['identity.jwt', 'policy.rego', 'classify.patterns', 'audit.commit', 'route.models', 'response.filter']))
  t.match(faults[0], { code: 'GW_PIPELINE_READ_BEFORE_PROVIDED', line: 2, fix: 'put policy.rego after classify.patterns' })
})

t.test('a pipeline that ends early is incomplete', async t => {
  t.same(prove(entries(order.slice(0, 5))).codes, ['GW_PIPELINE_INCOMPLETE'])
  t.same(prove([]).codes, ['GW_PIPELINE_INCOMPLETE'])
})

t.test('nothing joins the classification or the quota after the decision', async t => {
  const late = [...order.slice(0, 3), 'classify.patterns', ...order.slice(3)]
  t.same(prove(entries(late)).codes, ['GW_PIPELINE_CLOSED'])
  const quota = declare('limit', 'late', ['principal'], ['quota'])
  t.same(prove(entries([...order.slice(0, 4), quota.name, ...order.slice(4)]), [quota]).codes, ['GW_PIPELINE_CLOSED'])
})

t.test('a limit stage may be optional: the quota it would add is joined to a list that stands', async t => {
  const quota = declare('limit', 'tokens', ['principal'], ['quota'])
  const names = ['identity.jwt', quota.name, ...order.slice(1)]
  t.not(prove(entries(names, [quota.name]), [quota]).proof, null)
})

t.test('no plugin reads less than its phase must, reads more than it may, or provides what it may not', async t => {
  const all = Object.values(phases).flatMap(({ floor, ceiling, grants }) => [...floor, ...ceiling, ...grants])
  const facts = [...new Set<FactName>(all)]
  for (const phase of Object.keys(phases) as Phase[]) {
    const rule: { floor: readonly FactName[], ceiling: readonly FactName[], grants: readonly FactName[] } = phases[phase]
    for (const fact of rule.floor) {
      const less = declare(phase, 'less', rule.ceiling.filter(read => read !== fact), rule.grants)
      t.ok(prove(entries([less.name]), [less]).codes.includes('GW_PIPELINE_BELOW_FLOOR'), `${phase} without ${fact}`)
    }
    for (const fact of facts.filter(read => !rule.ceiling.includes(read))) {
      const more = declare(phase, 'more', [...rule.ceiling, fact], rule.grants)
      t.ok(prove(entries([more.name]), [more]).codes.includes('GW_PIPELINE_ABOVE_CEILING'), `${phase} reads ${fact}`)
    }
    for (const fact of facts.filter(given => !rule.grants.includes(given))) {
      const giving = declare(phase, 'giving', rule.ceiling, [...rule.grants, fact])
      t.ok(prove(entries([giving.name]), [giving]).codes.includes('GW_PIPELINE_ABOVE_CEILING'), `${phase} provides ${fact}`)
    }
  }
})

t.test('a stage that provides nothing is refused: nobody could rely on its having run', async t => {
  const idle = declare('audit', 'idle', ['principal', 'decision'], [])
  t.same(prove(entries([...order.slice(0, 3), idle.name, ...order.slice(3)]), [idle]).codes, ['GW_PIPELINE_BELOW_FLOOR'])
})

t.test('a choice holds identity stages alone, none of them optional', async t => {
  const [identity, ...rest] = entries(order)
  const [, classify] = entries(order)
  if (identity === undefined || classify === undefined) throw new Error('the order is empty')
  const path = ['pipelines', 'p', 0]
  const other = declare('identity', 'other', ['credential'], ['principal'])
  const branch = { ...identity, plugin: other.name }
  t.not(prove([{ any: [identity, branch], path }, ...rest], [other]).proof, null)
  t.same(prove([{ any: [identity, { ...branch, optional: true }], path }, ...rest], [other]).codes, ['GW_PIPELINE_OPTIONAL_PROVIDER'])
  t.ok(prove([{ any: [identity, classify], path }, ...rest]).codes.includes('GW_PIPELINE_ANY_INCOMPLETE'))
})

t.test('the proof says who provided what each stage reads', async t => {
  const { proof } = prove(entries(order))
  const policy = proof?.steps[2]?.stages[0]
  t.match(policy?.reads.find(({ fact }) => fact === 'classification'), { from: 'classify.patterns' })
  t.same(proof?.leaves, { fact: 'response', from: 'response.filter' })
  t.same(proof?.steps[0]?.then, ['prompt', 'shape', 'request', 'quota'], 'the body is opened only once a principal stands')
  t.same(proof?.dispatch.map(({ from }) => from), ['policy.rego', 'audit.commit', 'route.models'])
})
