/**
 * Reads a stream of chunks as it arrives: the pieces of each text are joined into one lane, so that a value cut across chunks
 * is found. What was not edited stays byte-exact.
 */
import { countOf, itemsOf, memberOf, presentMember, readJson, textMember, type JsonKey, type JsonNode, type JsonText } from '../../../core/content/json.ts'
import { dataPlace, SseReader, writeEvent, type SseEvent } from '../../../core/content/sse.ts'
import { GatewayError } from '../../../core/errors.ts'
import type { Lane, Unscanned } from '../../../core/pipeline/facts.ts'
import type { AnswerEvent, StreamCall, StreamEnd, StreamLane, StreamPiece } from '../../../core/pipeline/stream.ts'
import type { AnswerStream } from '../../../core/protocol/contract.ts'
import { makeEvent, type Place, type PlacedPiece } from '../../../core/protocol/event.ts'
import { BinaryRuns, StreamLanes } from '../../../core/protocol/stream-lanes.ts'
import { sortFields, type AnswerWords } from '../dialect/fields.ts'
import { readUsage } from './usage.ts'
import { logprobTexts } from './logprobs.ts'
import { StreamCalls } from './tool-calls.ts'

/** Fields that every chunk repeats: each stands for itself. All other fields of a choice are pieces of one text. */
const repeated: ReadonlySet<string> = new Set(['id', 'name', 'type', 'role', 'index', 'finish_reason', 'native_finish_reason', 'stop_reason'])

/** Random filling, another in every chunk. */
const filling = 'obfuscation'

/** What chunks are made of: those of chats, and those of plain completions. */
export interface ChunkForm {
  readonly words: AnswerWords
  readonly object: string
  /** A choice of a chunk of the gateway's own that says nothing. */
  readonly nothing: Readonly<Record<string, unknown>>
  /** What goes on with the lane of this path, within a choice; null where nothing can. */
  going (path: readonly string[], text: string): Readonly<Record<string, unknown>> | null
}

export class ChunkStream implements AnswerStream {
  readonly #form: ChunkForm
  readonly #reader = new SseReader()
  readonly #lanes = new StreamLanes()
  readonly #binary = new BinaryRuns()
  readonly #calls = new StreamCalls()
  /** Choices that have begun, and those of them that have not ended, as of the last event read. */
  #choices: readonly number[] = []
  #isDone = false

  constructor (form: ChunkForm) {
    this.#form = form
  }

  push (bytes: Uint8Array): AnswerEvent[] {
    return this.#reader.push(bytes).map(event => this.#take(event))
  }

