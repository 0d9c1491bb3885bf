import t from 'tap'
import { ollama } from '../../../../plugins/protocol/ollama/index.ts'
import type { AnswerEvent } from '../../../../core/pipeline/stream.ts'
import type { AnswerStream, RequestReading } from '../../../../core/protocol/contract.ts'
import { chatLines, lines, ollamaEnd, ollamaLine } from '../../../helpers/dialects.ts'
import { rawRequest } from '../bodies.ts'

const read = (path: string, more: Readonly<Record<string, unknown>> = {}): RequestReading => ollama.read(rawRequest(path, { model: 'm', ...more }, { route: '/api/*' }))
const messages = [{ role: 'user', content: 'hello' }]

function open (): AnswerStream {
  const stream = ollama.openAnswer?.({ status: 200, contentType: 'application/x-ndjson', stream: true }) ?? null
  if (stream === null) throw new Error('it is a stream')
  return stream
}

function readAll (text: string): AnswerEvent[] {
  const stream = open()
  return [...stream.push(Buffer.from(text)), ...stream.end()]
}

t.test('the last word of the path says what is asked for', async t => {
  t.match(read('/api/chat', { messages }), { action: 'chat', target: { path: '/api/chat' }, messageCount: 1, shape: { stream: true, workload: 'chat', outputFormat: 'text', maxOutputTokens: null } })
  t.match(read('/api/generate', { prompt: 'hello', stream: false }), { action: 'completion', target: { path: '/api/generate' }, messageCount: 1, shape: { stream: false } })
  t.match(read('/api/embed', { input: ['a', 'b'] }), { action: 'embedding', target: { path: '/api/embed' }, messageCount: 2, shape: { stream: false, workload: 'embedding', maxOutputTokens: 0 } })
  t.match(read('/api/embeddings', { prompt: 'a' }), { action: 'embedding', target: { path: '/api/embeddings' } })
  for (const path of ['/api/pull', '/api/create', '/api/push', '/api/chat/', '/api/blobs/sha256:x']) t.throws(() => read(path), { code: 'GW_REQUEST_NOT_FOUND' }, path)
  for (const [path, method] of [['/api/tags', 'POST'], ['/api/chat', 'GET']] as const) t.throws(() => ollama.read(rawRequest(path, '', { method })), { code: 'GW_REQUEST_METHOD' }, path)
})

t.test('shape and tools', async t => {
  const tool = { type: 'function', function: { name: 'find', parameters: {} } }
  t.match(read('/api/chat', { messages, tools: [tool], options: { num_predict: 9 } }), { tools: ['find'], serverSide: [], shape: { toolCount: 1, workload: 'tool_use', maxOutputTokens: 9 } })
  t.equal(read('/api/chat', { messages, options: { num_predict: -1 } }).shape.maxOutputTokens, null)
  t.equal(read('/api/chat', { messages, format: 'json' }).shape.outputFormat, 'json_object')
  t.equal(read('/api/chat', { messages, format: { type: 'object' } }).shape.outputFormat, 'json_schema')
  t.ok(read('/api/generate', { prompt: 'x', context: Array.from({ length: 500 }, () => 7) }).shape.tokenEstimate > 500, 'tokens count as such')
})

t.test('images and tokens are listed', async t => {
  t.same(read('/api/chat', { messages: [{ role: 'user', content: 'look', images: ['AAAA'] }] }).unscanned, [{ kind: 'image', path: '/messages/*/images/*', bytes: 4 }])
  t.same(read('/api/generate', { prompt: 'x', images: ['AAAA'], context: [1, 2] }).unscanned.map(({ kind }) => kind).sort(), ['image', 'token_array'])
})

t.test('what is no such request has its code, another spelling of a name included', async t => {
  const cases: Array<[path: string, more: Record<string, unknown>]> = [
    ['/api/chat', { messages: 'x' }], ['/api/chat', { messages: [{ content: 'x' }] }], ['/api/chat', { messages: [{ role: 'user', content: ['x'] }] }], ['/api/chat', { messages, stream: 'no' }], ['/api/chat', { messages, Messages: [] }],
    ['/api/chat', { messages: [{ role: 'user', content: 'x', CONTENT: 'y' }] }], ['/api/chat', { messages, options: { num_predict: -7 } }], ['/api/generate', { prompt: ['x'] }], ['/api/embed', {}], ['/api/embed', { input: 7 }], ['/api/embeddings', {}]
  ]
  for (const [path, more] of cases) t.throws(() => read(path, more), { code: 'GW_REQUEST_INVALID' }, JSON.stringify(more))
})

