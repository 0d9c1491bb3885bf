/** The official `@anthropic-ai/sdk` client, by changing its base URL. */
import Anthropic from '@anthropic-ai/sdk'
import t from 'tap'
import { eventStream, messageEvents, messageOf, textBlock, toolBlock, typedEvents } from '../helpers/dialects.ts'
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

t.test('messages', async t => {
  const scene = await openScene(t, {
    provider: 'anthropic', policy: { 'policy.rego': policy, 'response.rego': responseRules }, routes: [{ path: '/v1/messages/*', protocol: 'anthropic.messages', pipeline: 'default' }]
  })
  const client = new Anthropic({ baseURL: scene.gateway.address, authToken: scene.token, apiKey: null, maxRetries: 1 })
  const messages = [{ role: 'user' as const, content: 'Say hello to jane.roe@example.com.' }]
  const ask = { model: 'test-model', max_tokens: 64, messages }
  const tools = [{ name: 'mail', description: 'Sends mail', input_schema: { type: 'object' as const, properties: { to: { type: 'string' } } } }]

  await t.test('whole, redacted on the way in and on the way out', async t => {
    scene.upstream.play({ kind: 'json', body: messageOf([{ type: 'text', text: 'I wrote to john.doe@example.com' }]) })
    const { data, response } = await client.messages.create(ask).withResponse()
    t.match(data.content, [{ type: 'text', text: 'I wrote to [EMAIL_ADDRESS]' }])
    const seen = scene.upstream.requests.at(-1)
    t.match(JSON.parse(seen?.body.toString() ?? ''), { messages: [{ content: 'Say hello to [EMAIL_ADDRESS].' }] })
    t.match(seen, { url: '/v1/messages', headers: { 'anthropic-version': '2023-06-01' } })
    t.match((await scene.recorded(response)).outcome, { end: 'ok', usage: { input_tokens: 11, output_tokens: 7, estimated: false } })
  })

  await t.test('as a stream', async t => {
    scene.upstream.play(eventStream(typedEvents(messageEvents([textBlock(['I wrote to jo', 'hn.doe@exam', 'ple.com today'])]))))
    const stream = client.messages.stream(ask)
    let text = ''
    stream.on('text', piece => { text += piece })
    const message = await stream.finalMessage()
    t.equal(text, 'I wrote to [EMAIL_ADDRESS] today')
    t.match(message, { content: [{ type: 'text', text }], stop_reason: 'end_turn', usage: { output_tokens: 7 } })
    const answer = await client.messages.create({ ...ask, stream: true }).withResponse()
    await answer.data.toReadableStream().pipeTo(new WritableStream())
    t.match((await scene.recorded(answer.response)).outcome, { usage: { input_tokens: 11, output_tokens: 7 } })
  })

  await t.test('a call of a tool, whole and as a stream', async t => {
    const input = { to: 'john.doe@example.com', n: 1 }
    scene.upstream.play({ kind: 'json', body: messageOf([{ type: 'tool_use', id: 'toolu_1', name: 'mail', input }], { stop_reason: 'tool_use' }) })
    t.match((await client.messages.create({ ...ask, tools })).content, [{ type: 'tool_use', name: 'mail', input: { to: '[EMAIL_ADDRESS]', n: 1 } }])
    scene.upstream.play(eventStream(typedEvents(messageEvents([textBlock(['Writing.']), toolBlock('mail', ['', '{"to":"john.', 'doe@example', '.com","n":1}'])], 'tool_use'))))
    const message = await client.messages.stream({ ...ask, tools }).finalMessage()
    t.match(message, { stop_reason: 'tool_use', content: [{ text: 'Writing.' }, { type: 'tool_use', name: 'mail', input: { to: '[EMAIL_ADDRESS]', n: 1 } }] })
  })

  await t.test('what tools gave back is read like any other text', async t => {
    scene.upstream.play({ kind: 'json', body: messageOf([{ type: 'text', text: 'ok' }]) })
    await client.messages.create({
      ...ask,
      tools,
      messages: [
        ...messages,
        { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'mail', input: { to: 'john.doe@example.com' } }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'sent by max.moe@example.com' }] }] }
      ]
    })
    t.notMatch(scene.upstream.bodies().at(-1), /jane\.roe|john\.doe|max\.moe/)
  })

  await t.test('a stream that is blocked is a refusal, and says nothing of the text', async t => {
    scene.upstream.play(eventStream(typedEvents(messageEvents([textBlock(['The key is ', `${'AKIA'}Q3EGRZ7VX`, 'LPWN2DC'])]))))
    const message = await client.messages.stream(ask).finalMessage()
    t.equal(message.stop_reason, 'refusal')
    t.notMatch(JSON.stringify(message), /AKIA/)
  })

  await t.test('tokens are counted', async t => {
    scene.upstream.play({ kind: 'json', body: { input_tokens: 2095 } })
    const { data, response } = await client.messages.countTokens({ model: 'test-model', messages }).withResponse()
    t.equal(data.input_tokens, 2095)
    t.equal(scene.upstream.requests.at(-1)?.url, '/v1/messages/count_tokens')
    t.match((await scene.recorded(response)).decision, { input: { action: { name: 'count_tokens' } } })
  })

  await t.test('errors are in Anthropic\'s envelope', async t => {
    const image = { type: 'image' as const, source: { type: 'base64' as const, media_type: 'image/png' as const, data: 'AAAA' } }
    const error = await client.messages.create({ ...ask, messages: [{ role: 'user', content: [image] }] }).then(() => null, (thrown: unknown) => thrown)
    t.ok(error instanceof Anthropic.PermissionDeniedError)
    t.match(error, { status: 403, error: { type: 'error', error: { type: 'permission_error', code: 'GW_POLICY_DENIED' } } })
    const batch = await fetch(`${scene.gateway.address}/v1/messages/batches`, { method: 'POST', headers: { authorization: `Bearer ${scene.token}`, 'content-type': 'application/json' }, body: '{}' })
    t.equal(batch.status, 404)
    t.match(await batch.json(), { type: 'error', error: { type: 'not_found_error', code: 'GW_REQUEST_NOT_FOUND' } })
  })
  t.match(await scene.verified(), { code: 0 })
})
