import t from 'tap'
import { openEncoding } from '../../core/tokens/encoding.ts'
import { chat } from '../helpers/gateway.ts'
import { openScene, type Scene } from '../helpers/scene.ts'
import { completion } from '../helpers/upstream.ts'

/** A gateway with these quotas behind identity. */
async function withQuota (t: Parameters<typeof openScene>[0], configs: readonly object[], more: Parameters<typeof openScene>[1] = {}): Promise<Scene> {
  return await openScene(t, {
    ...more,
    stages: ([identity, ...rest]) => [identity, ...configs.map(config => ({ plugin: 'limit.quota', config })), ...rest]
  })
}

t.test('beyond its quota a caller gets 429 with Retry-After and RateLimit fields; the denial is on record and nothing is sent', async t => {
  const scene = await withQuota(t, [{ per: ['tenant', 'subject'], requests_per_minute: 1 }])
  const first = await chat(scene.gateway, 'hi', { token: scene.token })
  t.equal(first.status, 200)
  t.equal(first.headers.get('ratelimit-policy'), '"tenant.subject.requests_per_minute";q=1;w=60')
  t.match(first.headers.get('ratelimit'), /^"tenant\.subject\.requests_per_minute";r=0;t=6[01]$/)
  await first.text()
  const second = await chat(scene.gateway, 'hi', { token: scene.token })
  t.equal(second.status, 429)
  t.match(await second.json(), { error: { code: 'GW_LIMIT_EXCEEDED' } })
  t.match(second.headers.get('retry-after'), /^6[01]$/)
  t.match(second.headers.get('ratelimit'), /r=0/)
  t.equal(scene.upstream.requests.length, 1)
  const { decision, outcome } = await scene.recorded(second)
  t.match(decision, { decision: 'deny', reasons: ['limit.exceeded', 'limit.requests_per_minute'], principal: { subject: 'u-17' } })
  t.equal(outcome, null)
})

t.test('several quotas are several stages, and policies read all of them', async t => {
  const policy = `package gateway.policy.test

permit contains {"id": "all", "endpoints": ["main"]} if {
  {[entry.per, entry.unit, entry.remaining] | some entry in input.quota} == {[["tenant"], "requests", 9], [["subject", "model"], "requests", 4]}
}
`
  const scene = await withQuota(t, [{ per: ['tenant'], requests_per_minute: 10 }, { per: ['model', 'subject'], requests_per_minute: 5 }], { policy: { 'policy.rego': policy } })
  const answer = await chat(scene.gateway, 'hi', { token: scene.token })
  t.equal(answer.status, 200, await answer.text())
})

t.test('what an endpoint reports is settled: the next request finds what is left', async t => {
  const scene = await withQuota(t, [{ per: ['tenant'], tokens_per_minute: 1100 }], { script: completion('x', { usage: { prompt_tokens: 40, completion_tokens: 10, total_tokens: 50 } }) })
  const remaining = async (): Promise<string | null> => {
    const answer = await chat(scene.gateway, 'hi', { token: scene.token })
    await answer.text()
    return /r=(\d+)/.exec(answer.headers.get('ratelimit') ?? '')?.[1] ?? null
  }
  const first = Number(await remaining())
  t.ok(first < 80, 'input and the default output are reserved')
  t.equal(Number(await remaining()), first - 50)
})

t.test('a denial by policy gives tokens and places back, not the request', async t => {
  const policy = 'package gateway.policy.test\n\nforbid contains {"code": "no"}\n'
  const scene = await withQuota(t, [{ per: ['tenant'], requests_per_minute: 3, tokens_per_minute: 1100, concurrent: 1 }], { policy: { 'policy.rego': policy } })
  const statuses = []
  for (let i = 0; i < 4; i++) {
    const answer = await chat(scene.gateway, 'hi', { token: scene.token })
    await answer.text()
    statuses.push(answer.status)
  }
  t.same(statuses, [403, 403, 403, 429])
})

t.test('input is reserved by the tokenizer of the model, where there is one; else by four bytes a token', async t => {
  const text = '请问格尔利茨有多少居民？'.repeat(20)
  const scene = await withQuota(t, [{ per: ['model'], tokens_per_minute: 10_000, default_output: 0 }], {
    models: { 'gpt-4o': { endpoints: ['main'] }, other: { endpoints: ['main'] }, none: { endpoints: ['main'], tokenizer: 'none' }, named: { endpoints: ['main'], tokenizer: 'o200k_base' } }
  })
  const count = await openEncoding('o200k_base')
  const reserved = async (model: string): Promise<number> => {
    const answer = await chat(scene.gateway, { model, messages: [{ role: 'user', content: text }] }, { token: scene.token })
    t.equal(answer.status, 200, await answer.text())
    return 10_000 - Number(/r=(\d+)/.exec(answer.headers.get('ratelimit') ?? '')?.[1])
  }
  for (const model of ['gpt-4o', 'named']) t.equal(await reserved(model), count(model) + count('user') + count(text))
  for (const model of ['other', 'none']) t.equal(await reserved(model), Math.ceil((model.length + 4 + Buffer.byteLength(text)) / 4))
})
