/**
 * What the router and the limits cost: a choice among 200 endpoints, a quota in memory and in Redis, and the way from a dead endpoint to the next. The first
 * two in process, without HTTP; the last through the whole gateway, beside a request that goes to the living endpoint at once.
 *
 *   npm run bench:router
 */
import { spawn, spawnSync } from 'node:child_process'
import { createServer } from 'node:http'
import { createServer as createNetServer, type AddressInfo } from 'node:net'
import { readFileSync, writeFileSync } from 'node:fs'
import { Redis } from 'ioredis'
import { pino } from 'pino'
import { healthOf as healthConfigOf } from '../core/config/decode-routing.ts'
import type { EndpointConfig, Strategy } from '../core/config/types.ts'
import { planOf } from '../core/endpoints/plan.ts'
import { EndpointStates } from '../core/endpoints/states.ts'
import { startGatewayFrom } from '../core/gateway.ts'
import type { CounterStore, EndpointHealth, PlanGroup, Principal, SettleResult, Shape } from '../core/pipeline/plugin.ts'
import { MemoryCounters } from '../core/store/counters.ts'
import { openStore } from '../core/store/open.ts'
import limitQuota from '../plugins/limit/quota/index.ts'
import routeModels from '../plugins/route/models/index.ts'
import { median, openFolder } from './parts/measure.ts'
import { benchIssuer, writeBenchConfiguration } from './setting.ts'

const signal = new AbortController().signal
const host = { log: pino({ level: 'silent' }), folder: '.', data: '.', taxonomy: ['internal'], closing: signal }
const shape: Shape = {
  model: 'm', family: null, protocol: 'openai.chat', stream: false, tokenEstimate: 100, maxOutputTokens: 50, priceBoundMicros: null, toolCount: 0, outputFormat: 'text', workload: 'chat', affinity: 'a'
}

/** Microseconds of CPU a call, the median of several rounds. */
async function cpu (calls: number, work: (index: number) => unknown): Promise<number> {
  const rounds: number[] = []
  for (let round = 0; round < 7; round++) {
    const before = process.cpuUsage()
    for (let index = 0; index < calls; index++) {
      const done = work(index)
      if (done instanceof Promise) await done
    }
    const { user, system } = process.cpuUsage(before)
    rounds.push((user + system) / calls)
  }
  return median(rounds)
}

async function choice (): Promise<void> {
  const ids = Array.from({ length: 200 }, (_, index) => `endpoint-${index}`)
  const states = new EndpointStates()
  states.configure(new Map(ids.map(id => [id, { health: healthConfigOf({}) } as EndpointConfig])))
  console.log('choice among 200 endpoints, all permitted (aim: 20 us)')
  for (const strategy of ['ordered', 'weighted', 'lowest_latency', 'lowest_cost', 'least_busy', 'sticky'] as const) {
    const stage = await routeModels.setup({} as never, { ...host, health: healthAmong(ids, strategy, states), limits: { has: () => false, take: () => { throw new Error('there is none') } } })
    const us = await cpu(5000, index => stage.run({ permit: { decisionId: `0190-${index}`, tag: '', endpoints: ids, policyVersion: '' }, receipt: {}, shape, budget: { latencyMs: 5000, costMicros: 1_000_000 }, attempts: [] } as never, signal))
    console.log(`  ${strategy.padEnd(16)} ${us.toFixed(1).padStart(6)} us of CPU`)
  }
}

function healthAmong (ids: readonly string[], strategy: Strategy, states: EndpointStates): EndpointHealth {
  const { candidates, positionOf } = planOf(null, ids, 'chat', () => true)
  const group: PlanGroup = { strategy, canary: null, mirror: null, hedgeAfterMs: null, retries: 0, fallbackOn: new Set(), mostEjected: 0.5 }
  const terms = { price: { input: 1, output: 2 }, context: 100_000 }
  const plan = { groups: [group], candidates, positionOf } // one for a configuration, as in the gateway
  return { state: id => states.of(id), terms: () => terms, plan: () => plan }
}

const principal: Principal = { type: 'user', issuer: 'i', subject: 's', tenant: 'acme', roles: ['r'], role: 'r', groups: [], method: 'jwt', assurance: null, expiresMs: null, actors: [], confirmation: null }
const ended: SettleResult = { decision: 'permit', end: 'ok', attempts: [], usage: { inputTokens: 90, outputTokens: 10, estimated: false }, costMicros: 12 }

/** One request through `limit.quota`: taken and settled. */
async function quotaOn (counters: CounterStore): Promise<(index: number) => Promise<void> | undefined> {
  const config = { per: ['tenant', 'subject'], requests_per_minute: 1e12, tokens_per_minute: 1e12, concurrent: 1e12 } as const
  const stage = await limitQuota.setup(config as never, { ...host, counters, dearest: () => null })
  const principals = Array.from({ length: 1000 }, (_, index) => ({ ...principal, subject: `u-${index}` }))
  return index => {
    const view = { principal: principals[index % 1000] ?? principal, shape }
    const taken = stage.run(view, signal)
    const settle = (result: Awaited<typeof taken>): Promise<void> | undefined => stage.settle?.(view, ended, result.kind === 'continue' ? result.kept : undefined) ?? undefined
    return 'then' in taken ? Promise.resolve(taken).then(settle) : settle(taken)
  }
}

