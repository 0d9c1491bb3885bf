/** One full body of each API: every place that its documentation knows, each with plain content. */
import type { Protocol, RawRequest } from '../../../core/protocol/contract.ts'
import { shippedProtocols } from '../../../plugins/index.ts'

export function protocolOf (name: string): Protocol {
  const protocol = shippedProtocols.find(each => each.name === name)
  if (protocol === undefined) throw new Error(`no protocol ${name}`)
  return protocol
}

export function rawRequest (path: string, body: unknown, more: Partial<RawRequest> = {}): RawRequest {
  return {
    method: 'POST',
    path,
    query: '',
    route: path,
    stripPrefix: false,
    contentType: 'application/json',
    contentEncoding: null,
    accept: null,
    headers: [],
    body: body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    ...more
  }
}

const parameters = {
  type: 'object',
  title: 'Query',
  description: 'what to find',
  required: ['q'],
  additionalProperties: false,
  properties: { q: { type: 'string', description: 'the words', enum: ['a', 'b'], default: 'a', examples: ['b'], const: 'c' }, deep: { anyOf: [{ type: 'array', items: { $ref: '#/$defs/x' } }] } }
}
const base64 = 'SGVsbG8gd29ybGQh'
const location = { type: 'approximate', city: 'Oslo', country: 'NO', region: 'Oslo', timezone: 'Europe/Oslo' }

