/**
 * Reads a whole stream of chunks: the pieces of each text are joined into one lane, so that a value cut across chunks is
 * found, and edits go back into the chunks they came from. What was not edited stays byte-exact.
 */
import { countOf, itemsOf, memberOf, presentMember, readJson, textMember, type JsonKey, type JsonNode, type JsonText } from '../../../core/content/json.ts'
import type { Literal } from '../../../core/content/edit.ts'
import { LaneGathering } from '../../../core/content/lanes.ts'
import { isLongBase64 } from '../../../core/content/binary.ts'
import { dataPlace, readEvents, writeEvent, type SseEvent } from '../../../core/content/sse.ts'
import { GatewayError } from '../../../core/errors.ts'
import type { Lane, Unscanned, Usage } from '../../../core/pipeline/facts.ts'
import type { AnswerReading } from '../../../core/protocol/contract.ts'
import { readUsage, type RawAnswer } from './answer.ts'
import { sortFields } from './fields.ts'
import { logprobTexts } from './logprobs.ts'
import { ToolCalls } from './tool-calls.ts'

/** Throws GW_UPSTREAM_BAD_RESPONSE, and GW_CLASSIFY_* where a chunk is no JSON. */
export function readStream ({ status, body, stream }: RawAnswer): AnswerReading {
  const chunks = new Chunks()
  const events = readEvents(body)
  for (const event of events) chunks.take(event)
  if (!chunks.isDone) throw badResponse()
  const lanes = chunks.gathering.finish()
  const { finishes, usage, dropped, calls } = chunks
  const unscanned = [...chunks.unscanned, ...lanes.lanes.flatMap(binaryOf)]
  return {
    answer: { status, lanes: lanes.lanes, finish: [...finishes.values()][0] ?? null, tools: calls.list(), unscanned, bytes: body.length, stream },
    usage,
    rewrite: edits => lanes.rewrite(body, edits, dropped),
    blocked: () => Buffer.from(blockedEnd([...chunks.choices]))
  }
}

/** A lane put together from pieces can be long where no piece is. */
function binaryOf ({ kind, text }: Lane): Unscanned[] {
  return kind !== 'field' && isLongBase64(text) ? [{ kind: 'binary', path: '/choices/*/message/*', bytes: text.length }] : []
}

/** A filtered stream as OpenAI ends one: each choice finishes with `content_filter`. */
function blockedEnd (choices: readonly number[]): string {
  const ends = (choices.length === 0 ? [0] : choices).map(index => ({ index, delta: {}, logprobs: null, finish_reason: 'content_filter' }))
  const chunk = { id: 'chatcmpl-blocked', object: 'chat.completion.chunk', created: Math.floor(Date.now() / 1000), model: '', choices: ends }
  return writeEvent(JSON.stringify(chunk)) + writeEvent('[DONE]')
}

/** Fields that every chunk repeats: one lane for each different text. All other fields of a choice are pieces of one text. */
const repeated: ReadonlySet<string> = new Set(['id', 'name', 'type', 'role', 'index', 'finish_reason', 'native_finish_reason', 'stop_reason'])

/** What the chunks read so far come to. */
class Chunks {
  readonly gathering = new LaneGathering()
  readonly unscanned: Unscanned[] = []
  readonly calls = new ToolCalls()
  readonly choices = new Set<number>()
  readonly finishes = new Map<number, string>()
  readonly dropped: Array<{ readonly start: number, readonly end: number }> = []
  usage: Usage | null = null
  isDone = false

  take (event: SseEvent): void {
    const isEnd = event.data === '[DONE]'
    if (this.isDone || (!event.isComplete && !isEnd)) throw badResponse()
    for (const { field, text, start, end } of event.lines) {
      if (field !== 'data' && text !== ':') this.gathering.addOnce('field', ['stream'], { kind: 'raw', text, start, end })
    }
    if (isEnd) this.isDone = true
    else if (event.data !== null) this.#chunk(event.data, dataPlace(event))
  }

  #chunk (data: string, place: (offset: number) => number): void {
    const root = readJson(Buffer.from(data))
    if (root.kind !== 'object' || presentMember(root, 'error') !== null || memberOf(root, 'choices')?.kind !== 'array') throw badResponse()
    this.#note(root)
    const literalOf = ({ kind, text, start, end }: JsonText | JsonKey): Literal => ({ kind, text, start: place(start), end: place(end) })
    sortFields(root, [], '', {
      text: (kind, path, node) => { this.calls.note(path, node.text, this.#text(kind, path, literalOf(node))) },
      unscanned: entry => { this.unscanned.push(entry) },
      logprobs: (node, path) => { this.#logprobs(node, path, place) }
    })
  }

  #note (root: JsonNode): void {
    this.usage = readUsage(root) ?? this.usage
    for (const [position, choice] of itemsOf(memberOf(root, 'choices')).entries()) {
      const index = countOf(memberOf(choice, 'index')) ?? position
      const finish = textMember(choice, 'finish_reason')
      this.choices.add(index)
      if (finish !== null) this.finishes.set(index, finish)
    }
  }

  #text (kind: Lane['kind'], path: readonly string[], literal: Literal): number {
    const isOfChoice = path[0] === 'choices' || path[0] === 'obfuscation' // random filling, another in every chunk
    const isPiece = kind !== 'field' || (isOfChoice && literal.kind === 'string' && !repeated.has(path.at(-1) ?? ''))
    return isPiece ? this.gathering.append(kind, path, literal) : this.gathering.addOnce(kind, path, literal)
  }

  /** Tokens of chunk after chunk read on as one text. */
  #logprobs (node: JsonNode, path: readonly string[], place: (offset: number) => number): void {
    if (node.kind === 'null') return
    this.dropped.push({ start: place(node.start), end: place(node.end) })
    for (const [rank, text] of logprobTexts(node).entries()) this.gathering.appendDerived('field', [...path, String(rank)], text)
  }
}

function badResponse (): GatewayError {
  return new GatewayError('GW_UPSTREAM_BAD_RESPONSE')
}