t.test('a stream of lines: lanes, calls, what was used', async t => {
  const call = { function: { name: 'find', arguments: { q: 'x' } } }
  const body = lines([ollamaLine({ message: { role: 'assistant', content: '', thinking: 'hm' } }), ollamaLine({ message: { role: 'assistant', content: '', tool_calls: [call] } }), ollamaLine({ message: { role: 'assistant', content: '', tool_calls: [call] } }), ...chatLines(['one ', 'two'])])
  const events = readAll(body)
  t.equal(Buffer.concat(events.map(({ bytes }) => bytes)).toString(), body)
  t.same(events.flatMap(({ pieces }) => pieces.filter(({ role, text }) => role === 'next' && text !== '').map(({ lane, text }) => [lane.name, lane.kind, text])), [['message/thinking', 'reasoning', 'hm'], ['message/content', 'text', 'one '], ['message/content', 'text', 'two']])
  t.match(events.flatMap(({ calls }) => calls), [{ name: 'find', lane: { name: 'message/tool_calls/0/function/arguments' } }, { name: 'find', lane: { name: 'message/tool_calls/1/function/arguments' } }])
  t.match(events.at(-1), { mark: 'terminal', finish: 'stop', usage: { inputTokens: 11, outputTokens: 7, estimated: false } })
})

t.test('the tokens of a context go where anything was edited', async t => {
  const events = readAll(lines([ollamaEnd({ response: '', context: [1, 2, 3] })]))
  t.same(events[0]?.unscanned, [{ kind: 'token_array', path: '/context', bytes: 5 }])
  t.match(JSON.parse(Buffer.from(events[0]?.write([], true).bytes ?? []).toString()), { context: null })
  const whole = ollama.readAnswer({ status: 200, contentType: 'application/json', body: Buffer.from(JSON.stringify(ollamaEnd({ response: 'a@x.org', context: [1, 2, 3] }))), stream: false })
  const lane = whole.answer.lanes.findIndex(({ text }) => text === 'a@x.org')
  t.match(JSON.parse(Buffer.from(whole.rewrite([{ lane, start: 0, end: 7, replacement: '[MAIL]' }])).toString()), { response: '[MAIL]', context: null })
})

t.test('a stream that ends early is done, by a reason of its own, or fails', async t => {
  const blocked = Buffer.from(open().ending({ kind: 'blocked', code: 'GW_RESPONSE_BLOCKED', message: 'no' })).toString()
  t.match(JSON.parse(blocked), { done: true, done_reason: 'content_filter', message: { role: 'assistant', content: '' } })
  t.equal(readAll(blocked).at(-1)?.finish, 'content_filter')
  t.same(JSON.parse(Buffer.from(open().ending({ kind: 'failed', code: 'GW_UPSTREAM_FAILED', message: 'it failed' })).toString()), { error: 'it failed', code: 'GW_UPSTREAM_FAILED' })
})

t.test('a stream that is cut, torn or goes on after its end is no answer', async t => {
  const good = lines(chatLines(['x']))
  const cases: Array<[name: string, body: string | Uint8Array]> = [
    ['without its end', lines(chatLines(['x']).slice(0, -1))], ['empty', ''], ['an error', `{"error":"out of memory"}\n${good}`], ['no JSON', `{\n${good}`], ['a line that says nothing', `\n${good}`], ['more after the end', good + good],
    ['bad UTF-8', Buffer.concat([Buffer.from([0x22, 0xff, 0x22, 0x0a]), Buffer.from(good)])]
  ]
  for (const [name, body] of cases) {
    t.throws(() => {
      const stream = open()
      stream.push(Buffer.from(body))
      stream.end()
    }, { code: 'GW_UPSTREAM_BAD_RESPONSE' }, name)
  }
  t.equal(readAll(good.trimEnd()).at(-1)?.mark, 'terminal', 'the last line\'s end may be missing')
})

t.test('an error is Ollama\'s own, with its code', async t => {
  t.same(JSON.parse(ollama.error({ code: 'GW_POLICY_DENIED', message: 'no', status: 403 }).body), { error: 'no', code: 'GW_POLICY_DENIED' })
})
