import t from 'tap'
import { anthropicMessages } from '../../../../plugins/protocol/anthropic-messages/index.ts'
import type { RequestReading } from '../../../../core/protocol/contract.ts'
import { rawRequest } from '../bodies.ts'

const path = '/v1/messages'
const messages = [{ role: 'user', content: 'hello' }]
const read = (more: Readonly<Record<string, unknown>> = {}, at = path): RequestReading => anthropicMessages.read(rawRequest(at, { model: 'm', max_tokens: 64, messages, ...more }))
const block = (...content: unknown[]): Record<string, unknown> => ({ messages: [{ role: 'user', content }] })
const base64 = (text: string): string => Buffer.from(text).toString('base64')

t.test('a plain request: action, target, shape, tools', async t => {
  t.match(read(), { action: 'chat', target: { path: '/v1/messages', query: '' }, messageCount: 1, unscanned: [], serverSide: [], shape: { stream: false, maxOutputTokens: 64, outputFormat: 'text', workload: 'chat' } })
  t.match(read({ tools: [{ name: 'b', input_schema: {} }, { type: 'bash_20250124', name: 'bash' }], stream: true }), { tools: ['b', 'bash'], serverSide: [], shape: { stream: true, toolCount: 2, workload: 'tool_use' } })
  t.match(read({ output_config: { format: { type: 'json_schema', schema: {} } } }).shape, { outputFormat: 'json_schema', workload: 'structured_output' })
})

t.test('the path says whether tokens are counted; nothing else below it is served', async t => {
  t.match(read({ max_tokens: undefined }, '/v1/messages/count_tokens'), { action: 'count_tokens', target: { path: '/v1/messages/count_tokens' }, shape: { maxOutputTokens: 0 } })
  t.equal(anthropicMessages.read(rawRequest('/anywhere', { model: 'm', messages })).action, 'chat', 'a route of one path may lie anywhere')
  t.throws(() => anthropicMessages.read(rawRequest('/v1/messages/batches', {}, { route: '/v1/messages/*' })), { code: 'GW_REQUEST_NOT_FOUND' })
})

t.test('what the endpoint does or keeps on its own is named', async t => {
  const cases: Array<[more: Record<string, unknown>, names: string[]]> = [
    [{ tools: [{ name: 'f', input_schema: {} }, { type: 'custom', name: 'g', input_schema: {} }, { type: 'text_editor_20250728', name: 'e' }, { type: 'computer_20251124', name: 'c' }, { type: 'memory_20250818', name: 'm' }] }, []],
    [{ tools: [{ type: 'web_search_20250305', name: 'w' }, { type: 'web_fetch_20250910', name: 'f' }, { type: 'code_execution_20250825', name: 'c' }, { type: 'tool_search_tool_bm25_20251119', name: 't' }] }, ['code_execution', 'tool_search_tool_bm25', 'web_fetch', 'web_search']],
    [{ mcp_servers: [{ type: 'url', url: 'https://mcp.example/sse', name: 's' }] }, ['mcp', 'remote:mcp.example']],
    [{ tools: [{ type: 'mcp_toolset', mcp_server_name: 's' }] }, ['mcp']],
    [{ container: 'container_1' }, ['container']],
    [{ container: { skills: [{ type: 'anthropic', skill_id: 'pdf' }] } }, ['container', 'skills']],
    [{ context_management: { edits: [] }, fallbacks: 'default', thread: { type: 'create' } }, ['context_management', 'model_fallback', 'stored']]
  ]
  for (const [more, names] of cases) t.same(read(more).serverSide, names, JSON.stringify(more))
})

t.test('content that no detector can read is listed by kind; documents of text are read', async t => {
  const cases: Array<[content: unknown, kinds: string[]]> = [
    [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } }, ['image']],
    [{ type: 'image', source: { type: 'url', url: 'https://x.example/a.png' } }, ['image', 'remote']],
    [{ type: 'image', source: { type: 'file', file_id: 'file_1' } }, ['file']],
    [{ type: 'image', source: { type: 'beamed', data: 'x' } }, ['image']],
    [{ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'AAAA' } }, ['file']],
    [{ type: 'document', source: { type: 'base64', media_type: 'text/plain', data: base64('words') } }, []],
    [{ type: 'document', source: { type: 'base64', media_type: 'text/plain', data: base64('%PDF-1.7') } }, ['file']],
    [{ type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'words' } }, []],
    [{ type: 'document', source: { type: 'content', content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } }] } }, ['image']],
    [{ type: 'tool_result', tool_use_id: 't', content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } }] }, ['image']],
    [{ type: 'thinking', thinking: 'hm', signature: 'QUJD' }, ['encrypted']],
    [{ type: 'redacted_thinking', data: 'QUJD' }, ['encrypted']],
    [{ type: 'container_upload', file_id: 'file_1' }, ['file']],
    [{ type: 'novelty', text: 'x' }, ['opaque']],
    [{ type: 'text', text: 'words' }, []]
  ]
  for (const [content, kinds] of cases) t.same(read(block(content)).unscanned.map(({ kind }) => kind), kinds, JSON.stringify(content))
  t.same(read(block({ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } })).unscanned, [{ kind: 'image', path: '/messages/*/content/*', bytes: 4 }])
})

