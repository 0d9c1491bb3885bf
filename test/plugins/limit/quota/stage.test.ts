import t from 'tap'
import type { CounterStore, SettleResult } from '../../../../core/pipeline/plugin.ts'
import { GatewayError } from '../../../../core/errors.ts'
import { MemoryCounters } from '../../../../core/store/counters.ts'
import limitQuota from '../../../../plugins/limit/quota/index.ts'
import { faultsOf, type Per } from '../../../../plugins/limit/quota/config.ts'
import { answered, denied, openQuota } from './parts.ts'

t.test('the request beyond the limit is refused, with the seconds to wait', async t => {
  const quota = await openQuota({ per: ['tenant'], requests_per_minute: 2 })
  t.equal((await quota.ask()).told, 'ok')
  t.equal((await quota.ask()).told, 'ok')
  const refused = await quota.ask()
  t.equal(refused.told, 'GW_LIMIT_EXCEEDED')
  t.ok((refused.retryAfterSeconds ?? 0) >= 60 && (refused.retryAfterSeconds ?? 0) <= 61)
})

t.test('tokens are reserved as input and output asked for, and settled as used', async t => {
  const quota = await openQuota({ per: ['tenant'], tokens_per_minute: 300 })
  const first = await quota.ask()
  const second = await quota.ask()
  t.match(second.quota, [{ unit: 'tokens', limit: 300, used: 300, remaining: 0 }])
  t.equal((await quota.ask()).told, 'GW_LIMIT_EXCEEDED')
  await first.end()
  t.match((await quota.ask({}, { tokenEstimate: 0, maxOutputTokens: 0 })).quota, [{ used: 250 }])
  await second.end({ ...answered, usage: { inputTokens: 400, outputTokens: 0, estimated: false } })
  t.match((await quota.ask({}, { tokenEstimate: 0, maxOutputTokens: 0 })).quota, [{ used: 500, remaining: 0 }], 'what was used beyond the reservation counts')
})

t.test('a request that names no bound reserves the default output; one of embeddings none', async t => {
  const quota = await openQuota({ per: ['tenant'], tokens_per_minute: 10_000, default_output: 400 })
  t.match((await quota.ask({}, { maxOutputTokens: null })).quota, [{ used: 500 }])
  t.match((await quota.ask({}, { maxOutputTokens: null, workload: 'embedding' })).quota, [{ used: 600 }])
})

t.test('dollars are reserved at the dearest endpoint and settled at the one that answered', async t => {
  const quota = await openQuota({ per: ['tenant'], dollars_per_month: 0.001 }, { price: { input: 2, output: 10 } })
  const first = await quota.ask()
  t.match(first.quota, [{ unit: 'dollars', limit: 0.001, used: 0.0007, remaining: 0.0003 }])
  t.equal((await quota.ask()).told, 'GW_LIMIT_EXCEEDED')
  await first.end()
  t.match((await quota.ask()).quota, [{ used: 0.00077 }])
})

t.test('what nothing answered costs nothing; what was answered without a word of usage stays as reserved', async t => {
  const cases: Array<[what: string, result: SettleResult, used: number]> = [
    ['denied', denied, 0],
    ['refused by the endpoint', { ...answered, end: 'upstream_error', usage: null, attempts: [{ endpoint: 'a', reason: 'primary', status: 503, error: 'GW_UPSTREAM_FAILED', milliseconds: 1 }] }, 0],
    ['cut without usage', { ...answered, end: 'upstream_error', usage: null, attempts: [{ endpoint: 'a', reason: 'primary', status: 200, error: 'GW_UPSTREAM_FAILED', milliseconds: 1 }] }, 150],
    ['cut with what was counted of it', { ...answered, end: 'client_gone', usage: { inputTokens: 100, outputTokens: 7, estimated: true } }, 107]
  ]
  for (const [what, result, used] of cases) {
    const quota = await openQuota({ per: ['tenant'], tokens_per_minute: 1000 })
    await (await quota.ask()).end(result)
    t.match((await quota.ask({}, { tokenEstimate: 0, maxOutputTokens: 0 })).quota, [{ used }], what)
  }
})

