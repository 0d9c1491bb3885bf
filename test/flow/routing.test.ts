/** What the router does beyond a plain fallback, end to end: each dial is inside the permit and on record with its reason. */
import t from 'tap'
import { chat } from '../helpers/gateway.ts'
import { openScene, type Scene } from '../helpers/scene.ts'
import { chatty, completion, startUpstream, type Step, type Upstream } from '../helpers/upstream.ts'

type Attempts = ReadonlyArray<Record<string, unknown>>

const failing: Step = { kind: 'json', status: 500, body: {} }

async function ask (scene: Scene, body: string | object = 'hi', headers: Record<string, string> = {}): Promise<{ status: number, text: string, answer: Response, attempts: Attempts, outcome: Readonly<Record<string, unknown>> | null }> {
  const answer = await chat(scene.gateway, body, { token: scene.token, headers })
  const text = await answer.text()
  const { outcome } = await scene.recorded(answer)
  return { status: answer.status, text, answer, outcome, attempts: outcome?.['attempts'] as Attempts ?? [] }
}

async function pair (t: Parameters<typeof openScene>[0], model: object, more: Parameters<typeof openScene>[1] = {}): Promise<{ scene: Scene, first: Upstream, second: Upstream }> {
  const first = await startUpstream(t, chatty('from the first'))
  const second = await startUpstream(t, chatty('from the second'))
  const scene = await openScene(t, { endpoints: { first, second }, models: { 'test-model': { endpoints: ['first', 'second'], ...model } }, ...more })
  return { scene, first, second }
}

t.test('an endpoint that fails three times in a row gets nothing more; the reason is its health', async t => {
  const { scene, first, second } = await pair(t, {})
  first.play(failing)
  for (let i = 0; i < 3; i++) t.match((await ask(scene)).attempts, [{ endpoint: 'first', reason: 'primary' }, { endpoint: 'second', reason: 'fallback' }])
  t.match((await ask(scene)).attempts, [{ endpoint: 'second', reason: 'health', status: 200 }])
  t.equal(first.requests.length, 3)
  t.equal(second.requests.length, 4)
  const states = await (await fetch(`${scene.gateway.adminAddress}/endpoints`)).json() as Record<string, unknown>
  t.match(states, { first: { circuit: 'open', active: 0 }, second: { circuit: 'closed' } })
  const metrics = await (await fetch(`${scene.gateway.adminAddress}/metrics`)).text()
  t.match(metrics, 'sallyport_endpoint_circuit{endpoint="first"} 2')
  t.match(metrics, 'sallyport_attempts_total{endpoint="second",result="ok",reason="health"} 1')
  t.match(metrics, 'sallyport_tokens_total{endpoint="second",kind="output"}')
})

t.test('a half-open endpoint gets one trial, and is back when it succeeds', async t => {
  const first = await startUpstream(t, failing)
  const second = await startUpstream(t)
  const scene = await openScene(t, { endpoints: { first: { provider: 'openai', url: first.url, health: { consecutive_failures: 1, cool_down: '300ms' } }, second } })
  await ask(scene)
  t.match((await ask(scene)).attempts, [{ endpoint: 'second', reason: 'health' }])
  first.play(chatty('back'))
  await new Promise(resolve => setTimeout(resolve, 350))
  t.match((await ask(scene)).attempts, [{ endpoint: 'first', reason: 'primary', status: 200 }])
})

t.test('a probe finds out that an endpoint fails before a caller does, and that it is back', async t => {
  const first = await startUpstream(t, (request) => request.method === 'GET' ? failing : chatty('x')(request, 0))
  const second = await startUpstream(t)
  const health = { consecutive_failures: 2, cool_down: '100ms', probe: { path: '/models', interval: '30ms' } }
  const scene = await openScene(t, { endpoints: { first: { provider: 'openai', url: first.url, health }, second } })
  const circuit = async (): Promise<unknown> => (await (await fetch(`${scene.gateway.adminAddress}/endpoints`)).json() as Record<string, { circuit: string }>)['first']?.circuit
  while (await circuit() === 'closed') await new Promise(resolve => setTimeout(resolve, 10))
  t.match(first.requests[0], { method: 'GET', url: '/v1/models' })
  t.match((await ask(scene)).attempts, [{ endpoint: 'second', reason: 'health' }])
  first.play(chatty('back'))
  while (await circuit() !== 'closed') await new Promise(resolve => setTimeout(resolve, 10))
  t.match((await ask(scene)).attempts, [{ endpoint: 'first', reason: 'primary' }])
})

