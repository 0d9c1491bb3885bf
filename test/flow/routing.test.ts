/**
 * What the router does beyond a plain fallback, end to end: each dial is inside the permit and on record with its reason. One gateway serves all stories: each
 * has a model of its own name, with two endpoints of its own.
 */
import t from 'tap'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../helpers/folder.ts'
import { chat } from '../helpers/gateway.ts'
import { openScene, type Scene } from '../helpers/scene.ts'
import { chatty, completion, startUpstream, type Step, type Upstream } from '../helpers/upstream.ts'

interface Story {
  /** Further keys of its model; endpoints are named `first` and `second`. */
  readonly model?: Readonly<Record<string, unknown>>
  /** Further keys of its endpoints. */
  readonly endpoint?: Readonly<Record<string, unknown>>
}

const stories = {
  failing: {},
  trial: { endpoint: { health: { consecutive_failures: 1, cool_down: '2s' } } },
  probed: { endpoint: { health: { consecutive_failures: 2, cool_down: '100ms', probe: { path: '/models', interval: '30ms' } } } },
  held: { model: { endpoints: ['first'] } },
  year: {},
  spent: {},
  limited: { endpoint: { limit: { requests_per_minute: 1 } } },
  retried: { model: { endpoints: ['first'], retries: 1 } },
  answered: { model: { endpoints: ['first'], retries: 5 }, endpoint: { health: { consecutive_failures: 100 } } },
  long: {},
  long_alone: { model: { endpoints: ['first'] } },
  filtered: {},
  filtered_open: { model: { fallback_on: ['content_filter'] } },
  hedged: { model: { hedge: { after: '50ms' } } },
  hedged_stream: { model: { hedge: { after: '50ms' } } },
  hedged_first: { model: { hedge: { after: '20ms' } } },
  permitted_hedge: { model: { hedge: { after: '20ms' } } },
  mirrored: { model: { mirror: { endpoints: ['second'] } } },
  logged: { model: { mirror: { endpoints: ['second'] } } },
  permitted_mirror: { model: { mirror: { endpoints: ['second'] } } },
  classed: { model: { workloads: { batch: { endpoints: ['second'] } } } },
  redirected: { model: { endpoints: ['first'] } },
  headers: { model: { endpoints: ['first'] } }
} as const satisfies Record<string, Story>

type Name = keyof typeof stories

/** Stories whose name says so have their first endpoint alone in the permit. */
const policy = `package gateway.policy.test

permit contains {"id": "everyone", "endpoints": endpoints} if {
  not startswith(input.request.model, "permitted_")
  endpoints := {id | some id, _ in data.gateway.endpoints}
}

permit contains {"id": "first_only", "endpoints": endpoints} if {
  startswith(input.request.model, "permitted_")
  endpoints := {id | some id, _ in data.gateway.endpoints; endswith(id, ".first")}
}
`

/** The answer of any other endpoint of that story is blocked. */
const responsePolicy = `package gateway.response.test

block contains {"code": "other_endpoint"} if {
  input.request.model == "hedged_first"
  input.response.endpoint != "hedged_first.first"
}
`

type Attempts = ReadonlyArray<Record<string, unknown>>

const failing: Step = { kind: 'json', status: 500, body: {} }

const upstreams = new Map<string, Upstream>()
const names = Object.keys(stories) as Name[]
for (const name of names) for (const place of ['first', 'second']) upstreams.set(`${name}.${place}`, await startUpstream(t, chatty(`from the ${place}`)))

const logFile = join(temporaryFolder(t), 'operational.log')

const scene = await openScene(t, {
  endpoints: Object.fromEntries([...upstreams].map(([id, { url }]) => [id, { provider: 'openai', url, ...endpointOf(id) }])),
  models: Object.fromEntries(names.map(name => [name, modelOf(name)])),
  policy: { 'policy.rego': policy, 'response.rego': responsePolicy },
  extra: { workloads: [{ workload: 'batch', model: 'classed', least_tokens: 50 }], log: { file: logFile } }
})

function endpointOf (id: string): Readonly<Record<string, unknown>> {
  const story: Story = stories[id.split('.')[0] as Name]
  return story.endpoint ?? {}
}

/** Endpoints are named in full: `first` of the story `held` is `held.first`. */
function modelOf (name: Name): Readonly<Record<string, unknown>> {
  const { model = {} }: Story = stories[name]
  const text = JSON.stringify({ endpoints: ['first', 'second'], ...model }).replaceAll('"first"', `"${name}.first"`).replaceAll('"second"', `"${name}.second"`)
  return JSON.parse(text) as Readonly<Record<string, unknown>>
}

