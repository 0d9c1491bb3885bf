/**
 * What reading costs: requests and answers of each size, beside `JSON.parse` of the same bytes, which keeps no places and
 * refuses nothing. In process, on one thread.
 *
 *   npm run bench:content
 */
import { readMediaType } from '../core/content/media-type.ts'
import type { Protocol, RawRequest } from '../core/protocol/contract.ts'
import { shippedProtocols } from '../plugins/index.ts'
import { median } from './parts/measure.ts'

interface Sample { readonly name: string, readonly bytes: number, read (): unknown, parse (): unknown }

const prose = 'The quick brown fox asked: "who am I?"\nIt walked over the hill, past 12 old oaks — and the river. '
const tool = { type: 'function', function: { name: 'find', description: 'Finds records of a customer.', parameters: { type: 'object', properties: { query: { type: 'string', description: 'words to look for' }, limit: { type: 'integer', minimum: 1 } }, required: ['query'], additionalProperties: false } } }
const usage = { prompt_tokens: 211, completion_tokens: 87, total_tokens: 298, prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 }, completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 } }

function protocolOf (name: string): Protocol {
  const protocol = shippedProtocols.find(each => each.name === name)
  if (protocol === undefined) throw new Error(`no protocol ${name}`)
  return protocol
}

function text (length: number): string {
  return prose.repeat(Math.ceil(length / prose.length)).slice(0, length)
}

/** A conversation of about as many bytes, with tools where it is long. */
function conversation (bytes: number): unknown {
  const turns = bytes < 4096 ? 2 : 14
  const messages = Array.from({ length: turns }, (_unused, index) => index % 4 === 3
    ? { role: 'assistant', content: null, tool_calls: [{ id: `call_${index}`, type: 'function', function: { name: 'find', arguments: JSON.stringify({ query: text(bytes / turns / 2), limit: 5 }) } }] }
    : { role: index % 2 === 0 ? 'user' : 'assistant', content: text(bytes / turns * 0.85) })
  return { model: 'bench-model', messages, temperature: 0.2, stream: false, ...bytes < 4096 ? {} : { tools: [tool, tool, tool] } }
}

function request (name: string, protocol: string, path: string, body: unknown): Sample {
  const bytes = Buffer.from(JSON.stringify(body))
  const raw: RawRequest = { method: 'POST', path, query: '', route: path, stripPrefix: false, contentType: 'application/json', contentEncoding: null, accept: 'application/json', headers: [], body: bytes }
  const { read } = protocolOf(protocol)
  return { name, bytes: bytes.length, read: () => read(raw).leaves.length, parse: () => JSON.parse(bytes.toString('utf8')) as unknown }
}

function answer (name: string, protocol: string, body: unknown): Sample {
  const bytes = Buffer.from(JSON.stringify(body))
  const { readAnswer } = protocolOf(protocol)
  return { name, bytes: bytes.length, read: () => readAnswer({ status: 200, contentType: 'application/json', body: bytes, stream: false }).answer.lanes.length, parse: () => JSON.parse(bytes.toString('utf8')) as unknown }
}

/** A stream of as many chunks, each of them an event of its own on the wire. */
function stream (name: string, protocol: string, contentType: string, events: readonly string[]): Sample {
  const chunks = events.map(event => Buffer.from(event))
  const { openAnswer } = protocolOf(protocol)
  return {
    name,
    bytes: chunks.reduce((sum, { length }) => sum + length, 0),
    read: () => {
      const opened = openAnswer?.({ status: 200, contentType, stream: true })
      return chunks.reduce((sum, chunk) => sum + (opened?.push(chunk).length ?? 0), 0)
    },
    parse: () => chunks.map(chunk => JSON.parse(chunk.toString('utf8', chunk.indexOf('{'), chunk.lastIndexOf('}') + 1)) as unknown)
  }
}