t.test('an endpoint that says 429 is left alone as long as it asks, and the caller is told the same', async t => {
  const limited: Step = { kind: 'json', status: 429, body: {}, headers: { 'retry-after': '30' } }
  const upstream = await startUpstream(t, limited)
  const scene = await openScene(t, { endpoints: { main: upstream } })
  const first = await ask(scene)
  t.equal(first.status, 429)
  t.equal(first.answer.headers.get('retry-after'), '30')
  const second = await ask(scene)
  t.equal(second.status, 429)
  t.match(JSON.parse(second.text), { error: { code: 'GW_UPSTREAM_RATE_LIMITED' } })
  t.match(second.answer.headers.get('retry-after'), /^(29|30)$/)
  t.match(second.outcome, { end: 'not_dialled', attempts: [] })
  t.equal(upstream.requests.length, 1)
})

t.test('a Retry-After of a year is on record as the 429 it is, and holds the endpoint no longer than five minutes', async t => {
  const { scene, first } = await pair(t, {})
  first.play({ kind: 'json', status: 429, body: {}, headers: { 'retry-after': '31536000' } })
  t.match((await ask(scene)).attempts, [{ endpoint: 'first', status: 429, error: 'GW_UPSTREAM_RATE_LIMITED' }, { endpoint: 'second', status: 200 }])
  const states = await (await fetch(`${scene.gateway.adminAddress}/endpoints`)).json() as Record<string, { held_for_ms: number }>
  t.ok((states['first']?.held_for_ms ?? 0) > 290_000 && (states['first']?.held_for_ms ?? 0) <= 300_000)
})

t.test('a provider whose headers say that nothing is left is passed over until it says there is', async t => {
  const { scene, first, second } = await pair(t, {})
  const step = completion('x')
  first.play(step.kind === 'json' ? { ...step, headers: { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '20s' } } : step)
  t.match((await ask(scene)).attempts, [{ endpoint: 'first' }])
  t.match((await ask(scene)).attempts, [{ endpoint: 'second', reason: 'primary' }])
  t.equal(first.requests.length + second.requests.length, 2)
})

t.test('an endpoint\'s own limits are kept: what is beyond goes elsewhere, or is told when to come again, undialled', async t => {
  const first = await startUpstream(t)
  const second = await startUpstream(t)
  const limit = { requests_per_minute: 1 }
  const scene = await openScene(t, { endpoints: { first: { provider: 'openai', url: first.url, limit }, second: { provider: 'openai', url: second.url, limit } } })
  t.match((await ask(scene)).attempts, [{ endpoint: 'first' }])
  t.match((await ask(scene)).attempts, [{ endpoint: 'second' }])
  const third = await ask(scene)
  t.equal(third.status, 503)
  t.match(JSON.parse(third.text), { error: { code: 'GW_ROUTE_NO_ENDPOINT_HEALTHY' } })
  t.match(third.answer.headers.get('retry-after'), /^6[01]$/)
  t.match(third.outcome, { end: 'not_dialled', attempts: [] })
})

t.test('an endpoint that could not be reached is dialled again where the model says so', async t => {
  const upstream = await startUpstream(t, (_request, index) => index === 0 ? { kind: 'cut', after: 'request' } : completion('second time'))
  const scene = await openScene(t, { endpoints: { main: upstream }, models: { 'test-model': { endpoints: ['main'], retries: 1 } } })
  const { status, attempts } = await ask(scene)
  t.equal(status, 200)
  t.match(attempts, [{ endpoint: 'main', reason: 'primary', status: null, error: 'GW_UPSTREAM_FAILED' }, { endpoint: 'main', reason: 'retry', status: 200, error: null }])
})

t.test('a request that an endpoint had answered is not sent to it again, whatever the answer was', async t => {
  for (const step of [failing, { kind: 'json', status: 429, body: {} }, { kind: 'cut', after: 'head' }] as const) {
    const upstream = await startUpstream(t, step)
    const scene = await openScene(t, { endpoints: { main: upstream }, models: { 'test-model': { endpoints: ['main'], retries: 5 } } })
    const { status } = await ask(scene)
    t.ok(status >= 429)
    t.equal(upstream.requests.length, 1)
  }
})

const tooLong = { error: { message: 'This model\'s maximum context length is 10 tokens.', type: 'invalid_request_error', code: 'context_length_exceeded', param: 'messages' } }

t.test('a request that an endpoint found too long goes to another; where there is none its own answer passes', async t => {
  const { scene, first } = await pair(t, {})
  first.play({ kind: 'json', status: 400, body: tooLong })
  const fallen = await ask(scene)
  t.equal(fallen.status, 200)
  t.match(fallen.attempts, [{ endpoint: 'first', status: 400, error: 'GW_ROUTE_CONTEXT_TOO_LONG' }, { endpoint: 'second', reason: 'fallback', status: 200 }])
  const alone = await openScene(t, { script: { kind: 'json', status: 400, body: tooLong } })
  const passed = await ask(alone)
  t.equal(passed.status, 400)
  t.same(JSON.parse(passed.text), tooLong)
  t.match(passed.outcome, { end: 'ok', status: 400, attempts: [{ endpoint: 'main', status: 400, error: null }] })
})

