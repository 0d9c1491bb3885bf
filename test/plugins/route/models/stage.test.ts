import t from 'tap'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import type { Attempt, Budget, EndpointGrant, EndpointLimits, SettleResult } from '../../../../core/pipeline/plugin.ts'
import type { Permit } from '../../../../core/enforce/permit.ts'
import type { Receipt } from '../../../../core/audit/receipt.ts'
import routeModels from '../../../../plugins/route/models/index.ts'
import { failed, group, shape, worldOf } from './parts.ts'

const noLimits: EndpointLimits = { has: () => false, take: () => { throw new Error('there is nothing to take') } }

async function openStage (limits: EndpointLimits = noLimits, world = worldOf({ order: ['a', 'b'] })) {
  const lines: Array<Record<string, unknown>> = []
  const log = pino({ base: null }, new Writable({ write (chunk: Buffer, _encoding, done) { lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>); done() } }))
  const host = { log, folder: '.', data: '.', taxonomy: ['internal'], closing: new AbortController().signal, health: world.health, limits }
  const stage = await routeModels.setup({} as never, host)
  const viewOf = (attempts: readonly Attempt[] = [], budget: Budget = { latencyMs: null, costMicros: null }) => {
    const permit = { decisionId: '0190-decision', tag: 'restricted', endpoints: ['a', 'b'], policyVersion: 'v9' } as unknown as Permit
    return { permit, receipt: {} as Receipt, shape: { ...shape, affinity: 'affinity-of-somebody' }, budget, attempts }
  }
  const run = async (attempts?: readonly Attempt[], budget?: Budget) => {
    const view = viewOf(attempts, budget)
    const result = await stage.run(view, new AbortController().signal)
    const settle = async (end: SettleResult): Promise<void> => { await stage.settle?.(view, end, result.kind === 'continue' ? result.kept : undefined) }
    return { view, result, settle }
  }
  return { stage, run, lines }
}

const ended = (attempt: Partial<Attempt>, usage: SettleResult['usage'] = null): SettleResult => ({
  decision: 'permit', end: 'ok', usage, costMicros: 12, attempts: [{ endpoint: 'a', reason: 'primary', status: 200, error: null, milliseconds: 20, firstByteMs: 15, ...attempt }]
})

t.test('the stage declares no fact about who asked or what was asked', async t => {
  t.strictSame([...routeModels.reads].sort(), ['attempts', 'budget', 'permit', 'receipt', 'shape'])
})

t.test('it provides the endpoint and nothing else', async t => {
  const { run } = await openStage()
  t.strictSame({ ...(await run()).result, kept: null }, { kind: 'continue', facts: { endpoint: { id: 'a', reason: 'primary' } }, kept: null })
})

t.test('nothing left is a halt', async t => {
  const { run, lines } = await openStage()
  t.match((await run([failed('a'), failed('b')])).result, { kind: 'halt', error: { code: 'GW_ROUTE_NO_ENDPOINT_HEALTHY' } })
  t.match(lines, [{ endpoint: null, reason: 'GW_ROUTE_NO_ENDPOINT_HEALTHY', attempt: 3, decision_id: '0190-decision' }])
})

t.test('each attempt leaves one line when it ends: endpoint, reason, times, tokens, cost and the decision, nothing of who or what', async t => {
  const { run, lines } = await openStage()
  const { settle } = await run()
  t.equal(lines.length, 0)
  await settle(ended({}, { inputTokens: 30, outputTokens: 4, estimated: false }))
  t.equal(lines.length, 1)
  const { time, level, ...line } = lines[0] ?? {}
  t.strictSame(line, {
    endpoint: 'a',
    reason: 'primary',
    decision_id: '0190-decision',
    attempt: 1,
    dials: 1,
    status: 200,
    code: null,
    cause: null,
    milliseconds: 20,
    first_byte_ms: 15,
    input_tokens: 30,
    output_tokens: 4,
    cost_micros: 12,
    msg: 'attempt'
  })
})

t.test('it learns how long heads of answers take, not failures', async t => {
  const { run } = await openStage()
  const budget = { latencyMs: 100, costMicros: null }
  const first = await run()
  await first.settle(ended({ error: 'GW_UPSTREAM_TIMEOUT', cause: 'timeout', milliseconds: 5000, firstByteMs: null }))
  t.match((await run([], budget)).result, { facts: { endpoint: { id: 'a' } } })
  const second = await run()
  await second.settle(ended({ milliseconds: 9000, firstByteMs: 5000 }))
  t.match((await run([], budget)).result, { facts: { endpoint: { id: 'b' } } })
})

