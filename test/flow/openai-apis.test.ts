/** The official `openai` client on the APIs beside chat completions, by changing its base URL. */
import OpenAI from 'openai'
import t from 'tap'
import { eventStream, functionEvents, functionItem, messageItem, responseOf, textEvents, typedEvents } from '../helpers/dialects.ts'
import { openScene, type Scene } from '../helpers/scene.ts'

const policy = `package gateway.policy.test

permit contains {"id": "everyone", "endpoints": endpoints, "server_side": ["stored"]} if {
  endpoints := {id | some id, _ in data.gateway.endpoints}
}

forbid contains {"code": "secret_found"} if {
  some label, _ in input.classification.labels
  startswith(label, "secret.")
}
`

const responseRules = `package gateway.response.test

redact contains {"labels": ["pii.*"], "operator": "replace"}

block contains {"code": "secret_in_answer"} if {
  some label, _ in input.response.classification.labels
  startswith(label, "secret.")
}

block contains {"code": "no_payments"} if {
  some tool in input.response.tools
  tool.name == "pay"
}
`

const routes = ['responses', 'embeddings', 'completions', 'models'].map(name => ({ path: `/v1/${name}`, protocol: `openai.${name}`, pipeline: 'default' }))
const secret = `key ${'AKIA'}Q3EGRZ7VXLPWN2DC`

async function open (t: Parameters<typeof openScene>[0]): Promise<{ scene: Scene, client: OpenAI }> {
  const scene = await openScene(t, { policy: { 'policy.rego': policy, 'response.rego': responseRules }, routes: [...routes, { path: '/v1/models/*', protocol: 'openai.models', pipeline: 'default' }] })
  return { scene, client: new OpenAI({ baseURL: `${scene.gateway.address}/v1`, apiKey: scene.token, maxRetries: 1 }) }
}

t.test('responses', async t => {
  const { scene, client } = await open(t)

  await t.test('whole, with what was used', async t => {
    scene.upstream.play({ kind: 'json', body: responseOf([messageItem('write to jane.roe@example.com')]) })
    const { data, response } = await client.responses.create({ model: 'test-model', input: 'Say hello.', store: false }).withResponse()
    t.equal(data.output_text, 'write to [EMAIL_ADDRESS]')
    const { decision, outcome } = await scene.recorded(response)
    t.match(outcome, { end: 'ok', usage: { input_tokens: 11, output_tokens: 7, estimated: false }, response: { decision: 'redact' } })
    t.match(decision, { input: { request: { protocol: 'openai.responses', server_side: [], workload: 'chat' }, action: { name: 'chat' } } })
    t.equal(scene.upstream.requests.at(-1)?.url, '/v1/responses')
  })

  await t.test('what the endpoint keeps by default is on record', async t => {
    const { response } = await client.responses.create({ model: 'test-model', input: 'Say hello.' }).withResponse()
    t.match((await scene.recorded(response)).decision, { input: { request: { server_side: ['stored'] } } })
  })

  await t.test('as a stream, redacted wherever the text is said again', async t => {
    scene.upstream.play(eventStream(typedEvents(textEvents(['write to jane.', 'roe@exa', 'mple.com now']))))
    const stream = client.responses.stream({ model: 'test-model', input: 'Say hello.', store: false })
    let text = ''
    const again: string[] = []
    for await (const event of stream) {
      if (event.type === 'response.output_text.delta') text += event.delta
      if (event.type === 'response.output_text.done') again.push(event.text)
    }
    t.equal(text, 'write to [EMAIL_ADDRESS] now')
    t.same(again, [text])
    t.match((await stream.finalResponse()).output, [{ content: [{ text }] }])
  })

  await t.test('a call of a function, whole and as a stream, and one that the policy does not let through', async t => {
    const tools = [{ type: 'function' as const, name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } }, strict: false }]
    scene.upstream.play({ kind: 'json', body: responseOf([functionItem('weather', '{"city":"Oslo"}')]) })
    const answer = await client.responses.create({ model: 'test-model', input: 'weather?', tools, store: false })
    t.match(answer.output, [{ type: 'function_call', name: 'weather', arguments: '{"city":"Oslo"}' }])
    scene.upstream.play(eventStream(typedEvents(functionEvents('weather', ['{"ci', 'ty":"Os', 'lo"}']))))
    const streamed = await client.responses.stream({ model: 'test-model', input: 'weather?', tools, store: false }).finalResponse()
    t.match(streamed.output, [{ type: 'function_call', name: 'weather', arguments: '{"city":"Oslo"}' }])
    scene.upstream.play(eventStream(typedEvents(functionEvents('pay', ['{"to":', '"x"}']))))
    const events: string[] = []
    let args = ''
    for await (const event of await client.responses.create({ model: 'test-model', input: 'pay', tools, store: false, stream: true })) {
      events.push(event.type)
      if ('arguments' in event) args += event.arguments
    }
    t.equal(events.at(-1), 'response.incomplete')
    t.equal(args, '')
  })

  await t.test('a stream that is blocked ends as an incomplete response', async t => {
    scene.upstream.play(eventStream(typedEvents(textEvents(['Hello. ', secret]))))
    const seen: unknown[] = []
    for await (const event of await client.responses.create({ model: 'test-model', input: 'x', store: false, stream: true })) seen.push(event)
    t.match(seen.at(-1), { type: 'response.incomplete', response: { status: 'incomplete', incomplete_details: { reason: 'content_filter' } } })
    t.notMatch(JSON.stringify(seen), /AKIAQ3/)
  })

  await t.test('a denial is an error of its own kind', async t => {
    const error = await client.responses.create({ model: 'test-model', input: [{ role: 'user', content: [{ type: 'input_text', text: secret }] }], store: false }).then(() => null, (thrown: unknown) => thrown)
    t.match(error, { status: 403, code: 'GW_POLICY_DENIED' })
    t.ok(error instanceof OpenAI.PermissionDeniedError)
  })

  t.match(await scene.verified(), { code: 0 })
})