t.test('what an endpoint\'s content filter refused goes elsewhere only where the model says so', async t => {
  const filtered: Step = { kind: 'json', status: 400, body: { error: { message: 'filtered', code: 'content_filter' } } }
  const closed = await pair(t, {})
  closed.first.play(filtered)
  t.match(await ask(closed.scene), { status: 400, attempts: [{ endpoint: 'first', error: null }] })
  t.equal(closed.second.requests.length, 0)
  const open = await pair(t, { fallback_on: ['content_filter'] })
  open.first.play(filtered)
  t.match(await ask(open.scene), { status: 200, attempts: [{ endpoint: 'first', error: 'GW_UPSTREAM_CONTENT_FILTER' }, { endpoint: 'second' }] })
})

t.test('a hedge is asked when the first says nothing; the first answer wins and the other dial is on record', async t => {
  const { scene, first, second } = await pair(t, { hedge: { after: '50ms' } })
  first.play({ kind: 'stall', after: 'request' })
  const startedMs = performance.now()
  const { status, attempts } = await ask(scene)
  t.equal(status, 200)
  t.ok(performance.now() - startedMs < 3000)
  const [abandoned, won] = [attempts.find(({ endpoint }) => endpoint === 'first'), attempts.find(({ endpoint }) => endpoint === 'second')]
  t.match(abandoned, { reason: 'primary', status: null, error: 'GW_UPSTREAM_ABANDONED' })
  t.match(won, { reason: 'hedge', status: 200, error: null })
  t.equal(first.requests.length + second.requests.length, 2)
  first.play(chatty('quick'))
  t.match((await ask(scene)).attempts, [{ endpoint: 'first', reason: 'primary', status: 200 }], 'a slow answer that was given up is no failure of the endpoint')
})

t.test('a hedge of a stream wins as well', async t => {
  const { scene, first } = await pair(t, { hedge: { after: '50ms' } })
  first.play({ kind: 'stall', after: 'request' })
  const { status, text, outcome } = await ask(scene, { model: 'test-model', stream: true, messages: [{ role: 'user', content: 'hi' }] })
  t.equal(status, 200)
  t.match(text, /second/)
  t.match(outcome, { endpoint: 'second', end: 'ok' })
})

t.test('a hedge stays inside the permit', async t => {
  const policy = 'package gateway.policy.test\n\npermit contains {"id": "first_only", "endpoints": ["first"]}\n'
  const { scene, first, second } = await pair(t, { hedge: { after: '20ms' } }, { policy: { 'policy.rego': policy } })
  first.play({ kind: 'wait', until: new Promise(resolve => setTimeout(resolve, 150)), then: completion('late') })
  t.match((await ask(scene)).attempts, [{ endpoint: 'first', reason: 'primary' }])
  t.equal(second.connections(), 0)
})

t.test('mirrors get a copy, the caller gets the first answer, and neither waits for the other', async t => {
  const { scene, second } = await pair(t, { mirror: { endpoints: ['second'] } })
  second.play({ kind: 'stall', after: 'request' })
  const { status, text, attempts } = await ask(scene)
  t.equal(status, 200)
  t.match(text, /from the first/)
  t.match(attempts, [{ endpoint: 'first', reason: 'primary', status: 200 }, { endpoint: 'second', reason: 'mirror', status: null, error: null }], 'under way when the outcome was written')
  const copy = await second.request(0)
  t.match(copy.body.toString(), /"hi"/)
  t.match(attempts[1]?.['mac'], /^hmac-sha256:/)
})

t.test('a mirror outside the permit gets nothing', async t => {
  const policy = 'package gateway.policy.test\n\npermit contains {"id": "first_only", "endpoints": ["first"]}\n'
  const { scene, second } = await pair(t, { mirror: { endpoints: ['second'] } }, { policy: { 'policy.rego': policy } })
  t.match((await ask(scene)).attempts, [{ endpoint: 'first' }])
  t.equal(second.connections(), 0)
})