const chat = {
  model: 'gpt-4o',
  messages: [
    { role: 'developer', content: 'be brief', name: 'ops' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'hello' }, { type: 'image_url', image_url: { url: 'https://x.example/a.png', detail: 'low' } }, { type: 'input_audio', input_audio: { data: base64, format: 'wav' } },
        { type: 'file', file: { file_data: `data:application/pdf;base64,${base64}`, filename: 'a.pdf', file_id: 'file-1' } }, { type: 'video_url', video_url: { url: 'https://x.example' } }
      ]
    },
    {
      role: 'assistant',
      content: [{ type: 'refusal', refusal: 'no' }],
      refusal: 'no',
      audio: { id: 'audio_1' },
      reasoning_content: 'hm',
      tool_calls: [
        { id: 'call_1', type: 'function', function: { name: 'find', arguments: '{"q":"words","n":12}' } }, { id: 'call_2', type: 'custom', custom: { name: 'sql', input: 'select 1' } }
      ],
      function_call: { name: 'find', arguments: '{"q":"words"}' }
    },
    { role: 'tool', tool_call_id: 'call_1', content: 'found it' },
    { role: 'function', name: 'find', content: 'found it' }
  ],
  audio: { voice: 'alloy', format: 'wav' },
  modalities: ['text', 'audio'],
  tools: [{ type: 'function', function: { name: 'find', description: 'finds', parameters, strict: true } }, { type: 'custom', custom: { name: 'sql', description: 'queries', format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: x' } } } }],
  tool_choice: { type: 'function', function: { name: 'find' } },
  functions: [{ name: 'old', description: 'finds', parameters }],
  function_call: { name: 'old' },
  response_format: { type: 'json_schema', json_schema: { name: 'answer', description: 'an answer', schema: parameters, strict: true } },
  prediction: { type: 'content', content: [{ type: 'text', text: 'hello' }] },
  web_search_options: { search_context_size: 'low', user_location: { type: 'approximate', approximate: location } },
  stream: true,
  stream_options: { include_usage: true },
  store: false,
  metadata: { case: 'c-1' },
  user: 'u-1',
  safety_identifier: 's-1',
  prompt_cache_key: 'k-1',
  stop: ['END'],
  seed: 7,
  n: 1,
  temperature: 0.5,
  top_p: 1,
  max_tokens: 5,
  max_completion_tokens: 5,
  presence_penalty: 0,
  frequency_penalty: 0,
  logit_bias: { 50256: -100 },
  logprobs: true,
  top_logprobs: 2,
  parallel_tool_calls: true,
  reasoning_effort: 'low',
  verbosity: 'low',
  service_tier: 'auto',
  prompt_cache_retention: 'in-memory',
  x_vendor: { own: ['field', 3] }
}

const call = { id: 'x_1', call_id: 'call_1', status: 'completed' }
const responses = {
  model: 'gpt-4o',
  instructions: 'be brief',
  input: [
    { role: 'user', content: 'hello' },
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_text', text: 'hello' }, { type: 'input_image', image_url: 'https://x.example/a.png', detail: 'low' }, { type: 'input_image', file_id: 'file-1' },
        { type: 'input_file', file_data: base64, filename: 'a.pdf' }, { type: 'input_file', file_url: 'https://x.example/a.pdf' }, { type: 'input_audio', input_audio: { data: base64, format: 'wav' } }, { type: 'new', other: 'x' }
      ]
    },
    {
      type: 'message',
      role: 'assistant',
      id: 'msg_1',
      status: 'completed',
      content: [
        { type: 'output_text', text: 'hi', annotations: [{ type: 'url_citation', url: 'https://x.example', title: 'X', start_index: 0, end_index: 2 }], logprobs: [{ token: 'hi', logprob: -0.1, bytes: [104], top_logprobs: [] }] }, { type: 'refusal', refusal: 'no' }
      ]
    },
    { type: 'function_call', ...call, name: 'find', arguments: '{"q":"words","n":12}' }, { type: 'function_call_output', ...call, output: 'found' },
    { type: 'function_call_output', ...call, output: [{ type: 'input_text', text: 'found' }, { type: 'input_image', image_url: `data:image/png;base64,${base64}` }] },
    { type: 'custom_tool_call', ...call, name: 'sql', input: 'select 1' }, { type: 'custom_tool_call_output', ...call, output: 'one' },
    { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'thought' }], content: [{ type: 'reasoning_text', text: 'thought' }], encrypted_content: base64 },
    { type: 'compaction', id: 'c_1', encrypted_content: base64 },
    { type: 'file_search_call', ...call, queries: ['words'], results: [{ text: 'found', filename: 'a.txt', file_id: 'file-1', score: 0.5, attributes: { a: 'b' } }] },
    { type: 'web_search_call', ...call, action: { type: 'search', query: 'words', queries: ['words'], sources: [{ type: 'url', url: 'https://x.example' }] } },
    { type: 'computer_call', ...call, action: { type: 'type', text: 'words' }, pending_safety_checks: [{ id: 's', code: 'c', message: 'm' }] },
    { type: 'computer_call_output', ...call, output: { type: 'computer_screenshot', image_url: 'https://x.example/a.png' } },
    { type: 'image_generation_call', ...call, result: base64 },
    { type: 'code_interpreter_call', ...call, code: 'print(1)', container_id: 'cntr_1', outputs: [{ type: 'logs', logs: '1' }, { type: 'image', url: 'https://x.example/a.png' }] },
    { type: 'local_shell_call', ...call, action: { type: 'exec', command: ['ls'], env: { A: 'b' }, working_directory: '/', user: 'u', timeout_ms: 5 } }, { type: 'local_shell_call_output', ...call, output: 'a' },
    { type: 'shell_call', ...call, action: { commands: ['ls'], max_output_length: 5 }, environment: { type: 'local' } }, { type: 'shell_call_output', ...call, output: [{ stdout: 'a', stderr: 'b', outcome: { type: 'exit', exit_code: 0 } }] },
    { type: 'apply_patch_call', ...call, operation: { type: 'update_file', path: 'a.txt', diff: '+a' } }, { type: 'apply_patch_call_output', ...call, output: 'done' },
    { type: 'mcp_list_tools', id: 'm_1', server_label: 'l', tools: [{ name: 'find', description: 'finds', input_schema: parameters, annotations: { a: 'b' } }], error: 'none' },
    { type: 'mcp_approval_request', id: 'm_2', server_label: 'l', name: 'find', arguments: '{"q":1}' }, { type: 'mcp_approval_response', approval_request_id: 'm_2', approve: true, reason: 'fine' },
    { type: 'mcp_call', id: 'm_3', server_label: 'l', name: 'find', arguments: '{"q":1}', output: 'found', error: 'none' },
    { type: 'tool_search_call', ...call, arguments: { q: 'words' }, execution: 'client' }, { type: 'tool_search_output', ...call, tools: [{ type: 'function', name: 'find', parameters }] },
    { type: 'item_reference', id: 'msg_2' }, { id: 'msg_3' }, { type: 'brand_new', text: 'x' }
  ],
  tools: [
    { type: 'function', name: 'find', description: 'finds', parameters, strict: true }, { type: 'custom', name: 'sql', description: 'queries', format: { type: 'grammar', syntax: 'lark', definition: 'start: x' } },
    { type: 'namespace', name: 'crm', description: 'all of it', tools: [{ type: 'function', name: 'lookup', parameters }] }, { type: 'local_shell' }, { type: 'shell', environment: { type: 'local', skills: [{ name: 's', description: 'd', path: '/p' }] } },
    { type: 'web_search', search_context_size: 'low', user_location: location, filters: { allowed_domains: ['x.example'] } }, { type: 'file_search', vector_store_ids: ['vs_1'], filters: { type: 'eq', key: 'k', value: 'v' } },
    { type: 'code_interpreter', container: { type: 'auto', file_ids: ['file-1'] } }, { type: 'image_generation', input_image_mask: { image_url: 'https://x.example/m.png' } },
    { type: 'mcp', server_label: 'l', server_url: 'https://mcp.example/sse', authorization: 'token', headers: { 'x-a': 'b' }, allowed_tools: ['find'], require_approval: 'never' }
  ],
  tool_choice: { type: 'function', name: 'find' },
  text: { format: { type: 'json_schema', name: 'answer', description: 'an answer', schema: parameters, strict: true }, verbosity: 'low' },
  reasoning: { effort: 'low', summary: 'auto' },
  prompt: { id: 'pmpt_1', version: '1', variables: { name: 'Jo', part: { type: 'input_text', text: 'hello' } } },
  previous_response_id: 'resp_1',
  conversation: { id: 'conv_1' },
  stream: false,
  store: false,
  background: false,
  include: ['reasoning.encrypted_content'],
  max_output_tokens: 5,
  max_tool_calls: 2,
  metadata: { case: 'c-1' },
  user: 'u-1',
  safety_identifier: 's-1',
  prompt_cache_key: 'k-1',
  temperature: 0.5,
  top_p: 1,
  top_logprobs: 2,
  truncation: 'auto',
  parallel_tool_calls: true,
  service_tier: 'auto',
  context_management: [{ type: 'compaction', compact_threshold: 1000 }],
  x_vendor: { own: ['field', 3] }
}

