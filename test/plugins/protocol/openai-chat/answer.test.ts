import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { openaiChat } from '../../../../plugins/protocol/openai-chat/index.ts'
import { completionOf, judged, readJsonAnswer } from './parts.ts'

t.test('a completion: lanes, finish, usage', async t => {
  const body = completionOf({ content: 'Hello', reasoning_content: 'hm' })
  const reading = readJsonAnswer(body)
  t.match(reading.answer, { status: 200, finish: 'stop', tools: [], unscanned: [], stream: false, bytes: JSON.stringify(body).length })
  t.match(reading.answer.lanes.filter(({ kind }) => kind !== 'field'), [
    { name: 'choices/0/message/content', kind: 'text', path: ['choices', '0', 'message', 'content'], text: 'Hello' }, { kind: 'reasoning', text: 'hm' }
  ])
  t.same(reading.usage, { inputTokens: 11, outputTokens: 7, estimated: false })
  t.equal(reading.blocked('GW_RESPONSE_BLOCKED', { status: 403, message: '' }), null)
})

t.test('tool calls are named with the lane of their arguments', async t => {
  const { answer } = readJsonAnswer(completionOf({ tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'mail', arguments: '{"to":"a\\u0040x.org"}' } }] }))
  const [tool] = answer.tools
  t.equal(tool?.name, 'mail')
  t.match(answer.lanes[tool?.lane ?? -1], { kind: 'tool_arguments', text: '{"to":"a@x.org"}' })
})

t.test('a text is judged or listed as unscanned, wherever an endpoint puts it', async () => {
  const canary = 'AKIA48213977'
  const spots: ReadonlyArray<(value: unknown) => unknown> = [
    value => completionOf({ content: value }), value => completionOf({ refusal: value }), value => completionOf({ annotations: [{ type: value, url_citation: { url: value } }] }),
    value => completionOf({ audio: { id: 'a', data: value, transcript: '' } }), value => completionOf({ own: value }), value => completionOf({ role: value }),
    value => completionOf({}, { id: value }), value => completionOf({}, { model: value }), value => completionOf({}, { usage: value }), value => completionOf({}, { created: value }), value => completionOf({}, { own: value }),
    value => completionOf({}, { choices: [{ index: value, message: {}, finish_reason: value, logprobs: { content: [{ token: value, own: value }] } }] }),
    value => completionOf({ tool_calls: [{ id: value, type: 'function', function: { name: value, arguments: value } }] })
  ]
  const tree = fc.oneof(fc.constant(canary), fc.constant([canary]), fc.constant({ [canary]: 1 }), fc.string().map(key => ({ [key]: [canary] })), fc.constant(JSON.stringify({ a: [canary, '\n'] })))
  fc.assert(fc.property(tree, fc.constantFrom(...spots), (value, spot) => {
    const reading = readJsonAnswer(spot(value))
    assert.ok(judged(reading).includes(canary) || reading.answer.unscanned.length > 0, JSON.stringify(spot(value)))
  }), { numRuns: 400 })
})

t.test('numbers are judged but for counts and times', async t => {
  const card = 4111111111111111
  const { lanes } = readJsonAnswer(completionOf({ own: card }, { usage: { prompt_tokens: card }, created: card })).answer
  t.equal(lanes.filter(({ text }) => text === String(card)).length, 3)
  t.notMatch(judged(readJsonAnswer(completionOf({}))), /1700000000|\b18\b/)
})

t.test('log probabilities are judged as text, and dropped where anything is edited', async t => {
  const token = (text: string): object => ({ token: text, logprob: -0.5, bytes: [...Buffer.from(text)], top_logprobs: [{ token: text, logprob: -0.5, bytes: null }, { token: 'alt' + text, logprob: -3, bytes: null }] })
  const body = completionOf({}, { choices: [{ index: 0, message: { role: 'assistant', content: 'a@x.org' }, logprobs: { content: ['a@', 'x.', 'org'].map(token) }, finish_reason: 'stop' }] })
  const reading = readJsonAnswer(body)
  const lanes = reading.answer.lanes
  t.ok(lanes.some(({ kind, text }) => kind === 'field' && text === 'a@x.org'), 'tokens are one text')
  t.ok(lanes.some(({ text }) => text === 'alta@altx.altorg'), 'so are their alternatives')
  const edits = lanes.flatMap(({ text }, lane) => text === 'a@x.org' ? [{ lane, start: 0, end: 7, replacement: '[MAIL]' }] : [])
  t.match(JSON.parse(Buffer.from(reading.rewrite(edits)).toString()), { choices: [{ message: { content: '[MAIL]' }, logprobs: null }] })
  const hidden = { token: '-', logprob: 0, bytes: [...Buffer.from('AKIA')] }
  t.match(judged(readJsonAnswer(completionOf({}, { choices: [{ message: {}, logprobs: { content: [hidden, hidden] } }] }))), /AKIAAKIA/, 'bytes that say something else are read too')
})

t.test('without edits the very bytes leave; with edits all other bytes stay', async t => {
  const text = '{ "choices":[{"message":{"content":"mail \\u0061@x.org\\n"} ,"finish_reason":"stop"}],"x":1.50 }'
  const body = Buffer.from(text)
  const reading = openaiChat.readAnswer({ status: 200, contentType: 'application/json', body, stream: true })
  t.equal(reading.rewrite([]), body)
  t.equal(reading.answer.stream, true)
  const lane = reading.answer.lanes.findIndex(({ kind }) => kind === 'text')
  t.equal(Buffer.from(reading.rewrite([{ lane, start: 5, end: 12, replacement: '[MAIL]' }])).toString(), text.replace('\\u0061@x.org', '[MAIL]'))
})

t.test('an error of the endpoint is judged like an answer', async t => {
  const reading = readJsonAnswer({ error: { message: 'no model for a@x.org', type: 'invalid_request_error', code: null, param: null } }, 422)
  t.match(reading.answer, { status: 422, finish: null })
  t.match(judged(reading), /a@x\.org/)
})

t.test('what cannot be read is no answer', async t => {
  const read = (body: string | Uint8Array, contentType: string | null = 'application/json', status = 200) => () => openaiChat.readAnswer({ status, contentType, body: Buffer.from(body), stream: false })
  const cases: Array<[name: string, read: () => unknown]> = [
    ['a cut body', read('{"choices":[')],
    ['an empty body', read('')],
    ['no choices', read('{"id":"x"}')],
    ['another type', read('<html>', 'text/html')],
    ['an error that is no JSON', read('oops', 'text/plain', 400)],
    ['an error that is cut', read('{"error":', 'application/json', 400)],
    ['a key twice', read('{"choices":[],"choices":[]}')],
    ['bad UTF-8', read(Buffer.from([0x22, 0xff, 0x22]))],
    ['JSON within JSON without end', read(JSON.stringify({ choices: [], x: `${'['.repeat(80)}\\` }))]
  ]
  for (const [name, fails] of cases) t.throws(fails, { code: 'GW_UPSTREAM_BAD_RESPONSE' }, name)
})