function play (name: Name): { readonly first: Upstream, readonly second: Upstream, ask (body?: string | object): ReturnType<typeof ask> } {
  const [first, second] = ['first', 'second'].map(place => upstreams.get(`${name}.${place}`))
  if (first === undefined || second === undefined) throw new Error(`there is no story ${name}`)
  return { first, second, ask: async (body = 'hi') => await ask(scene, name, body) }
}

async function ask (scene: Scene, model: string, body: string | object = 'hi', headers: Record<string, string> = {}): Promise<{ status: number, text: string, answer: Response, attempts: Attempts, outcome: Readonly<Record<string, unknown>> | null }> {
  const messages = [{ role: 'user', content: body }]
  const answer = await chat(scene.gateway, typeof body === 'string' ? { model, messages } : { model, ...body }, { token: scene.token, headers })
  const text = await answer.text()
  const { outcome } = await scene.recorded(answer)
  const attempts = outcome?.['attempts'] as Attempts | undefined ?? []
  return { status: answer.status, text, answer, outcome, attempts: attempts.map(attempt => ({ ...attempt, endpoint: String(attempt['endpoint']).split('.').at(-1) })) }
}

async function stateOf (name: Name): Promise<Record<string, unknown>> {
  return (await (await fetch(`${scene.gateway.adminAddress}/endpoints`)).json() as Record<string, Record<string, unknown>>)[`${name}.first`] ?? {}
}

async function until (condition: () => Promise<boolean>): Promise<void> {
  while (!await condition()) await new Promise(resolve => setTimeout(resolve, 10))
}

t.test('an endpoint that fails three times in a row gets nothing more; the reason is its health', async t => {
  const { first, second, ask } = play('failing')
  first.play(failing)
  for (let i = 0; i < 3; i++) t.match((await ask()).attempts, [{ endpoint: 'first', reason: 'primary' }, { endpoint: 'second', reason: 'fallback' }])
  t.match((await ask()).attempts, [{ endpoint: 'second', reason: 'health', status: 200 }])
  t.equal(first.requests.length, 3)
  t.equal(second.requests.length, 4)
  t.match(await stateOf('failing'), { circuit: 'open', active: 0 })
  const metrics = await (await fetch(`${scene.gateway.adminAddress}/metrics`)).text()
  t.match(metrics, 'sallyport_endpoint_circuit{endpoint="failing.first"} 2')
  t.match(metrics, 'sallyport_attempts_total{endpoint="failing.second",result="ok",reason="health"} 1')
  t.match(metrics, 'sallyport_tokens_total{endpoint="failing.second",kind="output"}')
})

t.test('a half-open endpoint gets one trial, and is back when it succeeds', async t => {
  const { first, ask } = play('trial')
  first.play(failing)
  await ask()
  t.match((await ask()).attempts, [{ endpoint: 'second', reason: 'health' }])
  first.play(chatty('back'))
  await until(async () => (await stateOf('trial'))['circuit'] === 'half_open')
  t.match((await ask()).attempts, [{ endpoint: 'first', reason: 'primary', status: 200 }])
})

t.test('a probe finds out that an endpoint fails before a caller does, and that it is back', async t => {
  const { first, ask } = play('probed')
  first.play(request => request.method === 'GET' ? failing : completion('x'))
  await until(async () => (await stateOf('probed'))['circuit'] !== 'closed')
  t.match(first.requests[0], { method: 'GET', url: '/v1/models' })
  for (let i = 0; i < 5; i++) {
    t.match((await ask()).attempts, [{ endpoint: 'second', reason: 'health' }], 'the trial is the probe\'s, no caller\'s')
    await new Promise(resolve => setTimeout(resolve, 30))
  }
  first.play(chatty('back'))
  await until(async () => (await stateOf('probed'))['circuit'] === 'closed')
  t.match((await ask()).attempts, [{ endpoint: 'first', reason: 'primary' }])
})

t.test('an endpoint that says 429 is left alone as long as it asks, and the caller is told the same', async t => {
  const { first, ask } = play('held')
  first.play({ kind: 'json', status: 429, body: {}, headers: { 'retry-after': '30' } })
  const refused = await ask()
  t.equal(refused.status, 429)
  t.equal(refused.answer.headers.get('retry-after'), '30')
  const again = await ask()
  t.equal(again.status, 429)
  t.match(JSON.parse(again.text), { error: { code: 'GW_UPSTREAM_RATE_LIMITED' } })
  t.match(again.answer.headers.get('retry-after'), /^(2[5-9]|30)$/)
  t.match(again.outcome, { end: 'not_dialled', attempts: [] })
  t.equal(first.requests.length, 1)
})

