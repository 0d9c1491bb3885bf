/** Streams of every dialect that say the same: reasoning, a text, the arguments of a tool call, each in pieces. */
import type { Protocol } from '../../../../core/protocol/contract.ts'
import { anthropicMessages } from '../../../../plugins/protocol/anthropic-messages/index.ts'
import { ollama } from '../../../../plugins/protocol/ollama/index.ts'
import { openaiChat } from '../../../../plugins/protocol/openai-chat/index.ts'
import { openaiCompletions } from '../../../../plugins/protocol/openai-completions/index.ts'
import { openaiResponses } from '../../../../plugins/protocol/openai-responses/index.ts'

export interface Said {
  readonly reasoning: readonly string[]
  readonly text: readonly string[]
  /** Arguments of a call of the tool `send`; none: it is not called. */
  readonly call: readonly string[]
  /** In which order the dialects that can mix lanes do so: 0 reasoning, 1 text, 2 arguments. */
  readonly order: readonly number[]
}

export interface Dialect {
  readonly protocol: Protocol
  readonly contentType: string
  build (said: Said, end: string): Buffer
}

function sse (events: ReadonlyArray<Readonly<Record<string, unknown>> | string>, end: string): Buffer {
  return Buffer.from(events.map(event => {
    const data = typeof event === 'string' ? event : JSON.stringify(event)
    const type = typeof event === 'object' && typeof event['type'] === 'string' ? `event: ${event['type']}${end}` : ''
    return `${type}data: ${data}${end}${end}`
  }).join(''))
}

/** Pieces of all lanes, mixed. */
function mixed ({ reasoning, text, call, order }: Said): Array<readonly [lane: number, piece: string]> {
  const queues = [[...reasoning], [...text], [...call]]
  const events: Array<readonly [number, string]> = []
  for (const lane of order) for (const piece of queues[lane]?.splice(0, 1) ?? []) events.push([lane, piece])
  return [...events, ...queues.flatMap((queue, lane) => queue.map(piece => [lane, piece] as const))]
}

function chat (said: Said, end: string): Buffer {
  const chunk = (delta: object, finish: string | null = null): Record<string, unknown> => ({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1700000000, model: 'gpt-4o', choices: [{ index: 0, delta, finish_reason: finish }] })
  const first = said.call.length === 0 ? [] : [chunk({ tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'send', arguments: '' } }] })]
  const deltas = mixed(said).map(([lane, piece]) => chunk(lane === 0 ? { reasoning_content: piece } : lane === 1 ? { content: piece } : { tool_calls: [{ index: 0, function: { arguments: piece } }] }))
  return sse([chunk({ role: 'assistant', content: '' }), ...first, ...deltas, chunk({}, 'stop'), { ...chunk({}), choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } }, '[DONE]'], end)
}

function completions ({ text }: Said, end: string): Buffer {
  const chunk = (piece: string, finish: string | null): Record<string, unknown> => ({ id: 'cmpl-1', object: 'text_completion', created: 1700000000, model: 'gpt', choices: [{ index: 0, text: piece, logprobs: null, finish_reason: finish }] })
  return sse([...text.map(piece => chunk(piece, null)), chunk('', 'stop'), '[DONE]'], end)
}

function messages ({ reasoning, text, call }: Said, end: string): Buffer {
  const block = (index: number, start: object, deltas: readonly object[]): Array<Record<string, unknown>> => [
    { type: 'content_block_start', index, content_block: start },
    ...deltas.map(delta => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index }
  ]
  return sse([
    { type: 'message_start', message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude', content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 3, output_tokens: 1 } } },
    ...block(0, { type: 'thinking', thinking: '', signature: '' }, reasoning.map(thinking => ({ type: 'thinking_delta', thinking }))),
    ...block(1, { type: 'text', text: '' }, text.map(piece => ({ type: 'text_delta', text: piece }))),
    ...call.length === 0 ? [] : block(2, { type: 'tool_use', id: 'toolu_1', name: 'send', input: {} }, call.map(json => ({ type: 'input_json_delta', partial_json: json }))),
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 9 } },
    { type: 'message_stop' }
  ], end)
}

function responses ({ text, call }: Said, end: string): Buffer {
  let sequence = 0
  const event = (type: string, members: object): Record<string, unknown> => ({ type, ...members, sequence_number: sequence++ })
  const response = { id: 'resp_1', object: 'response', created_at: 1700000000, status: 'in_progress', error: null, incomplete_details: null, model: 'gpt-4o', output: [], usage: null }
  const whole = text.join('')
  const part = { type: 'output_text', text: whole, annotations: [] }
  const item = { id: 'msg_1', type: 'message', status: 'completed', role: 'assistant', content: [part] }
  const json = call.join('')
  const made = { id: 'fc_1', type: 'function_call', status: 'completed', call_id: 'call_1', name: 'send', arguments: json }
  const own = { item_id: 'msg_1', output_index: 0, content_index: 0 }
  const calls = (): Array<Record<string, unknown>> => call.length === 0
    ? []
    : [
        event('response.output_item.added', { output_index: 1, item: { ...made, status: 'in_progress', arguments: '' } }),
        ...call.map(delta => event('response.function_call_arguments.delta', { item_id: 'fc_1', output_index: 1, delta })),
        event('response.function_call_arguments.done', { item_id: 'fc_1', output_index: 1, arguments: json }),
        event('response.output_item.done', { output_index: 1, item: made })
      ]
  return sse([
    event('response.created', { response }),
    event('response.output_item.added', { output_index: 0, item: { ...item, status: 'in_progress', content: [] } }),
    event('response.content_part.added', { ...own, part: { ...part, text: '' } }),
    ...text.map(delta => event('response.output_text.delta', { ...own, delta })),
    event('response.output_text.done', { ...own, text: whole }),
    event('response.content_part.done', { ...own, part }),
    event('response.output_item.done', { output_index: 0, item }),
    ...calls(),
    event('response.completed', { response: { ...response, status: 'completed', output: call.length === 0 ? [item] : [item, made], usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3 } } })
  ], end)
}

function lines (said: Said): Buffer {
  const line = (message: object, more: object = { done: false }): string => `${JSON.stringify({ model: 'llama', created_at: '2026-11-25T10:00:00Z', message: { role: 'assistant', content: '', ...message }, ...more })}\n`
  const deltas = mixed({ ...said, call: [] }).map(([lane, piece]) => line(lane === 0 ? { thinking: piece } : { content: piece }))
  const call = said.call.length === 0 ? [] : [line({ tool_calls: [{ function: { name: 'send', arguments: JSON.parse(said.call.join('')) as unknown } }] })]
  return Buffer.from([...deltas, ...call, line({}, { done: true, done_reason: 'stop', prompt_eval_count: 3, eval_count: 4 })].join(''))
}

export const dialects: readonly Dialect[] = [
  { protocol: openaiChat, contentType: 'text/event-stream', build: chat },
  { protocol: openaiCompletions, contentType: 'text/event-stream', build: completions },
  { protocol: anthropicMessages, contentType: 'text/event-stream', build: messages },
  { protocol: openaiResponses, contentType: 'text/event-stream', build: responses },
  { protocol: ollama, contentType: 'application/x-ndjson', build: lines }
]
