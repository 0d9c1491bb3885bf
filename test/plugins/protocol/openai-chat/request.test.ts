import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { GatewayError } from '../../../../core/errors.ts'
import type { Leaf } from '../../../../core/pipeline/facts.ts'
import { openaiChat } from '../../../../plugins/protocol/openai-chat/index.ts'
import { chatBody, rawRequest, readChat } from './parts.ts'

t.test('a plain request: model, target, shape and leaves', async t => {
  const body = '{"messages":[{"role":"user","content":"h\\u0069"}], "model" : "gpt-4o","seed":7.0,"x_own":{"k":null}}'
  const reading = openaiChat.read(rawRequest(body))
  t.match(reading, {
    action: 'chat',
    model: { name: 'gpt-4o', span: { start: body.indexOf('"gpt-4o"'), end: body.indexOf('"gpt-4o"') + 8 } },
    shape: { stream: false, maxOutputTokens: null, outputFormat: 'text', workload: 'chat', toolCount: 0 },
    target: { path: '/chat/completions', query: '' },
    messageCount: 1,
    unscanned: [],
    serverSide: [],
    resource: null
  })
  t.same(reading.leaves.map(({ pattern, kind, text }) => [pattern, kind, text]), [
    ['/messages/*/role', 'string', 'user'], ['/messages/*/content', 'string', 'hi'], ['/model', 'string', 'gpt-4o'], ['/seed', 'number', '7.0'], ['/*', 'key', 'x_own'], ['/*/*', 'key', 'k']
  ])
  const parts = reading.macParts(Buffer.from(body)).map(part => Buffer.from(part).toString())
  t.same(parts, body.split('"gpt-4o"'), 'the MAC runs around the model\'s value')
})

t.test('a text shows up in a leaf or the body is refused, wherever it stands', async () => {
  const canary = 'MRN: 48213977'
  const { string: key } = { string: fc.string({ minLength: 1 }) }
  const place = fc.letrec<{ tree: unknown }>(tie => ({
    tree: fc.oneof({ depthSize: 'small' }, fc.constant(canary), fc.tuple(fc.json(), tie('tree')).map(([noise, tree]) => [JSON.parse(noise), tree]), fc.tuple(key, tie('tree')).map(([name, tree]) => ({ [name]: tree })), fc.constant({ [canary]: 1 }), tie('tree').map(tree => JSON.stringify(tree)))
  })).tree
  const spots: ReadonlyArray<(value: unknown) => Record<string, unknown>> = [
    value => ({ metadata: value }), value => ({ user: value }), value => ({ stop: value }), value => ({ own_field: value }),
    value => ({ tools: [{ type: 'function', function: { name: 'f', parameters: value } }] }), value => ({ functions: [{ name: value }] }),
    value => ({ messages: [{ role: 'user', content: [{ type: 'text', text: value }] }] }), value => ({ messages: [{ role: 'tool', content: 'x', tool_call_id: value, more: value }] }),
    value => ({ messages: [{ role: 'assistant', tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: JSON.stringify(value) } }] }] }),
    value => ({ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://x.example/', detail: value } }] }] }),
    value => ({ response_format: { type: 'json_schema', json_schema: { name: 'n', schema: value } } }), value => ({ prediction: { type: 'content', content: value } }), value => ({ logit_bias: value })
  ]
  fc.assert(fc.property(place, fc.constantFrom(...spots), (value, spot) => {
    const leaves = leavesOrRefusal(chatBody(spot(value)))
    assert.ok(leaves === 'refused' || leaves.some(({ text }) => text.includes(canary)))
  }), { numRuns: 500 })
})

function leavesOrRefusal (body: unknown): readonly Leaf[] | 'refused' {
  try {
    return openaiChat.read(rawRequest(body)).leaves
  } catch (thrown) {
    if (thrown instanceof GatewayError && thrown.code === 'GW_REQUEST_INVALID') return 'refused'
    throw thrown
  }
}

