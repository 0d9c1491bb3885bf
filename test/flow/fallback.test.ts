import t from 'tap'
import { chat } from '../helpers/gateway.ts'
import { openScene } from '../helpers/scene.ts'
import { chatty, completion, startUpstream, type Step } from '../helpers/upstream.ts'

type Attempts = Array<Record<string, unknown>>

t.test('an endpoint that fails before an answer gives way to the next of the permit', async t => {
  const failures: Array<[name: string, step: Step, code: string]> = [
    ['a 500', { kind: 'json', status: 500, body: { error: 'x' } }, 'GW_UPSTREAM_FAILED'],
    ['a 503', { kind: 'json', status: 503, body: {} }, 'GW_UPSTREAM_FAILED'],
    ['a 429', { kind: 'json', status: 429, body: {}, headers: { 'retry-after': '7' } }, 'GW_UPSTREAM_RATE_LIMITED'],
    ['a 401', { kind: 'json', status: 401, body: {} }, 'GW_UPSTREAM_REFUSED'],
    ['a reset connection', { kind: 'cut', after: 'request' }, 'GW_UPSTREAM_FAILED'],
    ['bytes that are no HTTP', { kind: 'garbage' }, 'GW_UPSTREAM_BAD_RESPONSE'],
    ['a redirect', { kind: 'bytes', status: 302, body: '', headers: { location: 'http://127.0.0.1:1/' } }, 'GW_UPSTREAM_BAD_RESPONSE']
  ]
  const second = await startUpstream(t, chatty('from the second'))
  for (const [name, step, code] of failures) {
    await t.test(name, async t => {
      const first = await startUpstream(t, step)
      const scene = await openScene(t, { endpoints: { first, second } })
      const answer = await chat(scene.gateway, 'hi', { token: scene.token })
      t.equal(answer.status, 200)
      t.match(await answer.json(), { choices: [{ message: { content: 'from the second' } }] })
      t.equal(first.requests.length, 1, 'the failing endpoint was asked once: nothing retries below the pipeline')
      const { outcome } = await scene.recorded(answer)
      t.match(outcome?.['attempts'] as Attempts, [{ endpoint: 'first', error: code, reason: 'primary' }, { endpoint: 'second', status: 200, error: null, reason: 'fallback' }])
    })
  }
})

t.test('a refused connection gives way too', async t => {
  const first = await startUpstream(t)
  const second = await startUpstream(t, chatty('from the second'))
  await first.refuse()
  const scene = await openScene(t, { endpoints: { first, second } })
  const answer = await chat(scene.gateway, 'hi', { token: scene.token })
  t.equal(answer.status, 200)
  await answer.text()
})

t.test('the chain never leaves the permit, whatever fails', async t => {
  const first = await startUpstream(t, { kind: 'json', status: 500, body: {} })
  const second = await startUpstream(t)
  const policy = 'package gateway.policy.test\n\npermit contains {"id": "first_only", "endpoints": ["first"]}\n'
  const scene = await openScene(t, { endpoints: { first, second }, policy: { 'policy.rego': policy } })
  const answer = await chat(scene.gateway, 'hi', { token: scene.token })
  t.equal(answer.status, 502)
  t.match(await answer.json(), { error: { code: 'GW_UPSTREAM_FAILED' } })
  t.equal(second.connections(), 0)
  const { decision, outcome } = await scene.recorded(answer)
  t.match(decision, { endpoints: ['first'] })
  t.match(outcome, { end: 'upstream_error', status: 502, attempts: [{ endpoint: 'first' }] })
})

t.test('the last failure decides the answer', async t => {
  const cases: Array<[step: Step, status: number, code: string, end: string]> = [
    [{ kind: 'json', status: 429, body: {}, headers: { 'retry-after': '7' } }, 429, 'GW_UPSTREAM_RATE_LIMITED', 'upstream_error'],
    [{ kind: 'json', status: 403, body: {} }, 502, 'GW_UPSTREAM_REFUSED', 'upstream_error'],
    [{ kind: 'cut', after: 'head' }, 502, 'GW_UPSTREAM_FAILED', 'upstream_error'],
    [{ kind: 'stall', after: 'request' }, 504, 'GW_UPSTREAM_TIMEOUT', 'timeout'],
    [{ kind: 'stall', after: 'head' }, 504, 'GW_UPSTREAM_TIMEOUT', 'timeout'],
    [{ kind: 'bytes', body: '{"choices":', headers: { 'content-type': 'application/json' } }, 502, 'GW_UPSTREAM_BAD_RESPONSE', 'upstream_error'],
    [{ kind: 'bytes', body: '<html>', headers: { 'content-type': 'text/html' } }, 502, 'GW_UPSTREAM_BAD_RESPONSE', 'upstream_error']
  ]
  for (const [step, status, code, end] of cases) {
    const upstream = await startUpstream(t, step)
    const timeout = { connect: '500ms', first_token: '500ms', idle: '500ms', total: '20s' }
    const scene = await openScene(t, { endpoints: { main: { provider: 'openai', url: upstream.url, timeout } } })
    await t.test(`${step.kind} ${'status' in step ? step.status : ''}: ${status} ${code}`, async t => {
      const answer = await chat(scene.gateway, 'hi', { token: scene.token })
      const text = await answer.text()
      t.equal(answer.status, status)
      t.match(JSON.parse(text), { error: { code } })
      t.notMatch(text, /127\.0\.0\.1|ECONN|UND_ERR/)
      if (status === 429) t.equal(answer.headers.get('retry-after'), '7')
      const { outcome } = await scene.recorded(answer)
      t.match(outcome, { end, status })
    })
  }
})

t.test('another 4xx of an endpoint passes through the response stage', async t => {
  const body = { error: { message: 'no such parameter', type: 'invalid_request_error', code: 'x', param: null } }
  const scene = await openScene(t, { script: { kind: 'json', status: 422, body } })
  const answer = await chat(scene.gateway, 'hi', { token: scene.token })
  t.equal(answer.status, 422)
  t.strictSame(await answer.json(), body)
  const { outcome } = await scene.recorded(answer)
  t.match(outcome, { end: 'ok', status: 422 })
})

t.test('headers of an answer pass by the allow-list', async t => {
  const step = completion('x')
  const headers = { 'set-cookie': 'a=b', server: 'secret/1', location: '/x', 'x-request-id': 'req-1', 'x-ratelimit-remaining-requests': '5', 'x-internal': 'y' }
  const scene = await openScene(t, { script: step.kind === 'json' ? { ...step, headers } : step })
  const answer = await chat(scene.gateway, 'hi', { token: scene.token })
  await answer.text()
  for (const name of ['set-cookie', 'server', 'location', 'x-internal']) t.equal(answer.headers.get(name), null, name)
  t.equal(answer.headers.get('x-request-id'), 'req-1')
  t.equal(answer.headers.get('x-ratelimit-remaining-requests'), '5')
})
