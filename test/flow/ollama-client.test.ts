/** The official `ollama` client, by changing its host. */
import { Ollama } from 'ollama'
import t from 'tap'
import { chatLines, lines, lineStream, ollamaEnd, ollamaLine } from '../helpers/dialects.ts'
import { openScene } from '../helpers/scene.ts'

const policy = `package gateway.policy.test

permit contains {"id": "everyone", "endpoints": endpoints} if {
  endpoints := {id | some id, _ in data.gateway.endpoints}
}

redact contains {"labels": ["pii.*"], "operator": "replace"}
`

const responseRules = `package gateway.response.test

redact contains {"labels": ["pii.*"], "operator": "replace"}

block contains {"code": "secret_in_answer"} if {
  some label, _ in input.response.classification.labels
  startswith(label, "secret.")
}
`

t.test('Ollama\'s own API', async t => {
  const scene = await openScene(t, { provider: 'ollama', policy: { 'policy.rego': policy, 'response.rego': responseRules }, routes: [{ path: '/api/*', protocol: 'ollama', pipeline: 'default' }] })
  const answers: Response[] = []
  const client = new Ollama({
    host: scene.gateway.address,
    headers: { authorization: `Bearer ${scene.token}` },
    fetch: async (input, init) => {
      const answer = await fetch(input, init)
      answers.push(answer)
      return answer
    }
  })
  const outcome = async (): Promise<unknown> => (await scene.recorded(answers.at(-1) ?? new Response())).outcome
  const messages = [{ role: 'user', content: 'Write to jane.roe@example.com' }]

  await t.test('a chat, whole', async t => {
    scene.upstream.play({ kind: 'json', body: ollamaEnd({ message: { role: 'assistant', content: 'to john.doe@example.com' } }) })
    const answer = await client.chat({ model: 'test-model', messages })
    t.equal(answer.message.content, 'to [EMAIL_ADDRESS]')
    t.match(scene.upstream.requests.at(-1), { url: '/api/chat' })
    t.notMatch(scene.upstream.bodies().at(-1), /jane\.roe/)
    t.match(await outcome(), { end: 'ok', usage: { input_tokens: 11, output_tokens: 7, estimated: false } })
  })

  await t.test('a chat as a stream', async t => {
    scene.upstream.play(lineStream(lines(chatLines(['to jo', 'hn.doe@ex', 'ample.com, done']))))
    let text = ''
    let last = ''
    for await (const part of await client.chat({ model: 'test-model', messages, stream: true })) {
      text += part.message.content
      last = part.done_reason
    }
    t.equal(text, 'to [EMAIL_ADDRESS], done')
    t.equal(last, 'stop')
    t.match(await outcome(), { usage: { input_tokens: 11, output_tokens: 7 } })
  })

  await t.test('a call of a tool, whole and as a stream', async t => {
    const call = { function: { name: 'mail', arguments: { to: 'john.doe@example.com', n: 2 } } }
    const tools = [{ type: 'function', function: { name: 'mail', description: 'Sends mail', parameters: { type: 'object', properties: { to: { type: 'string' } } } } }]
    const expected = [{ function: { name: 'mail', arguments: { to: '[EMAIL_ADDRESS]', n: 2 } } }]
    scene.upstream.play({ kind: 'json', body: ollamaEnd({ message: { role: 'assistant', content: '', tool_calls: [call] } }) })
    t.match((await client.chat({ model: 'test-model', messages, tools })).message.tool_calls, expected)
    scene.upstream.play(lineStream(lines([ollamaLine({ message: { role: 'assistant', content: '', tool_calls: [call] } }), ...chatLines([])])))
    const calls: unknown[] = []
    for await (const part of await client.chat({ model: 'test-model', messages, tools, stream: true })) calls.push(...part.message.tool_calls ?? [])
    t.match(calls, expected)
  })

  await t.test('generation, whole and as a stream', async t => {
    scene.upstream.play({ kind: 'json', body: ollamaEnd({ response: 'to john.doe@example.com' }) })
    t.equal((await client.generate({ model: 'test-model', prompt: 'x' })).response, 'to [EMAIL_ADDRESS]')
    scene.upstream.play(lineStream(lines([ollamaLine({ response: 'to john.doe@' }), ollamaLine({ response: 'example.com' }), ollamaEnd({ response: '' })])))
    let text = ''
    for await (const part of await client.generate({ model: 'test-model', prompt: 'x', stream: true })) text += part.response ?? ''
    t.equal(text, 'to [EMAIL_ADDRESS]')
  })

  await t.test('embeddings', async t => {
    scene.upstream.play({ kind: 'json', body: { model: 'test-model', embeddings: [[0.010071029, -0.0017594862]], total_duration: 14143917, load_duration: 1019500, prompt_eval_count: 8 } })
    t.same((await client.embed({ model: 'test-model', input: 'x' })).embeddings, [[0.010071029, -0.0017594862]])
    t.match(await outcome(), { usage: { input_tokens: 8, output_tokens: 0 } })
  })

  await t.test('a stream that is blocked is done, by a reason of its own', async t => {
    scene.upstream.play(lineStream(lines(chatLines(['The key is ', `${'AKIA'}Q3EGRZ7`, 'VXLPWN2DC']))))
    const parts: unknown[] = []
    for await (const part of await client.chat({ model: 'test-model', messages, stream: true })) parts.push(part)
    t.match(parts.at(-1), { done: true, done_reason: 'content_filter' })
    t.notMatch(JSON.stringify(parts), /AKIA/)
  })

  await t.test('errors are Ollama\'s own', async t => {
    const image = client.chat({ model: 'test-model', messages: [{ role: 'user', content: 'look', images: ['AAAA'] }] })
    t.match(await image.then(() => null, (thrown: unknown) => thrown), { message: /policy denies/, status_code: 403 })
    t.match(await client.pull({ model: 'test-model' }).then(() => null, (thrown: unknown) => thrown), { status_code: 404 })
  })
  t.match(await scene.verified(), { code: 0 })
})