t.test('a place is free again when its request ended', async t => {
  const quota = await openQuota({ per: ['subject'], concurrent: 1 })
  const first = await quota.ask()
  t.equal((await quota.ask()).told, 'GW_LIMIT_CONCURRENCY')
  await first.end(denied)
  t.equal((await quota.ask()).told, 'ok')
})

t.test('it counts by the values it is told to, together', async t => {
  const cases: Array<[per: readonly Per[], who: object, what: object]> = [
    [['tenant'], { tenant: 'other' }, {}],
    [['subject'], { subject: 'u-2' }, {}],
    [['subject'], { issuer: 'https://other.example' }, {}],
    [['subject'], { tenant: 'other' }, {}],
    [['role'], { role: 'auditor' }, {}],
    [['actor'], { actors: [{ issuer: 'https://idp.example', id: 'agent-1' }] }, {}],
    [['model'], {}, { model: 'other' }]
  ]
  for (const [per, who, what] of cases) {
    const quota = await openQuota({ per, requests_per_minute: 1 })
    t.equal((await quota.ask()).told, 'ok')
    t.equal((await quota.ask(who, what)).told, 'ok', `${per.join()}: another value counts apart`)
    t.equal((await quota.ask()).told, 'GW_LIMIT_EXCEEDED', `${per.join()}: the same value counts together`)
  }
})

t.test('no value can pass for two others', async t => {
  const quota = await openQuota({ per: ['tenant', 'subject'], requests_per_minute: 1 })
  t.equal((await quota.ask({ tenant: 'a","b', subject: 'c' })).told, 'ok')
  t.equal((await quota.ask({ tenant: 'a', subject: '","b c' })).told, 'ok')
})

t.test('the store decides for several stages: the same `per` counts together, names count apart', async t => {
  const counters = new MemoryCounters(() => Date.now())
  const one = await openQuota({ per: ['tenant'], requests_per_minute: 1 }, { counters })
  const same = await openQuota({ per: ['tenant'], requests_per_minute: 1 }, { counters })
  const named = await openQuota({ per: ['tenant'], requests_per_minute: 1, name: 'batch' }, { counters })
  t.equal((await one.ask()).told, 'ok')
  t.equal((await same.ask()).told, 'GW_LIMIT_EXCEEDED')
  t.equal((await named.ask()).told, 'ok')
})

t.test('a lost store denies, unless it is told to admit: then the instance counts alone', async t => {
  const alone = new MemoryCounters(() => Date.now())
  const lost: CounterStore = { take: async () => { throw new GatewayError('GW_LIMIT_STORE_UNAVAILABLE') }, settle: () => {}, local: alone }
  const denying = await openQuota({ per: ['tenant'], requests_per_minute: 5 }, { counters: lost })
  await t.rejects(denying.ask(), { code: 'GW_LIMIT_STORE_UNAVAILABLE', status: 503 })
  const admitting = await openQuota({ per: ['tenant'], requests_per_minute: 1, on_store_loss: 'admit' }, { counters: lost })
  t.equal((await admitting.ask()).told, 'ok')
  t.equal((await admitting.ask()).told, 'GW_LIMIT_EXCEEDED')
})

t.test('what makes no sense is told by check', async t => {
  const codes = (config: object, prices: Array<{ price?: unknown }> = []): string[] => faultsOf(config as never, prices).map(({ message }) => message)
  t.match(codes({ per: ['tenant'] }), [/limits nothing/])
  t.match(codes({ per: ['tenant'], requests_per_day: 1, time_zone: 'Mars/Olympus' }), [/no time zone/])
  t.match(codes({ per: ['tenant'], dollars_per_day: 1 }, [{ price: null }]), [/no endpoint has a price/])
  t.same(codes({ per: ['tenant'], dollars_per_day: 1 }, [{ price: null }, { price: { input: 0, output: 0 } }]), [])
})

t.test('it reads who asks and the shape, never the content', async t => {
  t.same(limitQuota.reads, ['principal', 'shape'])
})