t.test('a family is served by its first model that is permitted, an alias by its model; each endpoint is sent a name that it knows', async t => {
  const upstream = await startUpstream(t)
  const main = { provider: 'openai', url: upstream.url }
  const scene = await openScene(t, {
    endpoints: { main, named: { ...main, model: 'gpt-4-0613' } },
    models: { 'gpt-4o': { family: 'gpt-4', aliases: ['latest'], endpoints: ['main'] }, 'gpt-4-old': { family: 'gpt-4', endpoints: ['named'] } }
  })
  const body = (model: string): object => ({ model, messages: [{ role: 'user', content: 'hi' }] })
  const sent = (): unknown => (JSON.parse(upstream.bodies().at(-1) ?? '{}') as { model?: unknown }).model
  const byFamily = await ask(scene, body('gpt-4'))
  t.equal(sent(), 'gpt-4o')
  t.match(byFamily.attempts, [{ endpoint: 'main', model: 'gpt-4o' }])
  const byAlias = await ask(scene, body('latest'))
  t.equal(sent(), 'gpt-4o')
  const { decision } = await scene.recorded(byAlias.answer)
  t.match(decision, { request: { model: 'gpt-4o' }, input: { resource: { id: 'gpt-4o', family: 'gpt-4' } } })
  await ask(scene, body('gpt-4-old'))
  t.equal(sent(), 'gpt-4-0613')
  t.equal((await ask(scene, body('gpt-4o'))).status, 200)
})

t.test('a class of requests may have its own order', async t => {
  const { scene } = await pair(t, { workloads: { batch: { endpoints: ['second'] } } }, { extra: { workloads: [{ workload: 'batch', least_tokens: 50 }] } })
  t.match((await ask(scene, 'short')).attempts, [{ endpoint: 'first' }])
  t.match((await ask(scene, 'long '.repeat(100))).attempts, [{ endpoint: 'second', reason: 'primary' }])
})

t.test('bad input gets a clear error, on record', async t => {
  const scene = await openScene(t, {})
  const cases: Array<[body: object, headers: Record<string, string>, status: number, code: string]> = [
    [{ model: '', messages: [] }, {}, 400, 'GW_REQUEST_MODEL_MISSING'],
    [{ model: 'nobody', messages: [] }, {}, 404, 'GW_ROUTE_MODEL_UNKNOWN'],
    [{ model: 'test-model', messages: [], max_tokens: -5 }, {}, 400, 'GW_REQUEST_INVALID'],
    [{ model: 'test-model', messages: [], max_tokens: 1e300 }, {}, 400, 'GW_REQUEST_INVALID'],
    ...['-1s', '1e3s', '0s', '99999999999s', '', '5'].map((value): [object, Record<string, string>, number, string] => [{ model: 'test-model', messages: [] }, { 'sallyport-latency-budget': value }, 400, 'GW_REQUEST_INVALID']),
    ...['-0.1', '1e2', 'NaN', '9999999', '0.0000001'].map((value): [object, Record<string, string>, number, string] => [{ model: 'test-model', messages: [] }, { 'sallyport-cost-budget': value }, 400, 'GW_REQUEST_INVALID'])
  ]
  for (const [body, headers, status, code] of cases) {
    const answer = await chat(scene.gateway, body, { token: scene.token, headers })
    t.equal(answer.status, status, JSON.stringify([body, headers]))
    t.match(await answer.json(), { error: { code } })
    t.match((await scene.recorded(answer)).decision, { decision: 'deny' })
  }
  t.equal(scene.upstream.requests.length, 0)
})

t.test('a redirect is never followed', async t => {
  const elsewhere = await startUpstream(t)
  const scene = await openScene(t, { script: { kind: 'json', status: 307, body: {}, headers: { location: `${elsewhere.url}/chat/completions` } } })
  const { status, attempts } = await ask(scene)
  t.equal(status, 502)
  t.match(attempts, [{ status: 307, error: 'GW_UPSTREAM_BAD_RESPONSE' }])
  t.equal(elsewhere.connections(), 0)
})

t.test('headers of an endpoint that are too large, or that smuggle, make no answer', async t => {
  const large = await openScene(t, { script: { kind: 'json', body: {}, headers: { 'x-large': 'x'.repeat(100_000) } } })
  t.match(await ask(large), { status: 502, outcome: { end: 'upstream_error' } })
})

t.test('a stream that is cut is settled with what came of it', async t => {
  const chunk = (content: string): string => JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1700000000, model: 'test-model', choices: [{ index: 0, delta: { content }, finish_reason: null }] })
  const scene = await openScene(t, {
    script: { kind: 'bytes', headers: { 'content-type': 'text/event-stream' }, body: `data: ${chunk('word '.repeat(40))}\n\n` },
    stages: ([identity, ...rest]) => [identity, { plugin: 'limit.quota', config: { per: ['tenant'], tokens_per_minute: 100_000 } }, ...rest]
  })
  const { outcome } = await ask(scene, { model: 'test-model', stream: true, messages: [{ role: 'user', content: 'hi' }] })
  t.match(outcome, { end: 'upstream_error', usage: { output_tokens: 50, estimated: true } })
  const after = await chat(scene.gateway, 'hi', { token: scene.token })
  await after.text()
  const used = 100_000 - Number(/r=(\d+)/.exec(after.headers.get('ratelimit') ?? '')?.[1])
  t.ok(used > 50 + 1024 && used < 50 + 1024 + 100, `${used}: what the stream used and what this request reserves`)
})
