/** Demands and settlements in any order, 64 at once. `CASES=100000` runs as many in memory. */
import t from 'tap'
import fc from 'fast-check'
import { pino } from 'pino'
import type { CounterStore, Meter, Reservation } from '../../../core/store/contract.ts'
import { MemoryCounters } from '../../../core/store/counters.ts'
import { openStore } from '../../../core/store/open.ts'
import { startRedis } from '../../helpers/redis.ts'
import { concurrent, dollars, requests, tokens } from './parts.ts'

const numRuns = Number(process.env['CASES'] ?? 500)
const atOnce = 64

interface Job { readonly tokens: number, readonly dollars: number, readonly usedTokens: number, readonly usedDollars: number, readonly waits: number }

const amount = fc.integer({ min: 0, max: 200 })
const jobs = fc.array(fc.record<Job>({ tokens: amount, dollars: amount, usedTokens: amount, usedDollars: amount, waits: fc.nat(4) }), { minLength: 1, maxLength: atOnce })
const limits = fc.record({ requests: fc.integer({ min: 1, max: 80 }), tokens: fc.integer({ min: 1, max: 4000 }), dollars: fc.integer({ min: 1, max: 4000 }), concurrent: fc.integer({ min: 1, max: 64 }) })
type Limits = typeof limits extends fc.Arbitrary<infer T> ? T : never

interface Seen { readonly settled: Array<readonly [reserved: number[], used: number[]]>, mostAtOnce: number }

/** Each job asks, waits some turns and settles; all go on at the same time. */
async function run (store: CounterStore, key: string, limit: Limits, all: readonly Job[]): Promise<Seen> {
  const meters: Meter[] = [requests(limit.requests), tokens(limit.tokens), dollars(limit.dollars), concurrent(limit.concurrent)]
  const seen: Seen = { settled: [], mostAtOnce: 0 }
  let held = 0
  await Promise.all(all.map(async job => {
    const taken = await store.take({ key, meters, amounts: [1, job.tokens, job.dollars, 1] })
    if (!taken.admitted) return
    seen.mostAtOnce = Math.max(seen.mostAtOnce, ++held)
    for (let turn = 0; turn < job.waits; turn++) await Promise.resolve()
    const used = [1, job.usedTokens, job.usedDollars, 0]
    seen.settled.push([[1, job.tokens, job.dollars], used])
    held-- // before it is given back: a place is never held twice
    await store.settle(taken.reservation satisfies Reservation, used)
  }))
  return seen
}

/** What was used beyond what was reserved is the slack: no estimate can know it. */
function keeps ({ settled, mostAtOnce }: Seen, limit: Limits): boolean {
  return mostAtOnce <= limit.concurrent && [limit.requests, limit.tokens, limit.dollars].every((most, index) => {
    const sum = settled.reduce((total, [, used]) => total + (used[index] ?? 0), 0)
    const slack = settled.reduce((total, [reserved, used]) => total + Math.max(0, (used[index] ?? 0) - (reserved[index] ?? 0)), 0)
    return sum <= most + slack
  })
}

t.test('property, in memory: with 64 at once no limit is exceeded but by what was used beyond its estimate', async () => {
  await fc.assert(fc.asyncProperty(limits, jobs, async (limit, all) => keeps(await run(new MemoryCounters(() => 1_800_000_000_000), 'k', limit, all), limit)), { numRuns })
})

t.test('property, in Redis: the same', async t => {
  const redis = await startRedis(t)
  const store = await openStore({ redis: { urls: [redis.url], cluster: false, prefix: 'test', timeoutMs: 10_000 } }, pino({ level: 'silent' }), () => Date.now())
  t.teardown(() => store.close())
  let key = 0
  await fc.assert(fc.asyncProperty(limits, jobs, async (limit, all) => keeps(await run(store.counters, String(++key), limit, all), limit)), { numRuns: Math.min(500, Math.ceil(numRuns / 20)) })
})
