/** Answers of endpoints in the dialects beside chat completions, whole and as streams, as the APIs' own documentation shows them. */
import type { Step } from './upstream.ts'

/** A stream of typed events, framed as their name and their data. */
export function typedEvents (events: ReadonlyArray<Readonly<Record<string, unknown>> & { readonly type: string }>): string {
  return events.map(event => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('')
}

export function eventStream (body: string | Uint8Array): Step {
  return { kind: 'bytes', body, headers: { 'content-type': 'text/event-stream; charset=utf-8' } }
}

/** A response of these items. */
export function responseOf (output: readonly unknown[], more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    id: 'resp_1',
    object: 'response',
    created_at: 1700000000,
    status: 'completed',
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    model: 'test-model',
    output,
    parallel_tool_calls: true,
    temperature: 1.0,
    tool_choice: 'auto',
    tools: [],
    usage: { input_tokens: 11, input_tokens_details: { cached_tokens: 0 }, output_tokens: 7, output_tokens_details: { reasoning_tokens: 0 }, total_tokens: 18 },
    metadata: {},
    ...more
  }
}

export function messageItem (text: string, annotations: readonly unknown[] = []): Record<string, unknown> {
  return { id: 'msg_1', type: 'message', status: 'completed', role: 'assistant', content: [{ type: 'output_text', text, annotations, logprobs: [] }] }
}

export function functionItem (name: string, args: string): Record<string, unknown> {
  return { id: 'fc_1', type: 'function_call', status: 'completed', name, call_id: 'call_1', arguments: args }
}

type TypedEvent = Readonly<Record<string, unknown>> & { readonly type: string }

/** The events of a response that says one text in these pieces; `extra` events come before the text is done. */
export function textEvents (pieces: readonly string[], extra: readonly TypedEvent[] = [], annotations: readonly unknown[] = []): TypedEvent[] {
  const text = pieces.join('')
  const at = { item_id: 'msg_1', output_index: 0, content_index: 0 }
  const part = (said: string, cited: readonly unknown[]): object => ({ type: 'output_text', text: said, annotations: cited, logprobs: [] })
  const opened = responseOf([], { status: 'in_progress', usage: null })
  return numbered([
    { type: 'response.created', response: opened },
    { type: 'response.in_progress', response: opened },
    { type: 'response.output_item.added', output_index: 0, item: { ...messageItem(''), status: 'in_progress', content: [] } },
    { type: 'response.content_part.added', ...at, part: part('', []) },
    ...pieces.map(delta => ({ type: 'response.output_text.delta', ...at, delta, logprobs: [] })),
    ...extra,
    { type: 'response.output_text.done', ...at, text, logprobs: [] },
    { type: 'response.content_part.done', ...at, part: part(text, annotations) },
    { type: 'response.output_item.done', output_index: 0, item: messageItem(text, annotations) },
    { type: 'response.completed', response: responseOf([messageItem(text, annotations)]) }
  ])
}

/** The events of a response that calls one function. */
export function functionEvents (name: string, pieces: readonly string[]): TypedEvent[] {
  const args = pieces.join('')
  const at = { item_id: 'fc_1', output_index: 0 }
  return numbered([
    { type: 'response.created', response: responseOf([], { status: 'in_progress', usage: null }) },
    { type: 'response.output_item.added', output_index: 0, item: { ...functionItem(name, ''), status: 'in_progress' } },
    ...pieces.map(delta => ({ type: 'response.function_call_arguments.delta', ...at, delta })),
    { type: 'response.function_call_arguments.done', ...at, name, arguments: args },
    { type: 'response.output_item.done', output_index: 0, item: functionItem(name, args) },
    { type: 'response.completed', response: responseOf([functionItem(name, args)]) }
  ])
}

function numbered (events: readonly TypedEvent[]): TypedEvent[] {
  return events.map((event, index) => ({ ...event, sequence_number: index }))
}

/** A message of these blocks. */
export function messageOf (content: readonly unknown[], more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'test-model',
    content,
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 11, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 7, service_tier: 'standard' },
    ...more
  }
}

/** A block of a stream: how it begins, and its deltas. */
export interface StreamedBlock { readonly start: Readonly<Record<string, unknown>>, readonly deltas: ReadonlyArray<Readonly<Record<string, unknown>>> }

export function textBlock (pieces: readonly string[]): StreamedBlock {
  return { start: { type: 'text', text: '' }, deltas: pieces.map(text => ({ type: 'text_delta', text })) }
}

export function toolBlock (name: string, pieces: readonly string[]): StreamedBlock {
  return { start: { type: 'tool_use', id: 'toolu_1', name, input: {} }, deltas: pieces.map(partial => ({ type: 'input_json_delta', partial_json: partial })) }
}

/** The events of a message of these blocks. */
export function messageEvents (blocks: readonly StreamedBlock[], stopReason = 'end_turn'): TypedEvent[] {
  return [
    { type: 'message_start', message: messageOf([], { stop_reason: null, usage: { input_tokens: 11, output_tokens: 1 } }) },
    { type: 'ping' },
    ...blocks.flatMap(({ start, deltas }, index) => [
      { type: 'content_block_start', index, content_block: start },
      ...deltas.map(delta => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index }
    ]),
    { type: 'message_delta', delta: { stop_reason: stopReason, stop_sequence: null }, usage: { output_tokens: 7 } },
    { type: 'message_stop' }
  ]
}

const counted = { total_duration: 4648158584, load_duration: 4071084, prompt_eval_count: 11, prompt_eval_duration: 439038000, eval_count: 7, eval_duration: 4196918000 }
const said = { model: 'test-model', created_at: '2026-01-12T14:13:43.416799Z' }

/** One answer of Ollama, or the last line of a stream. */
export function ollamaEnd (members: Readonly<Record<string, unknown>>, reason = 'stop'): Record<string, unknown> {
  return { ...said, ...members, done: true, done_reason: reason, ...counted }
}

export function ollamaLine (members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { ...said, ...members, done: false }
}

export function lines (values: readonly unknown[]): string {
  return values.map(value => `${JSON.stringify(value)}\n`).join('')
}

export function lineStream (body: string | Uint8Array): Step {
  return { kind: 'bytes', body, headers: { 'content-type': 'application/x-ndjson' } }
}

/** The lines of a chat in these pieces. */
export function chatLines (pieces: readonly string[]): Array<Record<string, unknown>> {
  return [...pieces.map(content => ollamaLine({ message: { role: 'assistant', content } })), ollamaEnd({ message: { role: 'assistant', content: '' } })]
}
