import t from 'tap'
import { openaiResponses } from '../../../../plugins/protocol/openai-responses/index.ts'
import type { RequestReading } from '../../../../core/protocol/contract.ts'
import { rawRequest } from '../bodies.ts'

const path = '/v1/responses'
const read = (more: Readonly<Record<string, unknown>> = {}): RequestReading => openaiResponses.read(rawRequest(path, { model: 'm', input: 'hello', store: false, ...more }))
const listed = ({ unscanned }: RequestReading): Array<[kind: string, path: string]> => unscanned.map(({ kind, path }) => [kind, path])

t.test('a plain request: action, target, shape, tools', async t => {
  t.match(read(), { action: 'chat', target: { path: '/responses', query: '' }, messageCount: 1, unscanned: [], serverSide: [], shape: { stream: false, maxOutputTokens: null, outputFormat: 'text', workload: 'chat', toolCount: 0 } })
  const tools = [{ type: 'function', name: 'b', parameters: {} }, { type: 'custom', name: 'a' }, { type: 'namespace', name: 'n', tools: [{ type: 'function', name: 'c' }] }, { type: 'local_shell' }]
  t.match(read({ tools, stream: true, max_output_tokens: 9, input: [{ role: 'user', content: 'a' }, { role: 'user', content: 'b' }] }), {
    tools: ['a', 'b', 'c'], messageCount: 2, serverSide: [], shape: { stream: true, maxOutputTokens: 9, toolCount: 4, workload: 'tool_use' }
  })
  t.match(read({ text: { format: { type: 'json_schema', name: 'n', schema: {} } } }).shape, { outputFormat: 'json_schema', workload: 'structured_output' })
  t.match(read({ text: { format: { type: 'text' } } }).shape, { outputFormat: 'text' })
})

t.test('what the endpoint does or keeps on its own is named; it keeps what it is not told to forget', async t => {
  const cases: Array<[more: Record<string, unknown>, names: string[]]> = [
    [{}, []],
    [{ store: undefined }, ['stored']],
    [{ store: null }, ['stored']],
    [{ store: true, background: true }, ['background', 'stored']],
    [{ conversation: 'conv_1' }, ['stored']],
    [{ tools: [{ type: 'web_search_preview_2025_03_11' }, { type: 'file_search', vector_store_ids: ['vs_1'] }, { type: 'code_interpreter', container: { type: 'auto' } }, { type: 'image_generation' }] }, ['code_interpreter', 'file_search', 'image_generation', 'web_search']],
    [{ tools: [{ type: 'mcp', server_label: 'l', server_url: 'https://mcp.example:8443/sse' }] }, ['mcp', 'remote:mcp.example:8443']],
    [{ tools: [{ type: 'shell' }] }, ['shell']],
    [{ tools: [{ type: 'shell', environment: { type: 'container_auto' } }] }, ['shell']],
    [{ tools: [{ type: 'shell', environment: { type: 'local' } }, { type: 'apply_patch' }, { type: 'computer_use_preview' }, { type: 'tool_search', execution: 'client' }] }, []],
    [{ tools: [{ type: 'tool_search' }] }, ['tool_search']],
    [{ tools: [{ type: 'brand_new_tool' }, {}] }, ['brand_new_tool', 'unknown']],
    [{ tools: [{ type: 'namespace', name: 'n', tools: [{ type: 'web_search' }] }] }, ['web_search']],
    [{ context_management: [{ type: 'compaction' }], models: ['other'] }, ['context_management', 'model_fallback']]
  ]
  for (const [more, names] of cases) t.same(read(more).serverSide, names, JSON.stringify(more))
})