const cached = { cache_control: { type: 'ephemeral' } }
const result = { tool_use_id: 'toolu_1' }
const messages = {
  model: 'claude',
  system: [{ type: 'text', text: 'be brief', ...cached }],
  messages: [
    { role: 'user', content: 'hello' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'hello', ...cached, citations: [{ type: 'char_location', cited_text: 'x', document_index: 0, document_title: 't', start_char_index: 0, end_char_index: 1 }] },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: base64 } }, { type: 'image', source: { type: 'url', url: 'https://x.example/a.png' } },
        { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: base64 }, title: 'a', context: 'b', citations: { enabled: true } }, { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'words' } },
        { type: 'document', source: { type: 'content', content: [{ type: 'text', text: 'words' }, { type: 'image', source: { type: 'file', file_id: 'file_1' } }] } }, { type: 'document', source: { type: 'url', url: 'https://x.example/a.pdf' } },
        { type: 'search_result', source: 'https://x.example', title: 'X', content: [{ type: 'text', text: 'found' }], citations: { enabled: true } }, { type: 'container_upload', file_id: 'file_1' }, { type: 'novel', text: 'x' },
        { type: 'tool_result', ...result, is_error: false, content: [{ type: 'text', text: 'found' }, { type: 'image', source: { type: 'base64', media_type: 'image/png', data: base64 } }, { type: 'tool_reference', tool_name: 'find' }] }, { type: 'tool_result', ...result, content: 'found' }
      ]
    },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'hm', signature: base64 }, { type: 'redacted_thinking', data: base64 }, { type: 'compaction', content: 'so far', encrypted_content: base64 }, { type: 'tool_use', id: 'toolu_1', name: 'find', input: { q: 'words', n: [12, { deep: 'x' }] } },
        { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'words' } }, { type: 'web_search_tool_result', ...result, content: [{ type: 'web_search_result', url: 'https://x.example', title: 'X', encrypted_content: base64, page_age: '1 day' }] },
        { type: 'web_search_tool_result', ...result, content: { type: 'web_search_tool_result_error', error_code: 'unavailable' } },
        { type: 'web_fetch_tool_result', ...result, content: { type: 'web_fetch_result', url: 'https://x.example', retrieved_at: '2026', content: { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'words' }, title: 'a' } } },
        { type: 'code_execution_tool_result', ...result, content: { type: 'code_execution_result', stdout: 'a', stderr: 'b', return_code: 0, content: [{ type: 'code_execution_output', file_id: 'file_1' }] } },
        { type: 'bash_code_execution_tool_result', ...result, content: { type: 'bash_code_execution_result', stdout: 'a', stderr: 'b', return_code: 0, content: [] } },
        { type: 'text_editor_code_execution_tool_result', ...result, content: { type: 'text_editor_code_execution_view_result', file_type: 'text', content: 'a', num_lines: 1 } },
        { type: 'tool_search_tool_result', ...result, content: { type: 'tool_search_tool_search_result', tool_references: [{ type: 'tool_reference', tool_name: 'find' }] } },
        { type: 'mcp_tool_use', id: 'mcptoolu_1', name: 'find', server_name: 's', input: { q: 'words' } }, { type: 'mcp_tool_result', ...result, content: [{ type: 'text', text: 'found' }] }
      ]
    }
  ],
  max_tokens: 5,
  stream: false,
  stop_sequences: ['END'],
  temperature: 0.5,
  top_p: 1,
  top_k: 5,
  metadata: { user_id: 'u-1' },
  thinking: { type: 'enabled', budget_tokens: 1024 },
  service_tier: 'auto',
  tools: [
    { name: 'find', description: 'finds', input_schema: parameters, input_examples: [{ q: 'words' }], ...cached }, { type: 'custom', name: 'more', input_schema: parameters }, { type: 'bash_20250124', name: 'bash' },
    { type: 'web_search_20250305', name: 'web_search', max_uses: 2, allowed_domains: ['x.example'], user_location: location }, { type: 'web_fetch_20250910', name: 'web_fetch' }, { type: 'mcp_toolset', mcp_server_name: 's' }
  ],
  tool_choice: { type: 'tool', name: 'find' },
  mcp_servers: [{ type: 'url', url: 'https://mcp.example/sse', name: 's', authorization_token: 'token', tool_configuration: { enabled: true, allowed_tools: ['find'] } }],
  container: { id: 'container_1', skills: [{ type: 'anthropic', skill_id: 'pdf', version: 'latest' }] },
  context_management: { edits: [{ type: 'clear_tool_uses_20250919' }] },
  output_config: { effort: 'low', format: { type: 'json_schema', schema: parameters } },
  inference_geo: 'eu',
  x_vendor: { own: ['field', 3] }
}