t.test('a Retry-After of a year is on record as the 429 it is, and holds the endpoint no longer than five minutes', async t => {
  const { first, ask } = play('year')
  first.play({ kind: 'json', status: 429, body: {}, headers: { 'retry-after': '31536000' } })
  t.match((await ask()).attempts, [{ endpoint: 'first', status: 429, error: 'GW_UPSTREAM_RATE_LIMITED' }, { endpoint: 'second', status: 200 }])
  const heldMs = Number((await stateOf('year'))['held_for_ms'])
  t.ok(heldMs > 270_000 && heldMs <= 300_000, `${heldMs}`)
})

t.test('a provider whose headers say that nothing is left is passed over until it says there is', async t => {
  const { first, second, ask } = play('spent')
  const step = completion('x')
  first.play(step.kind === 'json' ? { ...step, headers: { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '20s' } } : step)
  t.match((await ask()).attempts, [{ endpoint: 'first' }])
  t.match((await ask()).attempts, [{ endpoint: 'second', reason: 'primary' }])
  t.equal(first.requests.length + second.requests.length, 2)
})

t.test('an endpoint\'s own limits are kept: what is beyond goes elsewhere, or is told when to come again, undialled', async t => {
  const { ask } = play('limited')
  t.match((await ask()).attempts, [{ endpoint: 'first' }])
  t.match((await ask()).attempts, [{ endpoint: 'second' }])
  const third = await ask()
  t.equal(third.status, 503)
  t.match(JSON.parse(third.text), { error: { code: 'GW_ROUTE_NO_ENDPOINT_HEALTHY' } })
  t.match(third.answer.headers.get('retry-after'), /^(5\d|6[01])$/)
  t.match(third.outcome, { end: 'not_dialled', attempts: [] })
})

t.test('an endpoint that could not be reached is dialled again where the model says so', async t => {
  const { first, ask } = play('retried')
  first.play((_request, index) => index === 0 ? { kind: 'cut', after: 'request' } : completion('second time'))
  const { status, attempts } = await ask()
  t.equal(status, 200)
  t.match(attempts, [{ endpoint: 'first', reason: 'primary', status: null, error: 'GW_UPSTREAM_FAILED' }, { endpoint: 'first', reason: 'retry', status: 200, error: null }])
})

t.test('a request that an endpoint had answered is not sent to it again, whatever the answer was', async t => {
  const { first, ask } = play('answered')
  for (const [index, step] of ([failing, { kind: 'garbage' }, { kind: 'cut', after: 'head' }, { kind: 'json', status: 429, body: {} }] as const).entries()) {
    first.play(step)
    const { status } = await ask()
    t.ok(status >= 429)
    t.equal(first.requests.length, index + 1)
  }
})

const tooLong = { error: { message: 'This model\'s maximum context length is 10 tokens.', type: 'invalid_request_error', code: 'context_length_exceeded', param: 'messages' } }

t.test('a request that an endpoint found too long goes to another; where there is none its own answer passes', async t => {
  const { first, ask } = play('long')
  first.play({ kind: 'json', status: 400, body: tooLong })
  const fallen = await ask()
  t.equal(fallen.status, 200)
  t.match(fallen.attempts, [{ endpoint: 'first', status: 400, error: 'GW_ROUTE_CONTEXT_TOO_LONG' }, { endpoint: 'second', reason: 'fallback', status: 200 }])
  const alone = play('long_alone')
  alone.first.play({ kind: 'json', status: 400, body: tooLong })
  const passed = await alone.ask()
  t.equal(passed.status, 400)
  t.same(JSON.parse(passed.text), tooLong)
  t.match(passed.outcome, { end: 'ok', status: 400 })
  t.match(passed.attempts, [{ endpoint: 'first', status: 400, error: null }])
})

t.test('what an endpoint\'s content filter refused goes elsewhere only where the model says so', async t => {
  const filtered: Step = { kind: 'json', status: 400, body: { error: { message: 'filtered', code: 'content_filter' } } }
  const closed = play('filtered')
  closed.first.play(filtered)
  t.match(await closed.ask(), { status: 400, attempts: [{ endpoint: 'first', error: null }] })
  t.equal(closed.second.requests.length, 0)
  const open = play('filtered_open')
  open.first.play(filtered)
  t.match(await open.ask(), { status: 200, attempts: [{ endpoint: 'first', error: 'GW_UPSTREAM_CONTENT_FILTER' }, { endpoint: 'second' }] })
})

