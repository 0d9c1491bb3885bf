/** No header and no field of a request names an endpoint, skips a stage, or changes the pipeline (CONTRACT 5.2). */
import t from 'tap'
import { chat } from '../helpers/gateway.ts'
import { openScene } from '../helpers/scene.ts'
import { startUpstream } from '../helpers/upstream.ts'

const secret = ['AKIA', 'Q3EGRZ7VXLPWN2DC'].join('')

t.test('a request that asks for less judgement gets all of it', async t => {
  const other = await startUpstream(t)
  const scene = await openScene(t)
  const headers: ReadonlyArray<Record<string, string>> = [
    { 'sallyport-endpoint': 'other' }, { 'sallyport-pipeline': 'none' }, { 'sallyport-skip': 'classify.patterns' }, { 'sallyport-decision': 'permit' },
    { 'sallyport-reason': '' }, { 'x-forwarded-host': `127.0.0.1:${other.port}` }, { host: `127.0.0.1:${other.port}` }, { 'x-guardrails': 'off' }, { 'x-upstream': other.url }
  ]
  for (const extra of headers) {
    const answer = await chat(scene.gateway, `use ${secret}`, { token: scene.token, headers: extra })
    t.ok([400, 403].includes(answer.status), `${JSON.stringify(extra)}: ${answer.status}`)
  }
  const fields: ReadonlyArray<Record<string, unknown>> = [
    { guardrails: [] }, { metadata: { guardrails: 'off', sallyport: { without: ['classify'] } } }, { endpoint: other.url }, { api_base: other.url }, { base_url: other.url }, { fallbacks: ['other'] }
  ]
  for (const extra of fields) {
    const answer = await chat(scene.gateway, { model: 'test-model', messages: [{ role: 'user', content: `use ${secret}` }], ...extra }, { token: scene.token })
    t.equal(answer.status, 403, JSON.stringify(extra))
  }
  t.equal(other.connections() + scene.upstream.connections(), 0)
})

t.test('a body without its content type is not passed over', async t => {
  const scene = await openScene(t)
  const answer = await fetch(`${scene.gateway.address}/v1/chat/completions`, {
    method: 'POST', headers: { authorization: `Bearer ${scene.token}` }, body: Buffer.from(JSON.stringify({ model: 'test-model', messages: [{ role: 'user', content: secret }] }))
  })
  t.equal(answer.status, 415)
  t.equal(scene.upstream.connections(), 0)
})

t.test('every message is looked at, not only the last', async t => {
  const scene = await openScene(t)
  const places: ReadonlyArray<Record<string, unknown>> = [
    { messages: [{ role: 'user', content: secret }, { role: 'assistant', content: 'ok' }, { role: 'user', content: 'thanks' }] },
    { messages: [{ role: 'system', content: secret }, { role: 'user', content: 'hi' }] },
    { messages: [{ role: 'user', content: [{ type: 'text', text: secret }] }] },
    { messages: [{ role: 'user', content: 'hi', name: secret }] },
    { messages: [{ role: 'assistant', tool_calls: [{ id: 'x', type: 'function', function: { name: 'f', arguments: JSON.stringify({ key: secret }) } }] }, { role: 'user', content: 'go' }] },
    { messages: [{ role: 'user', content: 'hi' }], tools: [{ type: 'function', function: { name: 'f', description: secret, parameters: {} } }] },
    { messages: [{ role: 'user', content: 'hi' }], stop: [secret] },
    { messages: [{ role: 'user', content: 'hi' }], user: secret },
    { messages: [{ role: 'user', content: 'hi' }], [secret]: true },
    { messages: [{ role: 'user', content: 'hi' }], vendor: { deep: [[{ x: secret }]] } }
  ]
  for (const fields of places) {
    const answer = await chat(scene.gateway, { model: 'test-model', ...fields }, { token: scene.token })
    t.equal(answer.status, 403, JSON.stringify(fields).slice(0, 60))
  }
  t.equal(scene.upstream.connections(), 0)
})