const options = { num_predict: 5, temperature: 0.5, stop: ['END'], seed: 7 }
const ollamaTool = { type: 'function', function: { name: 'find', description: 'finds', parameters } }
const ollamaChat = {
  model: 'llama',
  messages: [
    { role: 'system', content: 'be brief' }, { role: 'user', content: 'look', images: [base64] }, { role: 'assistant', content: 'hm', thinking: 'so', tool_calls: [{ id: 'c_1', function: { name: 'find', arguments: { q: 'words', n: [12] } } }] },
    { role: 'tool', tool_name: 'find', content: 'found' }
  ],
  tools: [ollamaTool],
  format: parameters,
  options,
  stream: false,
  keep_alive: '5m',
  think: true,
  x_vendor: { own: ['field', 3] }
}
const ollamaGenerate = {
  model: 'llama', prompt: 'hello', suffix: 'end', system: 'be brief', template: '{{ .Prompt }}', images: [base64], context: [1, 2, 3], raw: false, format: 'json', options, stream: false, keep_alive: 300, think: 'low', x_vendor: 'field'
}

/** By name: the protocol, the path it is called on, and a full body. */
export const fullBodies: Readonly<Record<string, readonly [protocol: string, path: string, body: Record<string, unknown>]>> = {
  chat: ['openai.chat', '/v1/chat/completions', chat],
  responses: ['openai.responses', '/v1/responses', responses],
  completions: ['openai.completions', '/v1/completions', {
    model: 'm', prompt: ['hello', 'there'], suffix: 'end', max_tokens: 5, n: 1, best_of: 1, echo: false, stop: 'END', logprobs: 2, logit_bias: { 50256: -100 }, temperature: 0.5, user: 'u-1', stream: false, x_vendor: { own: 'field' }
  }],
  embeddings: ['openai.embeddings', '/v1/embeddings', { model: 'm', input: ['hello', 'there'], dimensions: 256, encoding_format: 'float', user: 'u-1', x_vendor: { own: 'field' } }],
  messages: ['anthropic.messages', '/v1/messages', messages],
  'count of tokens': ['anthropic.messages', '/v1/messages/count_tokens', messages],
  'ollama chat': ['ollama', '/api/chat', ollamaChat],
  'ollama generate': ['ollama', '/api/generate', ollamaGenerate],
  'ollama embed': ['ollama', '/api/embed', { model: 'm', input: ['hello', 'there'], truncate: true, dimensions: 256, options, keep_alive: '5m', x_vendor: 'field' }],
  'ollama embeddings': ['ollama', '/api/embeddings', { model: 'm', prompt: 'hello', options, keep_alive: '5m', x_vendor: 'field' }],
  http: ['http', '/api/records', { name: 'x', values: [1, { deep: 'y' }] }]
}