t.test('a hedge is asked when the first says nothing; the first answer wins and the other dial is on record', async t => {
  const { first, second, ask } = play('hedged')
  first.play({ kind: 'stall', after: 'request' })
  const startedMs = performance.now()
  const { status, attempts } = await ask()
  t.equal(status, 200)
  t.ok(performance.now() - startedMs < 10_000)
  t.match(attempts.find(({ endpoint }) => endpoint === 'first'), { reason: 'primary', status: null, error: 'GW_UPSTREAM_ABANDONED' })
  t.match(attempts.find(({ endpoint }) => endpoint === 'second'), { reason: 'hedge', status: 200, error: null })
  t.equal(first.requests.length + second.requests.length, 2)
  t.match(await stateOf('hedged'), { circuit: 'closed', active: 0 }, 'a slow answer that was given up is no failure of the endpoint')
})

t.test('a hedge of a stream wins as well', async t => {
  const { first, ask } = play('hedged_stream')
  first.play({ kind: 'stall', after: 'request' })
  const { status, text, outcome } = await ask({ stream: true, messages: [{ role: 'user', content: 'hi' }] })
  t.equal(status, 200)
  t.match(text, /second/)
  t.match(outcome, { endpoint: 'hedged_stream.second', end: 'ok' })
})

t.test('where the first answers after all, it is judged as the answer of the first', async t => {
  const { first, second, ask } = play('hedged_first')
  let hedged = (): void => {}
  first.play({ kind: 'wait', until: new Promise<void>(resolve => { hedged = resolve }), then: completion('after all') })
  second.play(() => {
    hedged()
    return { kind: 'stall', after: 'request' }
  })
  const { status, text, outcome } = await ask()
  t.equal(status, 200, text)
  t.match(outcome, { endpoint: 'hedged_first.first', end: 'ok', response: { decision: 'permit' } })
})

t.test('a hedge stays inside the permit', async t => {
  const { first, second, ask } = play('permitted_hedge')
  first.play({ kind: 'wait', until: new Promise(resolve => setTimeout(resolve, 150)), then: completion('late') })
  t.match((await ask()).attempts, [{ endpoint: 'first', reason: 'primary' }])
  t.equal(second.connections(), 0)
})

t.test('mirrors get a copy, the caller gets the first answer, and neither waits for the other', async t => {
  const { second, ask } = play('mirrored')
  second.play({ kind: 'stall', after: 'request' })
  const { status, text, attempts } = await ask()
  t.equal(status, 200)
  t.match(text, /from the first/)
  t.match(attempts, [{ endpoint: 'first', reason: 'primary', status: 200 }, { endpoint: 'second', reason: 'mirror', status: null, error: null }], 'under way when the outcome was written')
  const copy = await second.request(0)
  t.match(copy.body.toString(), /"hi"/)
  t.match(attempts[1]?.['mac'], /^hmac-sha256:/)
})

t.test('the operational log has a line for each dial, mirrors and all, by the id of the decision, and nothing of who or what', async t => {
  const { ask } = play('logged')
  const { answer } = await ask('a word of the prompt: zanzibar')
  const id = answer.headers.get('sallyport-decision-id') ?? ''
  const lines = (): Array<Record<string, unknown>> => readFileSync(logFile, 'utf8').split('\n').filter(line => line.includes(id)).map(line => JSON.parse(line) as Record<string, unknown>)
  await until(async () => lines().length === 2)
  t.match(lines().sort((a, b) => String(a['endpoint']).localeCompare(String(b['endpoint']))), [
    { endpoint: 'logged.first', reason: 'primary', attempt: 1, status: 200, code: null, milliseconds: Number, first_byte_ms: Number, input_tokens: 11, output_tokens: 7 },
    { endpoint: 'logged.second', reason: 'mirror', status: 200, code: null, milliseconds: Number }
  ])
  const all = readFileSync(logFile, 'utf8')
  for (const secret of ['zanzibar', 'u-17', scene.token, 'everyone']) t.notMatch(all, secret)
})

t.test('a mirror outside the permit gets nothing', async t => {
  const { second, ask } = play('permitted_mirror')
  t.match((await ask()).attempts, [{ endpoint: 'first' }])
  t.equal(second.connections(), 0)
})

t.test('a class of requests may have its own order', async t => {
  const { ask } = play('classed')
  t.match((await ask('short')).attempts, [{ endpoint: 'first' }])
  t.match((await ask('long '.repeat(100))).attempts, [{ endpoint: 'second', reason: 'primary' }])
})

t.test('a redirect is never followed', async t => {
  const { first, second, ask } = play('redirected')
  first.play({ kind: 'json', status: 307, body: {}, headers: { location: `${second.url}/chat/completions` } })
  const { status, attempts } = await ask()
  t.equal(status, 502)
  t.match(attempts, [{ status: 307, error: 'GW_UPSTREAM_BAD_RESPONSE' }])
  t.equal(second.connections(), 0)
})