t.test('content that no detector can read is listed by kind and part', async t => {
  const part = (content: unknown): Record<string, unknown> => ({ input: [{ role: 'user', content: [content] }] })
  const inPart = '/input/*/content/*'
  const cases: Array<[more: Record<string, unknown>, listed: Array<[string, string]>]> = [
    [part({ type: 'input_image', image_url: 'data:image/png;base64,AAAA' }), [['image', inPart]]],
    [part({ type: 'input_image', image_url: 'https://x.example/a.png' }), [['image', inPart], ['remote', inPart]]],
    [part({ type: 'input_image' }), [['image', inPart]]],
    [part({ type: 'input_file', file_id: 'file-1' }), [['file', inPart]]],
    [part({ type: 'input_file', file_url: 'https://x.example/a.pdf' }), [['file', inPart], ['remote', inPart]]],
    [part({ type: 'input_file', filename: 'a.txt', file_data: Buffer.from('words').toString('base64') }), []],
    [part({ type: 'input_file', filename: 'a.pdf', file_data: Buffer.from('words').toString('base64') }), [['file', inPart]]],
    [part({ type: 'input_file', file_data: `data:text/csv;base64,${Buffer.from('a,b').toString('base64')}` }), []],
    [part({ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }), [['audio', inPart]]],
    [part({ type: 'input_video', url: 'x' }), [['opaque', inPart]]],
    [{ previous_response_id: 'resp_1' }, [['state', '/previous_response_id']]],
    [{ prompt: { id: 'pmpt_1', variables: { a: 'b' } } }, [['state', '/prompt']]],
    [{ input: [{ type: 'item_reference', id: 'msg_1' }, { id: 'msg_2' }] }, [['state', '/input/*'], ['state', '/input/*']]],
    [{ input: [{ type: 'reasoning', summary: [], encrypted_content: 'QUJD' }] }, [['encrypted', '/input/*/encrypted_content']]],
    [{ input: [{ type: 'function_call', call_id: 'c', name: 'f', arguments: '{"a":' }] }, [['opaque', '/input/*/arguments']]],
    [{ input: [{ type: 'novelty', text: 'x' }] }, [['opaque', '/input/*']]],
    [{ tools: [{ type: 'code_interpreter', container: 'cntr_1' }] }, [['state', '/tools/*/container']]],
    [{ tools: [{ type: 'code_interpreter', container: { type: 'auto', file_ids: ['file-1'] } }] }, [['file', '/tools/*/container/file_ids']]]
  ]
  for (const [more, expected] of cases) t.same(listed(read(more)), expected, JSON.stringify(more))
})

t.test('what is no such request has its code', async t => {
  const cases: Array<[body: unknown, code: string]> = [
    [{ input: 'x' }, 'GW_REQUEST_MODEL_MISSING'],
    [{ model: 'm', input: 7 }, 'GW_REQUEST_INVALID'],
    [{ model: 'm', input: ['x'] }, 'GW_REQUEST_INVALID'],
    [{ model: 'm', input: [{ type: 7 }] }, 'GW_REQUEST_INVALID'],
    [{ model: 'm', input: [{ role: 'user', content: [{ text: 'x' }] }] }, 'GW_REQUEST_INVALID'],
    [{ model: 'm', input: [{ type: 'message', content: 'x' }] }, 'GW_REQUEST_INVALID'],
    [{ model: 'm', input: 'x', stream: 'yes' }, 'GW_REQUEST_INVALID'],
    [{ model: 'm', input: 'x', store: 0 }, 'GW_REQUEST_INVALID'],
    [{ model: 'm', input: 'x', tools: {} }, 'GW_REQUEST_INVALID'],
    [{ model: 'm', input: 'x', max_output_tokens: -1 }, 'GW_REQUEST_INVALID'],
    [{ model: 'm', input: 'x', Store: false }, 'GW_REQUEST_INVALID'],
    [{ model: 'm', input: [{ role: 'user', content: [{ type: 'input_text', Text: 'x' }] }] }, 'GW_REQUEST_INVALID']
  ]
  for (const [body, code] of cases) t.throws(() => openaiResponses.read(rawRequest(path, body)), { code }, JSON.stringify(body))
})

t.test('findings stand where policies can weigh them', async t => {
  const { leaves } = read({ tools: [{ type: 'function', name: 'f', parameters: { type: 'object', properties: { ssn: { description: 'x' } } } }], input: [{ type: 'function_call_output', call_id: 'c', output: 'y' }] })
  t.same(leaves.filter(({ text }) => text === 'x' || text === 'y' || text === 'ssn').map(({ pattern, kind }) => [pattern, kind]), [
    ['/input/*/output', 'string'], ['/tools/*/parameters/properties/*', 'key'], ['/tools/*/parameters/properties/*/description', 'string']
  ].sort((a, b) => leaves.findIndex(({ pattern }) => pattern === a[0]) - leaves.findIndex(({ pattern }) => pattern === b[0])))
})
