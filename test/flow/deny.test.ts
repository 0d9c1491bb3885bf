import t from 'tap'
import { chat, records } from '../helpers/gateway.ts'
import { openScene } from '../helpers/scene.ts'

const secret = 'AKIAQ3EGRZ7VXLPWN2DC'

t.test('a denied request', async t => {
  const scene = await openScene(t)
  const answer = await chat(scene.gateway, `use ${secret}`, { token: scene.token })
  const text = await answer.text()
  t.test('is 403 in the protocol\'s envelope, not to be retried', async t => {
    t.equal(answer.status, 403)
    t.match(JSON.parse(text), { error: { code: 'GW_POLICY_DENIED', param: null } })
    t.equal(answer.headers.get('x-should-retry'), 'false')
    t.equal(answer.headers.get('sallyport-decision'), 'deny')
  })
  t.test('never reaches the endpoint, not even a connection', async t => {
    t.equal(scene.upstream.connections(), 0)
  })
  t.test('is on record with every forbid that fired and no outcome', async t => {
    const { decision, outcome } = await scene.recorded(answer)
    t.match(decision, { decision: 'deny', reasons: ['secret_found'], endpoints: [], dispatched: null, classification: { tag: 'restricted' } })
    t.equal(outcome, null)
    t.notMatch(JSON.stringify(decision) + text, new RegExp(secret))
  })
})

t.test('a stranger is refused before the body is opened', async t => {
  const scene = await openScene(t)
  const cases = [
    { name: 'no credential', headers: {}, code: 'GW_IDENTITY_MISSING' },
    { name: 'garbage', headers: { authorization: 'Bearer garbage' }, code: 'GW_IDENTITY_INVALID' },
    { name: 'expired', headers: { authorization: `Bearer ${await scene.issuer.sign(undefined, { expiresInSeconds: -120 })}` }, code: 'GW_IDENTITY_EXPIRED' }
  ]
  for (const { name, headers, code } of cases) {
    await t.test(name, async t => {
      const answer = await fetch(`${scene.gateway.address}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'text/plain', ...headers }, body: 'not json' })
      t.equal(answer.status, 401)
      t.match(await answer.json(), { error: { code } })
      t.match(answer.headers.get('www-authenticate'), /^Bearer /)
      const { decision } = await scene.recorded(answer)
      t.match(decision, { decision: 'deny', principal: null, received: null, policy: null })
    })
  }
  t.equal(scene.upstream.connections(), 0)
})

t.test('refusals of strangers beyond the rate are 429, counted and not recorded', async t => {
  const scene = await openScene(t, { extra: { unidentified: { per_peer: '2/s', total: '2/s' } } })
  const answers = await Promise.all(Array.from({ length: 12 }, async () => await chat(scene.gateway, 'hi')))
  const limited = answers.filter(({ status }) => status === 429)
  t.ok(limited.length >= 6, `${limited.length} of 12 were counted`)
  t.equal(limited[0]?.headers.get('retry-after'), '1')
  t.equal(limited[0]?.headers.get('sallyport-decision-id'), null)
  t.equal((await chat(scene.gateway, 'hi', { token: scene.token })).status, 200, 'a valid credential never meets the rate')
  await new Promise(resolve => setTimeout(resolve, 1500))
  const counted = (await records(scene.data)).map(({ body }) => body).filter(({ kind, event }) => kind === 'system' && event === 'refused')
  const total = counted.flatMap(({ counts }) => Object.values(counts as Record<string, number>)).reduce((sum, n) => sum + n, 0)
  t.equal(total, limited.length)
})

t.test('what cannot be read is refused in the envelope and on record', async t => {
  const scene = await openScene(t, { extra: { body_limit: '4KiB' } })
  const deep = '['.repeat(2000) + ']'.repeat(2000)
  const good = '{"model":"test-model","messages":[{"role":"user","content":"hi"}]}'
  const cases: Array<[name: string, status: number, code: string, body: string | Uint8Array, headers?: Record<string, string>]> = [
    ['no JSON', 400, 'GW_CLASSIFY_UNREADABLE', '{"model":'],
    ['an empty body', 400, 'GW_CLASSIFY_UNREADABLE', ''],
    ['bad UTF-8', 400, 'GW_CLASSIFY_UNREADABLE', Buffer.concat([Buffer.from('{"model":"test-model","messages":[{"role":"user","content":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}]}')])],
    ['a repeated key', 400, 'GW_CLASSIFY_DUPLICATE_KEY', '{"model":"test-model","messages":[],"m\\u006fdel":"other"}'],
    ['deep nesting', 400, 'GW_CLASSIFY_TOO_DEEP', `{"model":"test-model","messages":[{"role":"user","content":"x"}],"a":${deep}}`.slice(0, 4050)],
    ['a body over the limit', 413, 'GW_CLASSIFY_TOO_LARGE', JSON.stringify({ model: 'test-model', messages: [{ role: 'user', content: 'x'.repeat(5000) }] })],
    ['another content type', 415, 'GW_CLASSIFY_MEDIA_TYPE', good, { 'content-type': 'text/plain' }],
    ['a malformed content type', 415, 'GW_CLASSIFY_MEDIA_TYPE', good, { 'content-type': '///' }],
    ['an encoded body', 415, 'GW_CLASSIFY_MEDIA_TYPE', good, { 'content-encoding': 'gzip' }],
    ['no model', 400, 'GW_REQUEST_MODEL_MISSING', '{"messages":[]}'],
    ['an unknown model', 404, 'GW_ROUTE_MODEL_UNKNOWN', good.replace('test-model', 'other')],
    ['a malformed budget', 400, 'GW_REQUEST_INVALID', good, { 'sallyport-latency-budget': 'soon' }],
    ['a role that is not held', 403, 'GW_POLICY_ROLE_NOT_HELD', good, { 'sallyport-role': 'admin' }],
    ['a role that is not held, though the body could not be read either', 403, 'GW_POLICY_ROLE_NOT_HELD', '{"model":', { 'sallyport-role': 'admin' }]
  ]
  for (const [name, status, code, body, headers] of cases) {
    await t.test(`${name}: ${code}`, async t => {
      const answer = await fetch(`${scene.gateway.address}/v1/chat/completions`, {
        method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${scene.token}`, ...headers }, body
      })
      t.equal(answer.status, status)
      t.match(await answer.json(), { error: { code, param: null } })
      const { decision } = await scene.recorded(answer)
      t.match(decision, { decision: 'deny', principal: { subject: 'u-17' } })
    })
  }
  t.equal(scene.upstream.connections(), 0)
  t.match(await scene.verified(), { code: 0 })
})

t.test('no route is 404 and a wrong method 405, neither on record', async t => {
  const scene = await openScene(t)
  const before = (await records(scene.data)).length
  t.equal((await chat(scene.gateway, 'hi', { path: '/v1/none', token: scene.token })).status, 404)
  const wrong = await fetch(`${scene.gateway.address}/v1/chat/completions`, { headers: { authorization: `Bearer ${scene.token}` } })
  t.equal(wrong.status, 405)
  t.equal(wrong.headers.get('allow'), 'POST')
  t.equal((await records(scene.data)).length, before)
})