t.test('headers of an endpoint that are too large make no answer', async t => {
  const { first, ask } = play('headers')
  first.play({ kind: 'json', body: {}, headers: { 'x-large': 'x'.repeat(100_000) } })
  t.match(await ask(), { status: 502, outcome: { end: 'upstream_error' } })
})

t.test('bad input gets a clear error, on record', async t => {
  const model = 'filtered_open'
  const seen = play(model).first.requests.length
  const cases: Array<[body: object, headers: Record<string, string>, status: number, code: string]> = [
    [{ model: '', messages: [] }, {}, 400, 'GW_REQUEST_MODEL_MISSING'],
    [{ model: 'nobody', messages: [] }, {}, 404, 'GW_ROUTE_MODEL_UNKNOWN'],
    [{ model, messages: [], max_tokens: -5 }, {}, 400, 'GW_REQUEST_INVALID'],
    [{ model, messages: [], max_tokens: 1e300 }, {}, 400, 'GW_REQUEST_INVALID'],
    ...['-1s', '1e3s', '0s', '99999999999s', '', '5'].map((value): [object, Record<string, string>, number, string] => [{ model, messages: [] }, { 'sallyport-latency-budget': value }, 400, 'GW_REQUEST_INVALID']),
    ...['-0.1', '1e2', 'NaN', '9999999', '0.0000001'].map((value): [object, Record<string, string>, number, string] => [{ model, messages: [] }, { 'sallyport-cost-budget': value }, 400, 'GW_REQUEST_INVALID'])
  ]
  for (const [body, headers, status, code] of cases) {
    const answer = await chat(scene.gateway, body, { token: scene.token, headers })
    t.equal(answer.status, status, JSON.stringify([body, headers]))
    t.match(await answer.json(), { error: { code } })
    t.match((await scene.recorded(answer)).decision, { decision: 'deny' })
  }
  t.equal(play(model).first.requests.length, seen)
})

t.test('a family is served by its first model that is permitted, an alias by its model; each endpoint is sent a name that it knows', async t => {
  const upstream = await startUpstream(t)
  const main = { provider: 'openai', url: upstream.url }
  const scene = await openScene(t, {
    endpoints: { main, named: { ...main, model: 'gpt-4-0613' } },
    models: { 'gpt-4o': { family: 'gpt-4', aliases: ['latest'], endpoints: ['main'] }, 'gpt-4-old': { family: 'gpt-4', endpoints: ['named'] } }
  })
  const sent = (): unknown => (JSON.parse(upstream.bodies().at(-1) ?? '{}') as { model?: unknown }).model
  const byFamily = await ask(scene, 'gpt-4')
  t.equal(sent(), 'gpt-4o')
  t.match(byFamily.attempts, [{ endpoint: 'main', model: 'gpt-4o' }])
  const byAlias = await ask(scene, 'latest')
  t.equal(sent(), 'gpt-4o')
  const { decision } = await scene.recorded(byAlias.answer)
  t.match(decision, { request: { model: 'gpt-4o' }, input: { resource: { id: 'gpt-4o', family: 'gpt-4' } } })
  await ask(scene, 'gpt-4-old')
  t.equal(sent(), 'gpt-4-0613')
  t.equal((await ask(scene, 'gpt-4o')).status, 200)
})

t.test('a stream that is cut is settled with what came of it', async t => {
  const chunk = (content: string): string => JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1700000000, model: 'test-model', choices: [{ index: 0, delta: { content }, finish_reason: null }] })
  const scene = await openScene(t, {
    script: { kind: 'bytes', headers: { 'content-type': 'text/event-stream' }, body: `data: ${chunk('word '.repeat(40))}\n\n` },
    stages: ([identity, ...rest]) => [identity, { plugin: 'limit.quota', config: { per: ['tenant'], tokens_per_minute: 100_000 } }, ...rest]
  })
  const { outcome } = await ask(scene, 'test-model', { stream: true, messages: [{ role: 'user', content: 'hi' }] })
  t.match(outcome, { end: 'upstream_error', usage: { output_tokens: 50, estimated: true } })
  const after = await chat(scene.gateway, 'hi', { token: scene.token })
  await after.text()
  const used = 100_000 - Number(/r=(\d+)/.exec(after.headers.get('ratelimit') ?? '')?.[1])
  t.ok(used > 50 + 1024 && used < 50 + 1024 + 100, `${used}: what the stream used and what this request reserves`)
})