/** Limits that admit so many and note what is settled. */
function limitsOf (left: Record<string, number>, later: boolean): EndpointLimits & { readonly settled: Array<[id: string, tokens: number | null]> } {
  const settled: Array<[string, number | null]> = []
  const take = (id: string): EndpointGrant => {
    const room = left[id] ?? 0
    if (room <= 0) return { admitted: false, retryAfterMs: 2000 }
    left[id] = room - 1
    return { admitted: true, settle: tokens => { settled.push([id, tokens]) } }
  }
  return { settled, has: id => id in left, take: id => later ? Promise.resolve(take(id)) : take(id) }
}

for (const later of [false, true]) {
  t.test(`an endpoint whose limit is used up gives way (${later ? 'a store that takes its time' : 'in memory'})`, async t => {
    const limits = limitsOf({ a: 1 }, later)
    const { run } = await openStage(limits)
    const first = await run()
    t.match(first.result, { facts: { endpoint: { id: 'a' } } })
    t.match((await run()).result, { facts: { endpoint: { id: 'b', reason: 'primary' } } })
    await first.settle(ended({}, { inputTokens: 30, outputTokens: 4, estimated: false }))
    t.same(limits.settled, [['a', 34]])
  })
}

t.test('what failed without an answer is given back, what was cut off stays as it was reserved', async t => {
  const limits = limitsOf({ a: 9 }, false)
  const { run } = await openStage(limits)
  for (const attempt of [{ error: 'GW_UPSTREAM_FAILED', status: 503 }, { error: 'GW_UPSTREAM_FAILED', status: 200, cause: 'reset' as const }]) {
    await (await run()).settle(ended(attempt))
  }
  t.same(limits.settled, [['a', null], ['a', 150]])
})

t.test('what was chosen and never dialled, since the caller had left, is given back', async t => {
  const limits = limitsOf({ a: 1 }, false)
  const { run } = await openStage(limits)
  await (await run()).settle({ ...ended({}), attempts: [] })
  t.same(limits.settled, [['a', null]])
})

t.test('where the limits of all are used up the caller is told when to come again', async t => {
  const { run } = await openStage(limitsOf({ a: 0, b: 0 }, false))
  t.match((await run()).result, { kind: 'halt', error: { code: 'GW_ROUTE_NO_ENDPOINT_HEALTHY', reasons: ['route.endpoint_limit'], retryAfterSeconds: 2 } })
})

t.test('a mirror whose limit is used up is left out, one that is sent is counted', async t => {
  const limits = limitsOf({ b: 1 }, false)
  const { run } = await openStage(limits, worldOf({ order: ['a', 'b'], group: { ...group, mirror: { endpoints: ['b'], percent: 100 } } }))
  const first = await run()
  t.match(first.result, { kind: 'continue', facts: { endpoint: { id: 'a', reason: 'primary', mirrors: ['b'] } } })
  await first.settle(ended({}))
  t.same(limits.settled, [['b', 150]])
  t.match((await run()).result, { facts: { endpoint: { id: 'a', mirrors: [] } } })
})

t.test('it explains every endpoint: the order in which they would be tried, and what keeps the others out', async t => {
  const world = worldOf({ order: ['a', 'b', 'c', 'd'], terms: { b: { context: 5 } }, unhealthy: ['a'] })
  const { stage, run } = await openStage(noLimits, world)
  const { view } = await run()
  const permit = { ...view.permit, endpoints: ['a', 'b', 'd'] } as unknown as Permit
  t.match(stage.explainChoice?.({ ...view, permit }), {
    endpoints: [
      { endpoint: 'd', rank: 1, because: 'health', healthy: true },
      { endpoint: 'a', rank: 2, because: 'fallback', healthy: false },
      { endpoint: 'b', rank: null, because: 'context' },
      { endpoint: 'c', rank: null, because: 'not_permitted' }
    ],
    refused: null
  })
  t.match(stage.explainChoice?.({ ...view, permit: { ...view.permit, endpoints: ['b', 'elsewhere'] } as unknown as Permit }), {
    endpoints: [{ endpoint: 'a', because: 'not_permitted' }, { endpoint: 'b', because: 'context' }, {}, {}, { endpoint: 'elsewhere', rank: null, because: 'serves_another' }],
    refused: 'GW_ROUTE_CONTEXT_TOO_LONG'
  })
})
