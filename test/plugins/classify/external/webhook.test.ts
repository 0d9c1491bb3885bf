import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { CheckHost } from '../../../../core/pipeline/plugin.ts'
import webhook from '../../../../plugins/classify/webhook/index.ts'
import { classify, leavesOf, startService, webhookStage, type Asked } from './asking.ts'

const common = { labels: ['pii.*'], deadline: '5s' }

function finding (extra: Record<string, unknown> = {}): Record<string, unknown> {
  return { text: 0, label: 'pii.person', start: 0, end: 4, confidence: 700, ...extra }
}

t.test('texts go in one call, and findings come back by text and place', async t => {
  const service = await startService(t, () => ({ v: 1, version: '7', findings: [finding({ text: 1, start: 3, end: 7 }), finding()] }))
  const secret = join(t.testdir({}), 'token')
  writeFileSync(secret, 'Bearer x\n')
  const stage = await webhookStage(t, { ...common, url: service.url, name: 'names', authorization: { file: secret } })
  t.match(await classify(stage, leavesOf('Jane', '😀 Jane')), { findings: [{ leaf: 0, start: 0, end: 4, detector: 'names' }, { leaf: 1, start: 3, end: 7 }], external: ['names'] })
  t.match(service.asked, [{ authorization: 'Bearer x', body: { v: 1, deadline_ms: 5000, texts: [{ text: 'Jane', path: '/messages/*/content' }, { text: '😀 Jane' }] } }])
})

t.test('an answer that breaks the contract is none', async t => {
  const bad: readonly unknown[] = [
    null, [], {}, { v: 2, findings: [] }, { v: 1 }, { v: 1, findings: {} }, { v: 1, findings: [null] }, { v: 1, version: 1, findings: [] },
    ...[{ text: 1 }, { text: '0' }, { label: 'secret.x' }, { label: 'pii.Jane Roe' }, { label: 7 }, { start: 4 }, { end: 5 }, { start: -1 }, { confidence: 0.5 }, { confidence: 1001 }].map(extra => ({ v: 1, findings: [finding(extra)] }))
  ]
  for (const answer of bad) {
    const service = await startService(t, () => answer ?? 'null')
    await t.rejects(classify(await webhookStage(t, { ...common, url: service.url }), leavesOf('Jane')), { code: 'GW_CLASSIFY_EXTERNAL' }, JSON.stringify(answer))
  }
})

t.test('texts that were judged are not asked for again, until the detector is another', async t => {
  let version = '1'
  const service = await startService(t, () => ({ v: 1, version, findings: [] }))
  const stage = await webhookStage(t, { ...common, url: service.url })
  const first = await classify(stage, leavesOf('one', 'two'))
  await classify(stage, leavesOf('one', 'two', 'three'))
  t.strictSame(service.asked.map(({ texts }) => texts), [['one', 'two'], ['three']])
  version = '2'
  const other = await classify(stage, leavesOf('four'))
  t.not(other.detectors, first.detectors)
  await classify(stage, leavesOf('one'))
  t.equal(service.asked.length, 4)
  const forgetful = await webhookStage(t, { ...common, url: service.url, cache_texts: 0 })
  await classify(forgetful, leavesOf('one'))
  await classify(forgetful, leavesOf('one'))
  t.equal(service.asked.length, 6)
})

t.test('much text goes in several calls', async t => {
  const service = await startService(t, () => ({ v: 1, findings: [] }))
  await classify(await webhookStage(t, { ...common, url: service.url, batch_units: 1000 }), leavesOf('a'.repeat(600), 'b'.repeat(600), 'c'.repeat(300), 'd'.repeat(5000)))
  t.strictSame(service.asked.map(({ texts }) => texts.map(({ length }) => length)).sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0) || a.length - b.length), [[600], [600, 300], [5000]])
})

t.test('without an answer in time the request is denied, or has the configured level and says so', async t => {
  const service = await startService(t, () => undefined)
  await t.rejects(classify(await webhookStage(t, { ...common, url: service.url, deadline: '50ms' }), leavesOf('Jane')), { code: 'GW_CLASSIFY_EXTERNAL' })
  const lenient = await webhookStage(t, { ...common, url: service.url, deadline: '50ms', on_error: { floor: 'restricted' } })
  t.match(await classify(lenient, leavesOf('Jane')), { findings: [], tag: 'restricted', failed: 'GW_CLASSIFY_EXTERNAL', external: ['classify.webhook'] })
})

t.test('after failures in a row it is left alone for a while', async t => {
  const service = await startService(t, (_asked: Asked, index) => index < 3 ? 503 : { v: 1, findings: [] })
  const stage = await webhookStage(t, { ...common, url: service.url, breaker: { failures: 3, cool_down: '200ms' } })
  for (let call = 0; call < 6; call++) await t.rejects(classify(stage, leavesOf(`text ${call}`)), { code: 'GW_CLASSIFY_EXTERNAL' })
  t.equal(service.asked.length, 3)
  await new Promise(resolve => { setTimeout(resolve, 250) })
  await classify(stage, leavesOf('again'))
  t.equal(service.asked.length, 4)
})

t.test('text leaves by TLS, or not this machine', async t => {
  const host = { taxonomy: ['public', 'internal'] } as unknown as CheckHost
  const faults = async (url: string): Promise<unknown> => await webhook.check?.({ ...common, url } as never, host)
  for (const url of ['https://names.example/v1', 'http://127.0.0.1:9/', 'http://localhost/x', 'http://[::1]:1/']) t.strictSame(await faults(url), [], url)
  for (const url of ['http://names.example/', 'http://10.0.0.1/', 'https://user:pass@names.example/', 'ftp://names.example/', 'no url']) t.match(await faults(url), [{ path: ['url'] }], url)
  t.match(await webhook.check?.({ ...common, url: 'https://a.example', on_error: { floor: 'secret' }, floors: { 'pii.*': 'top' } } as never, host), [{ path: ['on_error', 'floor'] }, { path: ['floors', 'pii.*'] }])
})
