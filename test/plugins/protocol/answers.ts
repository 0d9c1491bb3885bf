/** One full answer of each API, whole and as a stream: every place that its documentation knows, each with plain content. */
import { chatLines, lines, messageEvents, messageItem, messageOf, ollamaEnd, ollamaLine, responseOf, textBlock, textEvents, toolBlock, typedEvents, functionEvents, functionItem } from '../../helpers/dialects.ts'

const base64 = 'SGVsbG8gd29ybGQh'
const cited = [{ type: 'url_citation', url: 'https://x.example', title: 'X', start_index: 0, end_index: 2 }]
const logprobs = { content: [{ token: 'hi', logprob: -0.5, bytes: [104, 105], top_logprobs: [{ token: 'ho', logprob: -2.5, bytes: [104, 111] }] }], refusal: null }
const chat = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1700000000,
  model: 'gpt-4o',
  choices: [{
    index: 0,
    message: {
      role: 'assistant',
      content: 'hi',
      refusal: 'no',
      reasoning_content: 'hm',
      annotations: [{ type: 'url_citation', url_citation: { url: 'https://x.example', title: 'X', start_index: 0, end_index: 2 } }],
      audio: { id: 'audio_1', data: base64, transcript: 'hi', expires_at: 1700000000 },
      tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'find', arguments: '{"q":"words"}' } }]
    },
    logprobs,
    finish_reason: 'stop'
  }],
  usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18, prompt_tokens_details: { cached_tokens: 0 } },
  system_fingerprint: 'fp_1',
  service_tier: 'default'
}

const step = { id: 'x_1', status: 'completed' }
const response = responseOf([
  { ...messageItem('hi', cited) },
  functionItem('find', '{"q":"words"}'),
  { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'thought' }], content: [{ type: 'reasoning_text', text: 'thought' }], encrypted_content: base64 },
  { type: 'web_search_call', ...step, action: { type: 'search', query: 'words' } },
  { type: 'file_search_call', ...step, queries: ['words'], results: [{ text: 'found', filename: 'a.txt', file_id: 'file-1', score: 0.5 }] },
  { type: 'code_interpreter_call', ...step, code: 'print(1)', container_id: 'cntr_1', outputs: [{ type: 'logs', logs: '1' }] },
  { type: 'image_generation_call', ...step, result: base64 },
  { type: 'computer_call', ...step, call_id: 'c', action: { type: 'type', text: 'words' }, pending_safety_checks: [] },
  { type: 'mcp_call', id: 'm', server_label: 'l', name: 'find', arguments: '{"q":1}', output: 'found', error: null },
  { type: 'custom_tool_call', ...step, call_id: 'c', name: 'sql', input: 'select 1' },
  { type: 'apply_patch_call', ...step, call_id: 'c', operation: { type: 'update_file', path: 'a', diff: '+a' } },
  { type: 'brand_new', text: 'x' }
], { instructions: 'be brief', metadata: { case: 'c-1' }, text: { format: { type: 'text' } }, reasoning: { effort: 'low' } })

const message = messageOf([
  { type: 'text', text: 'hi', citations: [{ type: 'char_location', cited_text: 'x', document_index: 0, document_title: 't', start_char_index: 0, end_char_index: 1 }] },
  { type: 'thinking', thinking: 'hm', signature: base64 },
  { type: 'redacted_thinking', data: base64 },
  { type: 'tool_use', id: 'toolu_1', name: 'find', input: { q: 'words', n: [12] } },
  { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'words' } },
  { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [{ type: 'web_search_result', url: 'https://x.example', title: 'X', encrypted_content: base64, page_age: '1 day' }] },
  { type: 'code_execution_tool_result', tool_use_id: 'srvtoolu_1', content: { type: 'code_execution_result', stdout: 'a', stderr: 'b', return_code: 0, content: [] } }
])