  end (): AnswerEvent[] {
    const last = this.#reader.end()
    const events = last === null ? [] : [this.#take(last)]
    if (!this.#isDone) throw badResponse()
    return events
  }

  keepAlive (): Uint8Array {
    return this.note('keep-alive')
  }

  note (text: string): Uint8Array {
    return Buffer.from(`: ${text}\n\n`)
  }

  ending (end: StreamEnd): Uint8Array {
    return this.#ending(end, [])
  }

  insert (lane: StreamLane, text: string): AnswerEvent | null {
    const going = lane.kind === 'field' ? null : this.#form.going(lane.path.slice(2), text)
    return going === null ? null : this.#take(onlyEvent(this.#chunk([{ index: Number(lane.path[1]), ...going, logprobs: null, finish_reason: null }])))
  }

  #take (event: SseEvent): AnswerEvent {
    const isEnd = event.data?.toString('latin1') === '[DONE]'
    if ((this.#isDone && event.lines.length > 0) || (!event.isComplete && !isEnd && event.lines.length > 0)) throw badResponse()
    const pieces = event.lines.flatMap(line => line.field === 'data' || line.text === ':' ? [] : this.#line(line))
    if (isEnd) {
      this.#isDone = true
      return this.#event({ ...nothingIn(event), pieces, mark: 'terminal', closes: this.#lanes.all() })
    }
    return event.data === null ? this.#event({ ...nothingIn(event), pieces }) : this.#read(event, event.data, pieces)
  }

  #line ({ text, start, end }: { readonly text: string, readonly start: number, readonly end: number }): PlacedPiece {
    return { lane: this.#lanes.at('field', ['stream']), role: 'whole', kind: 'raw', text, start, end }
  }

  #read (event: SseEvent, data: Buffer, pieces: PlacedPiece[]): AnswerEvent {
    const root = readChunk(data)
    const place = dataPlace(event)
    const unscanned: Unscanned[] = []
    const voided: Place[] = []
    const literalOf = ({ kind, text, start, end }: JsonText | JsonKey): Pick<PlacedPiece, 'kind' | 'text' | 'start' | 'end'> => ({ kind, text, start: place(start), end: place(end) })
    sortFields(root, [], '', this.#form.words, {
      text: (kind, path, node) => {
        const role = roleOf(kind, path, node)
        const lane = this.#lanes.at(kind, path)
        pieces.push({ lane, role, ...literalOf(node) })
        if (role === 'next' && kind !== 'field' && this.#binary.push(lane, node.text)) unscanned.push({ kind: 'binary', path: '/choices/*/message/*', bytes: node.text.length })
        this.#calls.note(path, node.text, lane)
      },
      unscanned: entry => { unscanned.push(entry) },
      logprobs: (node, path) => {
        if (node.kind === 'null') return
        voided.push({ start: place(node.start), end: place(node.end) })
        for (const [rank, text] of logprobTexts(node).entries()) pieces.push({ lane: this.#lanes.at('field', [...path, String(rank)]), role: 'shadow', kind: 'raw', text, start: 0, end: 0 })
      }
    })
    const finished = this.#note(root)
    const finish = [...finished.values()][0] ?? null
    const closes = finished.size === 0 ? [] : this.#lanes.all().filter(({ path }) => path[0] === 'choices' && finished.has(Number(path[1])))
    const usage = readUsage(root)
    const mark = usage !== null && itemsOf(memberOf(root, 'choices')).length === 0 ? 'usage' : 'content'
    return this.#event({ ...nothingIn(event), mark, pieces, voided, closes, calls: this.#calls.completed(finished), unscanned, finish, usage })
  }

  /** The choices that end with this chunk, each with its reason. */
  #note (root: JsonNode): ReadonlyMap<number, string> {
    const finished = new Map<number, string>()
    for (const [position, choice] of itemsOf(memberOf(root, 'choices')).entries()) {
      const index = countOf(memberOf(choice, 'index')) ?? position
      const finish = textMember(choice, 'finish_reason')
      if (!this.#choices.includes(index)) this.#choices = [...this.#choices, index]
      if (finish !== null) finished.set(index, finish)
    }
    return finished
  }

  #event (facts: Omit<Parameters<typeof makeEvent>[0], 'ending'>): AnswerEvent {
    const choices = this.#choices
    return makeEvent({ ...facts, ending: end => this.#ending(end, choices) })
  }

  /** A filtered stream as OpenAI ends one: each choice finishes with `content_filter`. A failed one: an error, and no end. */
  #ending ({ kind, code, message }: StreamEnd, choices: readonly number[]): Buffer {
    if (kind === 'failed') return Buffer.from(writeEvent(JSON.stringify({ error: { message, type: 'server_error', code, param: null } })))
    const ends = (choices.length === 0 ? [0] : choices).map(index => ({ index, ...this.#form.nothing, logprobs: null, finish_reason: 'content_filter' }))
    return Buffer.from(this.#chunk(ends) + writeEvent('[DONE]'))
  }

  /** A chunk of the gateway's own. */
  #chunk (choices: readonly unknown[]): string {
    return writeEvent(JSON.stringify({ id: 'chatcmpl-sallyport', object: this.#form.object, created: Math.floor(Date.now() / 1000), model: '', choices }))
  }
}

function roleOf (kind: Lane['kind'], path: readonly string[], { kind: literal }: JsonText | JsonKey): StreamPiece['role'] {
  const isOfChoice = path[0] === 'choices' || path[0] === filling
  return kind !== 'field' || (isOfChoice && literal === 'string' && !repeated.has(path.at(-1) ?? '')) ? 'next' : 'whole'
}

function readChunk (data: Buffer): JsonNode {
  const root = readStrictly(data)
  if (root.kind !== 'object' || presentMember(root, 'error') !== null || memberOf(root, 'choices')?.kind !== 'array') throw badResponse()
  return root
}

/** Strict JSON speaks of a caller's body; here it is the endpoint's. */
function readStrictly (data: Buffer): JsonNode {
  try {
    return readJson(data)
  } catch (thrown) {
    throw thrown instanceof GatewayError ? badResponse(thrown) : thrown
  }
}

type Unmarked = Omit<Parameters<typeof makeEvent>[0], 'ending'>

function nothingIn ({ bytes }: SseEvent): Unmarked {
  return { mark: 'content', bytes, pieces: [], voided: [], closes: [], calls: noCalls, unscanned: [], finish: null, usage: null }
}

const noCalls: readonly StreamCall[] = []

function onlyEvent (text: string): SseEvent {
  const [event] = new SseReader().push(Buffer.from(text))
  if (event === undefined) throw new Error('a chunk of the gateway\'s own is no event')
  return event
}

function badResponse (cause?: unknown): GatewayError {
  return new GatewayError('GW_UPSTREAM_BAD_RESPONSE', { cause })
}