/** Where a value stands: keys and indexes from the root. */
export type ValuePath = ReadonlyArray<string | number>

/** Every string, number and key of a body, with the body in which it is the canary: a number for a number, else text. */
export function * canaries (body: unknown, canary: { readonly text: string, readonly number: number }): Generator<{ readonly path: ValuePath, readonly kind: 'string' | 'number' | 'key', readonly body: unknown }> {
  for (const { path, kind } of placesOf(body, [])) yield { path, kind, body: planted(body, path, kind === 'number' ? canary.number : canary.text, kind) }
}

function * placesOf (value: unknown, path: ValuePath): Generator<{ readonly path: ValuePath, readonly kind: 'string' | 'number' | 'key' }> {
  if (typeof value === 'string') yield { path, kind: 'string' }
  else if (typeof value === 'number') yield { path, kind: 'number' }
  else if (Array.isArray(value)) for (const [index, item] of value.entries()) yield * placesOf(item, [...path, index])
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      yield { path: [...path, key], kind: 'key' }
      yield * placesOf(inner, [...path, key])
    }
  }
}

/** The body with another value, or another key, at a place. */
function planted (body: unknown, [first, ...rest]: ValuePath, value: unknown, kind: 'string' | 'number' | 'key'): unknown {
  if (first === undefined) return value
  if (Array.isArray(body)) return body.map((item, index) => index === first ? planted(item, rest, value, kind) : item)
  return Object.fromEntries(Object.entries(body as object).map(([key, inner]) => {
    if (key !== first) return [key, inner]
    return rest.length === 0 && kind === 'key' ? [String(value), inner] : [key, planted(inner, rest, value, kind)]
  }))
}