async function limitsInMemory (): Promise<void> {
  const us = await cpu(50_000, await quotaOn(new MemoryCounters(() => Date.now())))
  console.log(`\nrequests, tokens and places by tenant and subject, in memory, taken and settled: ${us.toFixed(2)} us of CPU (aim: 5)`)
}

async function freePort (): Promise<number> {
  return await new Promise(resolve => {
    const server = createNetServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => { resolve(port) })
    })
  })
}

async function limitsInRedis (): Promise<void> {
  if (spawnSync('redis-server', ['--version']).status !== 0) return console.log('no redis-server: nothing measured of it')
  const port = await freePort()
  const server = spawn('redis-server', ['--port', String(port), '--save', '', '--appendonly', 'no'], { stdio: 'ignore' })
  const redis = new Redis(port, '127.0.0.1')
  redis.on('error', () => {})
  const store = await openStore({ redis: { urls: [`redis://127.0.0.1:${port}`], cluster: false, prefix: 'bench', timeoutMs: 1000 } }, pino({ level: 'silent' }), () => Date.now())
  try {
    while (!store.ready()) await new Promise(resolve => setTimeout(resolve, 10))
    const ask = await quotaOn(store.counters)
    await ask(0)
    const commands = async (): Promise<number> => Number(/evalsha:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0)
    const before = await commands()
    const asked: number[] = []
    const pinged: number[] = []
    for (let index = 0; index < 1000; index++) {
      asked.push(await elapsed(async () => { await ask(index) }))
      pinged.push(await elapsed(async () => { await redis.ping() }))
    }
    console.log(`in Redis: ${((await commands() - before) / 1000).toFixed(2)} commands a request, one to take and one to settle; together ${median(asked).toFixed(2)} ms, beside ${median(pinged).toFixed(2)} ms for a PING`)
  } finally {
    await store.close()
    redis.disconnect()
    server.kill()
  }
}

async function elapsed (work: () => Promise<void>): Promise<number> {
  const startedMs = performance.now()
  await work()
  return performance.now() - startedMs
}

async function failover (): Promise<void> {
  const { folder, remove } = openFolder('bench-router-')
  const answer = JSON.stringify({ id: 'c', object: 'chat.completion', created: 1, model: 'm', choices: [{ index: 0, message: { role: 'assistant', content: 'x', refusal: null }, logprobs: null, finish_reason: 'stop' }], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } })
  const endpoint = createServer((request, response) => { request.resume().on('end', () => { response.setHeader('content-type', 'application/json').end(answer) }) })
  await new Promise<void>(resolve => endpoint.listen(0, '127.0.0.1', () => { resolve() }))
  const makeToken = await benchIssuer(folder)
  const gateway = await startGatewayFrom(configure(writeBenchConfiguration(folder, `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}`), await freePort()))
  const token = await makeToken()
  const ask = async (model: string): Promise<void> => {
    const { status, body } = await fetch(`${gateway.address}/v1/chat/completions`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify({ model, messages: [{ role: 'user', content: 'hi' }] }) })
    await body?.cancel()
    if (status !== 200) throw new Error(`${model} was answered ${status}`)
  }
  try {
    const times: Record<'direct' | 'fallen', number[]> = { direct: [], fallen: [] }
    for (let index = 0; index < 1000; index++) {
      for (const model of index % 2 === 0 ? ['direct', 'fallen'] as const : ['fallen', 'direct'] as const) times[model].push(await elapsed(async () => { await ask(model) }))
    }
    const [direct, fallen] = [times.direct, times.fallen].map(all => median(all.slice(200)))
    console.log(`\nfrom a dead endpoint (connection refused) to the next: ${((fallen ?? 0) - (direct ?? 0)).toFixed(2)} ms, finding out included (${(direct ?? 0).toFixed(2)} ms without it; aim: 1 ms beyond finding out)`)
  } finally {
    await gateway.close()
    endpoint.close()
    remove()
  }
}

/** A model that goes straight to the living endpoint, and one that tries a dead one first, each time. */
function configure (file: string, deadPort: number): string {
  const document = JSON.parse(readFileSync(file, 'utf8')) as { endpoints: Record<string, unknown>, models: Record<string, unknown> }
  document.endpoints['dead'] = { provider: 'openai', url: `http://127.0.0.1:${deadPort}/v1`, health: { consecutive_failures: 1_000_000, failure_rate: 0.99, least_requests: 1_000_000 } }
  document.models = { direct: { endpoints: ['main'] }, fallen: { endpoints: ['dead', 'main'] } }
  writeFileSync(file, JSON.stringify(document))
  const policy = file.replace('sallyport.json', 'policy/bench.rego')
  writeFileSync(policy, readFileSync(policy, 'utf8').replace('["main"]', '["main", "dead"]'))
  return file
}

await choice()
await limitsInMemory()
await limitsInRedis()
await failover()