/** By name: the protocol, and a full answer in JSON. */
export const fullAnswers: Readonly<Record<string, readonly [protocol: string, body: unknown]>> = {
  chat: ['openai.chat', chat],
  response: ['openai.responses', response],
  completion: ['openai.completions', {
    id: 'cmpl-1',
    object: 'text_completion',
    created: 1700000000,
    model: 'm',
    choices: [{ index: 0, text: 'hi', logprobs: { tokens: ['hi'], token_logprobs: [-0.5], top_logprobs: [{ ho: -2.5 }], text_offset: [0] }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }
  }],
  embeddings: ['openai.embeddings', { object: 'list', data: [{ object: 'embedding', index: 0, embedding: [0.25, -0.5] }], model: 'm', usage: { prompt_tokens: 8, total_tokens: 8 } }],
  message: ['anthropic.messages', message],
  'count of tokens': ['anthropic.messages', { input_tokens: 2095 }],
  'ollama chat': ['ollama', ollamaEnd({ message: { role: 'assistant', content: 'hi', thinking: 'hm', tool_calls: [{ function: { name: 'find', arguments: { q: 'words', n: [12] } } }] } })],
  'ollama generation': ['ollama', ollamaEnd({ response: 'hi', thinking: 'hm', context: [1, 2, 3] })],
  'ollama embeddings': ['ollama', { model: 'm', embeddings: [[0.25, -0.5]], total_duration: 14143917, load_duration: 1019500, prompt_eval_count: 8 }]
}

const chunk = (delta: object, finish: string | null = null): object => ({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1700000000, model: 'm', choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] })
const at = { item_id: 'msg_1', output_index: 0, content_index: 0 }
const extra = [
  { type: 'response.output_text.annotation.added', ...at, annotation_index: 0, annotation: cited[0] },
  { type: 'response.reasoning_summary_part.added', item_id: 'rs_1', output_index: 1, summary_index: 0, part: { type: 'summary_text', text: '' } },
  { type: 'response.reasoning_summary_text.delta', item_id: 'rs_1', output_index: 1, summary_index: 0, delta: 'thought' },
  { type: 'response.reasoning_summary_text.done', item_id: 'rs_1', output_index: 1, summary_index: 0, text: 'thought' },
  { type: 'response.refusal.delta', ...at, content_index: 1, delta: 'no' },
  { type: 'response.image_generation_call.partial_image', item_id: 'ig_1', output_index: 2, partial_image_index: 0, partial_image_b64: base64 },
  { type: 'response.audio.delta', delta: base64 },
  { type: 'response.audio.transcript.delta', delta: 'hi' },
  { type: 'response.web_search_call.searching', item_id: 'ws_1', output_index: 3 },
  { type: 'response.brand_new.delta', delta: 'news', output_index: 4 }
]

/** By name: the protocol, the media type, the events, and how they are framed. */
export const fullStreams: Readonly<Record<string, readonly [protocol: string, contentType: string, events: readonly unknown[], frame: (events: readonly unknown[]) => string]>> = {
  chat: ['openai.chat', 'text/event-stream', [
    chunk({ role: 'assistant', content: '', refusal: null }), chunk({ content: 'hi' }), chunk({ reasoning_content: 'hm' }), chunk({ tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'find', arguments: '{}' } }] }), chunk({}, 'stop')
  ], chunks],
  completion: ['openai.completions', 'text/event-stream', [{ id: 'cmpl-1', object: 'text_completion', created: 1700000000, model: 'm', choices: [{ index: 0, text: 'hi', logprobs: null, finish_reason: 'stop' }] }], chunks],
  response: ['openai.responses', 'text/event-stream', textEvents(['hi', ' there'], extra, cited), typed],
  'response that calls': ['openai.responses', 'text/event-stream', functionEvents('find', ['{"q":', '"words"}']), typed],
  message: ['anthropic.messages', 'text/event-stream', messageEvents([
    { ...textBlock(['hi', ' there']), deltas: [...textBlock(['hi', ' there']).deltas, { type: 'citations_delta', citation: { type: 'char_location', cited_text: 'x', document_index: 0, document_title: 't', start_char_index: 0, end_char_index: 1 } }] },
    { start: { type: 'thinking', thinking: '', signature: '' }, deltas: [{ type: 'thinking_delta', thinking: 'hm' }, { type: 'signature_delta', signature: base64 }] },
    toolBlock('find', ['{"q":', '"words"}']),
    { start: { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'words' } }, deltas: [] },
    { start: { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [{ type: 'web_search_result', url: 'https://x.example', title: 'X', encrypted_content: base64 }] }, deltas: [] }
  ]), typed],
  'ollama chat': ['ollama', 'application/x-ndjson', [ollamaLine({ message: { role: 'assistant', content: '', thinking: 'hm' } }), ollamaLine({ message: { role: 'assistant', content: '', tool_calls: [{ function: { name: 'find', arguments: { q: 'words' } } }] } }), ...chatLines(['hi', ' there'])], lines],
  'ollama generation': ['ollama', 'application/x-ndjson', [ollamaLine({ response: 'hi' }), ollamaEnd({ response: '', context: [1, 2, 3] })], lines]
}

function chunks (events: readonly unknown[]): string {
  return [...events.map(event => JSON.stringify(event)), '[DONE]'].map(data => `data: ${data}\n\n`).join('')
}

function typed (events: readonly unknown[]): string {
  return typedEvents(events as Parameters<typeof typedEvents>[0])
}
