import t from 'tap'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import type { Attempt, Budget, EndpointHealth, Shape } from '../../../../core/pipeline/plugin.ts'
import type { Permit } from '../../../../core/enforce/permit.ts'
import type { Receipt } from '../../../../core/audit/receipt.ts'
import routeModels from '../../../../plugins/route/models/index.ts'

const shape: Shape = {
  model: 'm',
  family: null,
  protocol: 'openai.chat',
  stream: false,
  tokenEstimate: 1,
  maxOutputTokens: null,
  priceBoundMicros: null,
  toolCount: 0,
  outputFormat: null,
  workload: 'chat',
  affinity: 'affinity-of-somebody'
}
const health: EndpointHealth = {
  order: () => ['a', 'b'],
  strategy: () => 'ordered',
  state: id => ({ id, healthy: true, active: 0 }),
  terms: () => ({ price: null, context: null })
}

async function openStage () {
  const lines: string[] = []
  const log = pino({ base: null }, new Writable({ write (chunk: Buffer, _encoding, done) { lines.push(chunk.toString()); done() } }))
  const host = { log, folder: '.', data: '.', taxonomy: ['internal'], closing: new AbortController().signal, health }
  const stage = await routeModels.setup({} as never, host)
  const run = async (attempts: readonly Attempt[] = [], budget: Budget = { latencyMs: null, costMicros: null }) => {
    const permit = { decisionId: '0190-decision', tag: 'restricted', endpoints: ['a', 'b'], policyVersion: 'v9' } as unknown as Permit
    return await stage.run({ permit, receipt: {} as Receipt, shape, budget, attempts }, new AbortController().signal)
  }
  return { stage, run, lines }
}

t.test('the stage declares no fact about who asked or what was asked', async t => {
  t.strictSame([...routeModels.reads].sort(), ['attempts', 'budget', 'permit', 'receipt', 'shape'])
})

t.test('it provides the endpoint and nothing else', async t => {
  const { run } = await openStage()
  t.strictSame(await run(), { kind: 'continue', facts: { endpoint: { id: 'a', reason: 'primary' } } })
})

t.test('nothing left is a halt', async t => {
  const { run } = await openStage()
  const failed = (endpoint: string): Attempt => ({ endpoint, reason: 'primary', status: null, error: 'GW_UPSTREAM_FAILED', milliseconds: 1 })
  t.match(await run([failed('a'), failed('b')]), { kind: 'halt', error: { code: 'GW_ROUTE_NO_ENDPOINT_HEALTHY' } })
})

t.test('each choice leaves one line: endpoint, reason, attempt and the decision, nothing of the request', async t => {
  const { run, lines } = await openStage()
  await run()
  t.equal(lines.length, 1)
  const { time, level, ...line } = JSON.parse(lines[0] ?? '') as Record<string, unknown>
  t.strictSame(line, { endpoint: 'a', reason: 'primary', decision_id: '0190-decision', attempt: 1, msg: 'endpoint chosen' })
})

t.test('it learns the latency of answers, not of failures', async t => {
  const { stage, run } = await openStage()
  const settled = (error: string | null, milliseconds: number) => stage.settle?.({}, {
    decision: 'permit', end: 'ok', usage: null, costMicros: null, attempts: [{ endpoint: 'a', reason: 'primary', status: 200, error, milliseconds }]
  })
  const budget = { latencyMs: 100, costMicros: null }
  await settled('GW_UPSTREAM_TIMEOUT', 5000)
  t.match(await run([], budget), { facts: { endpoint: { id: 'a' } } })
  await settled(null, 5000)
  t.match(await run([], budget), { facts: { endpoint: { id: 'b' } } })
})
