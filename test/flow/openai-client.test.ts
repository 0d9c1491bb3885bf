import OpenAI, { APIError } from 'openai'
import t from 'tap'
import { defaultPolicy } from '../helpers/configuration.ts'
import { openScene } from '../helpers/scene.ts'
import { chatty, completion } from '../helpers/upstream.ts'

const responseRules = `package gateway.response.test

redact contains {"labels": ["pii.*"], "operator": "replace"}
`

t.test('the official client works by changing its base URL', async (t) => {
  const scene = await openScene(t, { script: chatty('Hello from the endpoint.'), policy: { 'policy.rego': defaultPolicy, 'response.rego': responseRules } })
  const client = new OpenAI({ baseURL: `${scene.gateway.address}/v1`, apiKey: scene.token, maxRetries: 2 })
  const messages = [{ role: 'user' as const, content: 'Say hello.' }]

  await t.test('a completion', async (t) => {
    const { data, response } = await client.chat.completions.create({ model: 'test-model', messages }).withResponse()
    t.equal(data.choices[0]?.message.content, 'Hello from the endpoint.')
    t.equal(response.headers.get('sallyport-decision'), 'permit')
    t.match((await scene.recorded(response)).outcome, { end: 'ok', usage: { input_tokens: 11, output_tokens: 7, estimated: false } })
  })

  await t.test('a stream', async (t) => {
    const stream = await client.chat.completions.create({ model: 'test-model', messages, stream: true })
    let text = ''
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
    t.equal(text, 'Hello from the endpoint.')
  })

  await t.test('a call of a tool', async (t) => {
    const call = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } }
    scene.upstream.play(completion('', {
      choices: [{ index: 0, message: { role: 'assistant', content: null, tool_calls: [call] }, finish_reason: 'tool_calls' }]
    }))
    const tool = { type: 'function' as const, function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } } }
    const answer = await client.chat.completions.create({ model: 'test-model', messages, tools: [tool] })
    t.match(answer.choices[0]?.message.tool_calls, [call])
  })

  await t.test('a call of a tool as a stream, redacted, and what was used', async (t) => {
    const chunk = (delta: object, finish: string | null, more: object = {}): string => JSON.stringify({ id: 'chatcmpl-test', object: 'chat.completion.chunk', created: 1700000000, model: 'test-model', choices: [{ index: 0, delta, finish_reason: finish }], ...more })
    const args = ['{"to":"john.', 'doe@exam', 'ple.com","n":1}']
    scene.upstream.play({
      kind: 'sse',
      events: [
        chunk({ role: 'assistant', content: null, tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'mail', arguments: '' } }] }, null),
        ...args.map(text => chunk({ tool_calls: [{ index: 0, function: { arguments: text } }] }, null)),
        chunk({}, 'tool_calls'),
        chunk({}, null, { choices: [], usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 } }),
        '[DONE]'
      ]
    })
    const tool = { type: 'function' as const, function: { name: 'mail', parameters: { type: 'object', properties: { to: { type: 'string' } } } } }
    const answer = await client.chat.completions.stream({ model: 'test-model', messages, tools: [tool], stream_options: { include_usage: true } }).finalChatCompletion()
    t.match(answer, { choices: [{ finish_reason: 'tool_calls', message: { tool_calls: [{ id: 'call_1', function: { name: 'mail' } }] } }], usage: { prompt_tokens: 11, completion_tokens: 7 } })
    const [call] = answer.choices[0]?.message.tool_calls ?? []
    t.same(call?.type === 'function' ? JSON.parse(call.function.arguments) : null, { to: '[EMAIL_ADDRESS]', n: 1 })
  })

  await t.test('images, sound and files are content of a kind that a permit must name', async (t) => {
    const before = scene.upstream.requests.length
    for (const part of [
      { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
      { type: 'input_audio' as const, input_audio: { data: 'UklGRg==', format: 'wav' as const } },
      { type: 'file' as const, file: { file_id: 'file-1' } }
    ]) {
      const error = await client.chat.completions.create({ model: 'test-model', messages: [{ role: 'user', content: [part] }] }).then(() => null, (thrown: unknown) => thrown)
      t.ok(error instanceof OpenAI.PermissionDeniedError, part.type)
    }
    t.equal(scene.upstream.requests.length, before)
  })

  await t.test('a denial is an error of its own kind, and the client does not try again', async (t) => {
    const before = scene.upstream.requests.length
    const denied = client.chat.completions.create({ model: 'test-model', messages: [{ role: 'user', content: `key ${'AKIA'}Q3RT5UVW7XYZ2ABC` }] })
    const error = await denied.then(() => null, (thrown: unknown) => thrown)
    t.ok(error instanceof OpenAI.PermissionDeniedError)
    t.match(error, { status: 403, code: 'GW_POLICY_DENIED' })
    t.equal(scene.upstream.requests.length, before)
  })

  await t.test('a token that is none is an authentication error', async (t) => {
    const stranger = new OpenAI({ baseURL: `${scene.gateway.address}/v1`, apiKey: 'not-a-token', maxRetries: 0 })
    const error = await stranger.chat.completions.create({ model: 'test-model', messages }).then(() => null, (thrown: unknown) => thrown)
    t.ok(error instanceof OpenAI.AuthenticationError)
    t.ok(error instanceof APIError && error.code?.startsWith('GW_IDENTITY_'))
  })

  t.match(await scene.verified(), { code: 0 })
})