t.test('escapes hide nothing, in strings, keys and JSON within strings', async t => {
  const escaped = [...'AKIA48213977'].map(character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
  const bodies = [
    `{"model":"m","messages":[{"role":"user","content":"${escaped}"}]}`,
    `{"model":"m","messages":[],"${escaped}":1}`,
    `{"model":"m","messages":[],"x":${JSON.stringify(`{"a":"${escaped}"}`)}}`,
    `{"model":"m","messages":[],"x":${JSON.stringify(JSON.stringify([`"${escaped}"`]))}}`
  ]
  for (const body of bodies) t.ok(openaiChat.read(rawRequest(body)).leaves.some(({ text }) => text.includes('AKIA48213977')), body)
})

t.test('numbers are leaves by their literal', async t => {
  const { leaves } = openaiChat.read(rawRequest('{"model":"m","messages":[],"card":4111111111111111111}'))
  t.match(leaves.at(-1), { kind: 'number', text: '4111111111111111111', path: ['card'] })
})

t.test('what is no chat request has its code', async t => {
  const cases: Array<[name: string, body: unknown, code: string, more?: object]> = [
    ['a query', chatBody(), 'GW_REQUEST_PATH', { query: 'api-version=1' }],
    ['no content type', chatBody(), 'GW_CLASSIFY_MEDIA_TYPE', { contentType: null }],
    ['another content type', chatBody(), 'GW_CLASSIFY_MEDIA_TYPE', { contentType: 'text/json' }],
    ['a charset that is not read', chatBody(), 'GW_CLASSIFY_MEDIA_TYPE', { contentType: 'application/json; charset=utf-16' }],
    ['a content type with more to say', chatBody(), 'GW_CLASSIFY_MEDIA_TYPE', { contentType: 'application/json; note=AKIA48213977' }],
    ['an encoded body', chatBody(), 'GW_CLASSIFY_MEDIA_TYPE', { contentEncoding: 'gzip' }],
    ['an array', '[]', 'GW_CLASSIFY_UNREADABLE'],
    ['no model', { messages: [] }, 'GW_REQUEST_MODEL_MISSING'],
    ['a model that is no text', chatBody({ model: ['m'] }), 'GW_REQUEST_MODEL_MISSING'],
    ['an empty model', chatBody({ model: '' }), 'GW_REQUEST_MODEL_MISSING'],
    ['a model twice', '{"model":"a","messages":[],"mode\\u006c":"b"}', 'GW_CLASSIFY_DUPLICATE_KEY'],
    ['another spelling of model', '{"model":"a","messages":[],"Model":"b"}', 'GW_REQUEST_INVALID'],
    ['another spelling of stream', '{"model":"a","messages":[],"\u017ftream":true}', 'GW_REQUEST_INVALID'],
    ['no messages', { model: 'm' }, 'GW_REQUEST_INVALID'],
    ['messages that are no list', chatBody({ messages: { 0: {} } }), 'GW_REQUEST_INVALID'],
    ['a message that is none', chatBody({ messages: ['hi'] }), 'GW_REQUEST_INVALID'],
    ['a message without a role', chatBody({ messages: [{ content: 'x' }] }), 'GW_REQUEST_INVALID'],
    ['content of another type', chatBody({ messages: [{ role: 'user', content: 7 }] }), 'GW_REQUEST_INVALID'],
    ['a part without a type', chatBody({ messages: [{ role: 'user', content: [{ text: 'x' }] }] }), 'GW_REQUEST_INVALID'],
    ['stream that is no truth value', chatBody({ stream: 'true' }), 'GW_REQUEST_INVALID'],
    ['store that is no truth value', chatBody({ store: 1 }), 'GW_REQUEST_INVALID'],
    ['tools that are no list', chatBody({ tools: {} }), 'GW_REQUEST_INVALID'],
    ['a negative bound', chatBody({ max_tokens: -1 }), 'GW_REQUEST_INVALID'],
    ['a bound that is no number', chatBody({ max_completion_tokens: '9' }), 'GW_REQUEST_INVALID']
  ]
  for (const [name, body, code, more = {}] of cases) t.throws(() => openaiChat.read(rawRequest(body, more)), { code }, `${name}: ${code}`)
  t.equal(openaiChat.read(rawRequest(chatBody(), { contentType: 'Application/JSON; charset="UTF-8"', contentEncoding: 'identity' })).action, 'chat')
})

t.test('content that no detector can read is listed by kind and place', async t => {
  const part = (content: unknown): unknown => ({ messages: [{ role: 'user', content: [content] }] })
  const cases: Array<[name: string, more: object, kinds: string[]]> = [
    ['an image in the body', part({ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }) as object, ['image']],
    ['an image that is fetched', part({ type: 'image_url', image_url: { url: 'https://x.example/a.png' } }) as object, ['image', 'remote']],
    ['audio', part({ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }) as object, ['audio']],
    ['a file', part({ type: 'file', file: { file_data: 'data:application/pdf;base64,AAAA', filename: 'a.pdf' } }) as object, ['file']],
    ['a stored file', part({ type: 'file', file: { file_id: 'file-1' } }) as object, ['file']],
    ['a part of an unknown type', part({ type: 'video_url', video_url: { url: 'https://x.example' } }) as object, ['opaque']],
    ['earlier audio', { messages: [{ role: 'assistant', audio: { id: 'a' } }] }, ['state']],
    ['a conversation at the endpoint', { previous_response_id: 'resp_1' }, ['state']],
    ['long base64', { metadata: { a: Buffer.alloc(900, 7).toString('base64') } }, ['binary']],
    ['a document in base64', { metadata: { a: Buffer.from('a document. '.repeat(90)).toString('base64') } }, []],
    ['arguments that are no JSON', { messages: [{ role: 'assistant', tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":"\\u00' } }] }] }, ['opaque']],
    ['a data URL in an unknown field', { x: 'data:image/png;base64,AAAA' }, ['image']],
    ['words', { x: 'word '.repeat(400), y: 'QUJD' }, []]
  ]
  for (const [name, more, kinds] of cases) t.same(readChat(more as Record<string, unknown>).unscanned.map(({ kind }) => kind), kinds, name)
  const [image] = readChat(part({ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }) as Record<string, unknown>).unscanned
  t.same(image, { kind: 'image', path: '/messages/*/content/*', bytes: 26 })
  const smuggled = readChat(part({ type: 'image_url', image_url: { url: 'data:image/AKIA48213977;base64,AAAA' } }) as Record<string, unknown>)
  t.ok(smuggled.leaves.some(({ text }) => text.includes('AKIA48213977')), 'text beside the bytes is a leaf')
})

t.test('what the endpoint does or keeps on its own is named', async t => {
  const cases: Array<[more: Record<string, unknown>, names: string[]]> = [
    [{ tools: [{ type: 'function', function: { name: 'f' } }, { type: 'custom', custom: { name: 'c' } }] }, []],
    [{ web_search_options: {} }, ['web_search']],
    [{ tools: [{ type: 'web_search_preview_2025_03_11' }] }, ['web_search']],
    [{ tools: [{ type: 'code_interpreter' }, { type: 'file_search' }] }, ['code_interpreter', 'file_search']],
    [{ tools: [{ type: 'mcp', server_url: 'https://mcp.example:8443/sse' }] }, ['mcp', 'remote:mcp.example:8443']],
    [{ tools: [{ type: 'MRN 48213977' }] }, ['unknown']],
    [{ tools: [{}] }, ['unknown']],
    [{ store: true, background: true }, ['background', 'stored']],
    [{ store: false, background: null, web_search_options: null }, []],
    [{ models: ['other/model'] }, ['model_fallback']]
  ]
  for (const [more, names] of cases) t.same(readChat(more).serverSide, names, JSON.stringify(more))
})

t.test('shape and tools', async t => {
  const tools = [{ type: 'function', function: { name: 'b' } }, { type: 'custom', custom: { name: 'a' } }, { type: 'function', function: { name: 'b' } }]
  t.match(readChat({ tools, stream: true, max_tokens: 10, max_completion_tokens: 20, n: 3 }), {
    tools: ['a', 'b'], shape: { toolCount: 3, workload: 'tool_use', stream: true, maxOutputTokens: 60 }
  })
  t.match(readChat({ response_format: { type: 'json_schema' } }).shape, { outputFormat: 'json_schema', workload: 'structured_output' })
  t.match(readChat({ response_format: { type: 'json_object' } }).shape, { outputFormat: 'json_object' })
  t.match(readChat({ messages: [{ role: 'user', content: 'word '.repeat(40_000) }] }).shape, { workload: 'long_context' })
  t.equal(readChat({ messages: [{ role: 'user', content: 'x'.repeat(400) }] }).shape.tokenEstimate, Math.ceil((400 + 'user'.length + 'gpt-4o'.length) / 4))
})

t.test('a redacted body is read again and differs in the edited span alone', async t => {
  const text = '{"model":"m", "messages":[{"role":"user","content":"mail \\u0061@x.org \\"now\\""}],"seed":7.0}'
  const request = rawRequest(text)
  const reading = openaiChat.read(request)
  const leaf = reading.leaves.findIndex(({ pattern }) => pattern === '/messages/*/content')
  const body = openaiChat.edit(request, reading, [{ leaf, start: 5, end: 12, replacement: '[MAIL]' }])
  t.equal(Buffer.from(body).toString(), text.replace('\\u0061@x.org', '[MAIL]'))
  t.equal(openaiChat.read({ ...request, body }).leaves[leaf]?.text, 'mail [MAIL] "now"')
  const model = reading.leaves.findIndex(({ pattern }) => pattern === '/model')
  t.throws(() => openaiChat.edit(request, reading, [{ leaf: model, start: 0, end: 1, replacement: 'x' }]), { code: 'GW_POLICY_REDACTION' })
})

t.test('an error is in OpenAI\'s envelope', async t => {
  const { contentType, body } = openaiChat.error({ code: 'GW_POLICY_DENIED', message: 'no', status: 403 })
  t.equal(contentType, 'application/json')
  t.same(JSON.parse(body), { error: { message: 'no', type: 'permission_error', code: 'GW_POLICY_DENIED', param: null } })
})
