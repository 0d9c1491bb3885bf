import t from 'tap'
import { chat } from '../helpers/gateway.ts'
import { openScene } from '../helpers/scene.ts'
import { completion } from '../helpers/upstream.ts'

t.test('a redacted request', async t => {
  const scene = await openScene(t)
  const raw = '{"model":"test-model", "messages":[{"role":"user","content":"write to jane.roe@example.com \\u0026 say \\"hi\\""}],"seed":7.0}'
  const answer = await fetch(`${scene.gateway.address}/v1/chat/completions`, {
    method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${scene.token}` }, body: raw
  })
  await answer.text()
  t.equal(answer.status, 200)
  t.equal(answer.headers.get('sallyport-decision'), 'redact')
  t.test('reaches the endpoint without the value, every other byte as it was', async t => {
    t.equal(scene.upstream.bodies()[0], raw.replace('jane.roe@example.com', '[EMAIL_ADDRESS]'))
  })
  t.test('is recorded with two MACs, and no record or log holds the value', async t => {
    const { decision } = await scene.recorded(answer)
    const { received, dispatched } = decision as unknown as Record<'received' | 'dispatched', { mac: string }>
    t.not(received.mac, dispatched.mac)
    t.notMatch(JSON.stringify(decision), /jane\.roe/)
  })
  t.match(await scene.verified(), { code: 0 })
})

const responsePolicy = `package gateway.policy.test

permit contains {"id": "everyone", "endpoints": endpoints} if {
  endpoints := {id | some id, _ in data.gateway.endpoints}
}
`

t.test('an answer is redacted and blocked by the response rules of the same policy', async t => {
  const rules = `package gateway.response.test

redact contains {"labels": ["pii.*"], "operator": "replace"}

block contains {"code": "secret_in_answer"} if {
  some label, _ in input.response.classification.labels
  startswith(label, "secret.")
}
`
  const scene = await openScene(t, { policy: { 'policy.rego': responsePolicy, 'response.rego': rules } })
  t.test('a redacted answer keeps its shape and loses the value', async t => {
    scene.upstream.play(completion('call jane.roe@example.com'))
    const answer = await chat(scene.gateway, 'who?', { token: scene.token })
    t.match(await answer.json(), { choices: [{ message: { content: 'call [EMAIL_ADDRESS]' } }], usage: { prompt_tokens: 11 } })
    const { outcome } = await scene.recorded(answer)
    t.match(outcome, { end: 'ok', response: { decision: 'redact', redactions: 1 } })
  })
  t.test('a blocked answer is 403 in the protocol\'s envelope and says nothing of the text', async t => {
    scene.upstream.play(completion('key AKIAQ3EGRZ7VXLPWN2DC'))
    const answer = await chat(scene.gateway, 'key?', { token: scene.token })
    t.equal(answer.status, 403)
    const text = await answer.text()
    t.match(JSON.parse(text), { error: { code: 'GW_RESPONSE_BLOCKED', param: null } })
    t.notMatch(text, /AKIA/)
    const { outcome } = await scene.recorded(answer)
    t.match(outcome, { end: 'blocked', status: 403, response: { decision: 'block', reasons: ['secret_in_answer'] } })
  })
})
