import t from 'tap'
import { chat } from '../helpers/gateway.ts'
import { openScene } from '../helpers/scene.ts'

t.test('a permitted request', async t => {
  const scene = await openScene(t)
  const body = { messages: [{ role: 'user', content: 'Grüße, 世界 👋' }], model: 'test-model', temperature: 0.10, unknown_field: [1, 2.50] }
  const answer = await chat(scene.gateway, body, { token: scene.token, headers: { cookie: 'a=b', 'x-tenant': 'evil', 'x-forwarded-for': '1.2.3.4' } })
  const text = await answer.text()
  const { decision, outcome } = await scene.recorded(answer)

  t.test('is answered with the endpoint\'s very bytes', async t => {
    t.equal(answer.status, 200)
    t.match(JSON.parse(text), { choices: [{ message: { content: 'Hello from the test endpoint.' } }] })
  })
  t.test('says its decision, policy version and classification in headers', async t => {
    t.equal(answer.headers.get('sallyport-decision'), 'permit')
    t.match(answer.headers.get('sallyport-decision-id'), /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    t.match(answer.headers.get('sallyport-policy'), /^.+@sha256:[0-9a-f]{12}$/)
    t.equal(answer.headers.get('sallyport-classification'), 'internal')
  })
  t.test('reaches the endpoint byte for byte as it was sent', async t => {
    t.equal(scene.upstream.bodies()[0], JSON.stringify(body))
  })
  t.test('carries no credential, cookie or unlisted header to the endpoint', async t => {
    const names = Object.keys(scene.upstream.requests[0]?.headers ?? {})
    for (const name of ['authorization', 'cookie', 'x-tenant', 'x-forwarded-for']) t.notOk(names.includes(name), name)
  })
  t.test('leaves one decision record and one outcome record that name the same body', async t => {
    t.match(decision, { kind: 'decision', decision: 'permit', endpoints: ['main'], reasons: ['everyone'], principal: { subject: 'u-17', tenant: 'acme' } })
    t.match(outcome, { kind: 'outcome', end: 'ok', status: 200, endpoint: 'main', attempts: [{ endpoint: 'main', status: 200, reason: 'primary' }] })
    const { received, dispatched } = decision as unknown as Record<'received' | 'dispatched', { mac: string }>
    t.equal(received.mac, dispatched.mac)
    const [attempt] = outcome?.['attempts'] as Array<{ mac: string }>
    t.equal(attempt?.mac, dispatched.mac)
  })
  t.test('leaves a log that verifies', async t => {
    t.match(await scene.verified(), { code: 0, result: 'INTACT-FILE', open: [], violations: [], broken: null })
  })
})

t.test('a model known to the endpoint by another name: that value is replaced and no other byte', async t => {
  const upstreamName = 'gpt-4o-2024-08-06'
  const scene = await openScene(t)
  const renamed = await openScene(t, { endpoints: { main: { provider: 'openai', url: scene.upstream.url, model: upstreamName } } })
  const body = { messages: [{ role: 'user', content: 'the name test-model stays here' }], model: 'test-model', stop: 'test-model' }
  const answer = await chat(renamed.gateway, body, { token: renamed.token })
  t.equal(answer.status, 200)
  t.equal(scene.upstream.bodies()[0], JSON.stringify(body).replace('"model":"test-model"', `"model":"${upstreamName}"`))
  const { decision, outcome } = await renamed.recorded(answer)
  const [attempt] = outcome?.['attempts'] as Array<{ mac: string, model: string }>
  t.equal(attempt?.model, upstreamName)
  t.equal(attempt?.mac, (decision['dispatched'] as { mac: string }).mac, 'the MAC leaves the name out')
})