const completion = (content: string): unknown => ({ id: 'chatcmpl-9a7', object: 'chat.completion', created: 1700000000, model: 'bench-model', choices: [{ index: 0, message: { role: 'assistant', content, refusal: null, annotations: [] }, logprobs: null, finish_reason: 'stop' }], usage, service_tier: 'default', system_fingerprint: 'fp_44709d6fcb' })
const chunk = (content: string): string => `data: ${JSON.stringify({ id: 'chatcmpl-9a7', object: 'chat.completion.chunk', created: 1700000000, model: 'bench-model', choices: [{ index: 0, delta: { content }, logprobs: null, finish_reason: null }] })}\n\n`
const message = (content: string): unknown => ({ id: 'msg_01', type: 'message', role: 'assistant', model: 'bench-model', content: [{ type: 'text', text: content }], stop_reason: 'end_turn', stop_sequence: null, usage: { input_tokens: 211, output_tokens: 87 } })
const item = (content: string): unknown => ({ id: 'msg_1', type: 'message', status: 'completed', role: 'assistant', content: [{ type: 'output_text', annotations: [], logprobs: [], text: content }] })
const response = (content: string): unknown => ({ id: 'resp_1', object: 'response', created_at: 1700000000, status: 'completed', model: 'bench-model', output: [item(content)], parallel_tool_calls: true, temperature: 1, tools: [], usage: { input_tokens: 211, output_tokens: 87, total_tokens: 298 } })

const samples: readonly Sample[] = [
  request('chat request, 1 KB', 'openai.chat', '/v1/chat/completions', conversation(1024)),
  request('chat request, 16 KB', 'openai.chat', '/v1/chat/completions', conversation(16_384)),
  request('embeddings request, 16 KB', 'openai.embeddings', '/v1/embeddings', { model: 'bench-model', input: Array.from({ length: 32 }, () => text(500)) }),
  request('messages request, 16 KB', 'anthropic.messages', '/v1/messages', { model: 'bench-model', max_tokens: 1024, messages: Array.from({ length: 14 }, (_unused, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', content: [{ type: 'text', text: text(1000) }] })) }),
  answer('chat answer, 1 KB', 'openai.chat', completion(text(500))),
  answer('chat answer, 16 KB', 'openai.chat', completion(text(15_000))),
  answer('messages answer, 1 KB', 'anthropic.messages', message(text(700))),
  answer('responses answer, 1 KB', 'openai.responses', response(text(600))),
  answer('embeddings answer, 1,536 numbers', 'openai.embeddings', { object: 'list', data: [{ object: 'embedding', index: 0, embedding: Array.from({ length: 1536 }, (_unused, index) => Number(Math.sin(index).toFixed(9))) }], model: 'bench-model', usage: { prompt_tokens: 8, total_tokens: 8 } }),
  stream('chat stream, 100 chunks', 'openai.chat', 'text/event-stream', Array.from({ length: 100 }, (_unused, index) => chunk(` word${index}`))),
  stream('messages stream, 100 deltas', 'anthropic.messages', 'text/event-stream', [
    `event: message_start\ndata: ${JSON.stringify({ type: 'message_start', message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1 } } })}\n\n`,
    `event: content_block_start\ndata: ${JSON.stringify({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } })}\n\n`,
    ...Array.from({ length: 100 }, (_unused, index) => `event: content_block_delta\ndata: ${JSON.stringify({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: ` word${index}` } })}\n\n`)
  ])
]

/** Microseconds of CPU a call, and bytes of garbage: nothing is collected while it is counted, if the young generation is large. */
function measure (work: () => unknown, calls: number): { readonly micros: number, readonly bytes: number } {
  globalThis.gc?.()
  const heap = process.memoryUsage().heapUsed
  const before = process.cpuUsage()
  for (let call = 0; call < calls; call++) kept = work()
  const { user, system } = process.cpuUsage(before)
  return { micros: (user + system) / calls, bytes: (process.memoryUsage().heapUsed - heap) / calls }
}

/** What was read last, so that reading is not optimised away. */
let kept: unknown

function compare ({ name, bytes, read, parse }: Sample): void {
  const calls = Math.max(100, Math.round(3_000_000 / bytes))
  for (let call = 0; call < 2 * calls; call++) kept = [read(), parse()]
  const rounds = Array.from({ length: 9 }, () => ({ read: measure(read, calls), parse: measure(parse, calls) }))
  const of = (pick: (round: (typeof rounds)[number]) => number): number => median(rounds.map(pick))
  console.log([name.padEnd(34), `${of(({ read: { micros } }) => micros).toFixed(1)} us`.padStart(10), `${Math.round(of(round => round.read.bytes))} B`.padStart(10), `${of(round => round.read.micros / round.parse.micros).toFixed(2)} x JSON.parse`.padStart(20)].join(' '))
}

for (const sample of samples) compare(sample)
const header = Buffer.from('application/json; charset=utf-8').toString('latin1')
const types = measure(() => readMediaType(header), 100_000)
console.log(`a content type: ${types.micros.toFixed(2)} us, ${Math.round(types.bytes)} B${kept === undefined ? '.' : ''}`)