t.test('embeddings', async t => {
  const { scene, client } = await open(t)
  const vector = [0.0023064255, -0.009327292, 0.5]
  const usage = { prompt_tokens: 8, total_tokens: 8 }

  await t.test('vectors come as they were, in numbers and in base64', async t => {
    scene.upstream.play(({ body }) => {
      const isBase64 = body.includes('base64')
      const embedding = isBase64 ? Buffer.from(Float32Array.from(vector).buffer).toString('base64') : vector
      return { kind: 'json', body: { object: 'list', data: [{ object: 'embedding', index: 0, embedding }], model: 'test-model', usage } }
    })
    const { data, response } = await client.embeddings.create({ model: 'test-model', input: ['a text'] }).withResponse()
    t.same(data.data[0]?.embedding, [...Float32Array.from(vector)])
    t.same((await client.embeddings.create({ model: 'test-model', input: 'a text', encoding_format: 'float' })).data[0]?.embedding, vector)
    const { decision, outcome } = await scene.recorded(response)
    t.match(decision, { input: { action: { name: 'embedding' }, request: { workload: 'embedding' } } })
    t.match(outcome, { end: 'ok', usage: { input_tokens: 8, output_tokens: 0 } })
  })

  await t.test('text in tokens is denied where no permit names it, and text with a secret in any case', async t => {
    const tokens = await client.embeddings.create({ model: 'test-model', input: [[1, 2, 3]] }).then(() => null, (thrown: unknown) => thrown)
    t.match(tokens, { status: 403, code: 'GW_POLICY_DENIED' })
    const found = await client.embeddings.create({ model: 'test-model', input: ['x', secret] }).then(() => null, (thrown: unknown) => thrown)
    t.match(found, { status: 403 })
  })

  await t.test('what is no vector does not pass for one', async t => {
    scene.upstream.play({ kind: 'json', body: { object: 'list', data: [{ object: 'embedding', index: 0, embedding: Buffer.alloc(64, 255).toString('base64') + 'x' }], model: 'test-model', usage } })
    t.match(await client.embeddings.create({ model: 'test-model', input: 'x', encoding_format: 'base64' }).then(answer => answer.data.length, (thrown: unknown) => thrown), 1, 'short text is judged as text')
    scene.upstream.play({ kind: 'json', body: { object: 'list', data: [{ object: 'embedding', index: 0, embedding: Buffer.alloc(2001, 255).toString('base64') }], model: 'test-model', usage } })
    t.match(await client.embeddings.create({ model: 'test-model', input: 'x', encoding_format: 'base64' }).then(() => null, (thrown: unknown) => thrown), { code: 'GW_RESPONSE_UNSCANNED' })
  })
  t.match(await scene.verified(), { code: 0 })
})

t.test('completions', async t => {
  const { scene, client } = await open(t)
  const completionOf = (text: string, finish: string | null): unknown => ({ id: 'cmpl-1', object: 'text_completion', created: 1700000000, model: 'test-model', choices: [{ index: 0, text, logprobs: null, finish_reason: finish }] })

  await t.test('whole', async t => {
    scene.upstream.play({ kind: 'json', body: { ...completionOf('mail jane.roe@example.com', 'stop') as object, usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 } } })
    const { data, response } = await client.completions.create({ model: 'test-model', prompt: 'x' }).withResponse()
    t.equal(data.choices[0]?.text, 'mail [EMAIL_ADDRESS]')
    t.match((await scene.recorded(response)).outcome, { usage: { input_tokens: 3, output_tokens: 4 } })
  })

  await t.test('as a stream', async t => {
    scene.upstream.play({ kind: 'sse', events: [...['mail jane', '.roe@exam', 'ple.com!'].map(text => JSON.stringify(completionOf(text, null))), JSON.stringify(completionOf('', 'stop')), '[DONE]'] })
    let text = ''
    for await (const chunk of await client.completions.create({ model: 'test-model', prompt: 'x', stream: true })) text += chunk.choices[0]?.text ?? ''
    t.equal(text, 'mail [EMAIL_ADDRESS]!')
  })
  t.match(await scene.verified(), { code: 0 })
})
