import t from 'tap'
import { chat } from '../helpers/gateway.ts'
import { openScene } from '../helpers/scene.ts'
import { completionStream } from '../helpers/upstream.ts'

const ask = { model: 'test-model', stream: true, messages: [{ role: 'user', content: 'hi' }] }

const policy = `package gateway.policy.test

permit contains {"id": "everyone", "endpoints": ["main"]}
`
const response = `package gateway.response.test

redact contains {"labels": ["pii.*"], "operator": "replace"}

block contains {"code": "secret_in_answer"} if {
  some label, _ in input.response.classification.labels
  startswith(label, "secret.")
}
`

function deltas (text: string): string {
  return text.split('\n').filter(line => line.startsWith('data: {'))
    .map(line => (JSON.parse(line.slice(6)) as { choices: Array<{ delta: { content?: string } }> }).choices[0]?.delta.content ?? '').join('')
}

t.test('a stream', async t => {
  const scene = await openScene(t, { policy: { 'p.rego': policy, 'r.rego': response } })
  t.test('with nothing found is released byte for byte', async t => {
    scene.upstream.play(completionStream(['Hel', 'lo ', 'world']))
    const answer = await chat(scene.gateway, ask, { token: scene.token })
    t.equal(answer.headers.get('content-type'), 'text/event-stream')
    const text = await answer.text()
    t.equal(deltas(text), 'Hello world')
    t.match(text, /data: \[DONE\]\n\n$/)
  })
  t.test('loses a value that was split over chunks', async t => {
    scene.upstream.play(completionStream(['mail jane.r', 'oe@exam', 'ple.com now']))
    const answer = await chat(scene.gateway, ask, { token: scene.token })
    t.equal(deltas(await answer.text()), 'mail [EMAIL_ADDRESS] now')
  })
  t.test('that is blocked ends in the protocol\'s own way, with nothing of the text', async t => {
    scene.upstream.play(completionStream(['key AKIAQ3EG', 'RZ7VXLPWN2DC ok']))
    const answer = await chat(scene.gateway, ask, { token: scene.token })
    const text = await answer.text()
    t.match(text, /"finish_reason":"content_filter"/)
    t.match(text, /data: \[DONE\]\n\n$/)
    t.notMatch(text, /AKIA|key/)
    const { outcome } = await scene.recorded(answer)
    t.match(outcome, { end: 'blocked', response: { decision: 'block' } })
  })
  t.test('without its end is no answer', async t => {
    scene.upstream.play({ kind: 'sse', events: ['{"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"half"}}]}'] })
    const answer = await chat(scene.gateway, ask, { token: scene.token })
    t.equal(answer.status, 502)
    t.notMatch(await answer.text(), /half/)
  })
})