t.test('what the endpoint signed is read, and an edit of it denies', async t => {
  const request = rawRequest(path, { model: 'm', messages: [{ role: 'assistant', content: [{ type: 'thinking', thinking: 'of a@x.org', signature: 's' }, { type: 'text', text: 'to a@x.org' }] }] })
  const reading = anthropicMessages.read(request)
  const edit = (pattern: string): Uint8Array => {
    const leaf = reading.leaves.findIndex(each => each.pattern === pattern)
    return anthropicMessages.edit(request, reading, [{ leaf, start: 3, end: 10, replacement: '[MAIL]' }])
  }
  t.match(Buffer.from(edit('/messages/*/content/*/text')).toString(), /"to \[MAIL\]"/)
  t.throws(() => edit('/messages/*/content/*/thinking'), { code: 'GW_POLICY_REDACTION' })
})

t.test('a document in base64 is redacted in its own encoding', async t => {
  const request = rawRequest(path, { model: 'm', messages: [{ role: 'user', content: [{ type: 'document', source: { type: 'base64', media_type: 'text/plain', data: base64('mail a@x.org now') } }] }] })
  const reading = anthropicMessages.read(request)
  const leaf = reading.leaves.findIndex(({ text }) => text === 'mail a@x.org now')
  const body = anthropicMessages.edit(request, reading, [{ leaf, start: 5, end: 12, replacement: '[MAIL]' }])
  t.match(JSON.parse(Buffer.from(body).toString()), { messages: [{ content: [{ source: { data: base64('mail [MAIL] now') } }] }] })
  t.equal(anthropicMessages.read({ ...request, body }).leaves[leaf]?.text, 'mail [MAIL] now')
})

t.test('what is no such request has its code', async t => {
  const cases: Array<[body: unknown, code: string]> = [
    [{ messages }, 'GW_REQUEST_MODEL_MISSING'],
    [{ model: 'm' }, 'GW_REQUEST_INVALID'],
    [{ model: 'm', messages: 'x' }, 'GW_REQUEST_INVALID'],
    [{ model: 'm', messages: [{ role: 'user' }] }, 'GW_REQUEST_INVALID'],
    [{ model: 'm', messages: [{ role: 'user', content: 7 }] }, 'GW_REQUEST_INVALID'],
    [{ model: 'm', messages: [{ role: 'user', content: ['x'] }] }, 'GW_REQUEST_INVALID'],
    [{ model: 'm', messages, system: { text: 'x' } }, 'GW_REQUEST_INVALID'],
    [{ model: 'm', messages, max_tokens: '5' }, 'GW_REQUEST_INVALID'],
    [{ model: 'm', messages, stream: 1 }, 'GW_REQUEST_INVALID'],
    [{ model: 'm', messages, mcp_servers: {} }, 'GW_REQUEST_INVALID'],
    [{ model: 'm', messages, Messages: [] }, 'GW_REQUEST_INVALID']
  ]
  for (const [body, code] of cases) t.throws(() => anthropicMessages.read(rawRequest(path, body)), { code }, JSON.stringify(body))
})

t.test('an error is in Anthropic\'s envelope', async t => {
  for (const [status, type] of [[400, 'invalid_request_error'], [401, 'authentication_error'], [403, 'permission_error'], [404, 'not_found_error'], [413, 'request_too_large'], [429, 'rate_limit_error'], [502, 'api_error'], [503, 'overloaded_error'], [504, 'timeout_error']] as const) {
    t.same(JSON.parse(anthropicMessages.error({ code: 'GW_POLICY_DENIED', message: 'no', status }).body), { type: 'error', error: { type, message: 'no', code: 'GW_POLICY_DENIED' } })
  }
})
