/**
 * Reads a stream of chunks as it arrives: the pieces of each text are joined into one lane, so that a value cut across chunks
 * is found. What was not edited stays byte-exact.
 */
import { countOf, itemsOf, memberOf, presentMember, readJson, textMember, type JsonNode, type JsonObject } from '../../../core/content/json.ts'
import { dataPlace, SseReader, writeEvent, type SseEvent } from '../../../core/content/sse.ts'
import { GatewayError } from '../../../core/errors.ts'
import type { AnswerEvent, StreamEnd, StreamLane } from '../../../core/pipeline/stream.ts'
import type { AnswerStream } from '../../../core/protocol/contract.ts'
import { makeEvent, type EventFacts } from '../../../core/protocol/event.ts'
import { EventDraft, filling, StreamFields, type RoleOf } from '../dialect/event-draft.ts'
import { insertedEvent } from '../dialect/inserted.ts'
import { StreamShifts, type Pointer } from '../dialect/pointers.ts'
import type { AnswerPlace } from '../dialect/words.ts'
import { readUsage } from './usage.ts'
import { logprobTexts } from './logprobs.ts'
import { StreamCalls } from './tool-calls.ts'

/** Fields that every chunk repeats: each stands for itself. All other fields of a choice are pieces of one text. */
const repeated: ReadonlySet<string> = new Set(['id', 'name', 'type', 'role', 'index', 'finish_reason', 'native_finish_reason', 'stop_reason'])

/** What chunks are made of: those of chats, and those of plain completions. */
export interface ChunkForm {
  readonly root: AnswerPlace
  readonly object: string
  /** A choice of a chunk of the gateway's own that says nothing. */
  readonly nothing: Readonly<Record<string, unknown>>
  /** Where within a choice of a chunk the lane of this path goes on; null where nothing can. */
  goingAt (path: readonly string[]): readonly string[] | null
  /** Numbers that point into the text of a choice. */
  pointersOf (root: JsonNode): readonly Pointer[]
}

export class ChunkStream implements AnswerStream {
  readonly #form: ChunkForm
  readonly #reader = new SseReader()
  readonly #fields = new StreamFields(logprobTexts)
  readonly #shifts = new StreamShifts()
  readonly #calls = new StreamCalls()
  /** Choices that have begun, and those of them that have not ended, as of the last event read. */
  #choices: readonly number[] = []
  /** What every chunk repeats. */
  #head: Readonly<Record<string, unknown>> = {}
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
    const at = lane.kind === 'field' ? null : this.#form.goingAt(lane.path.slice(2))
    if (at === null) return null
    const going = at.reduceRight<unknown>((inner, key) => ({ [key]: inner }), text) as Readonly<Record<string, unknown>>
    const chunk = this.#chunk([{ index: Number(lane.path[1]), ...going, logprobs: null, finish_reason: null }], this.#head)
    const choices = this.#choices
    return insertedEvent(chunk, { lane, at: ['choices', '0', ...at], ending: end => this.#ending(end, choices), noted: this.#shifts.inserted(lane, text) })
  }

  #take (event: SseEvent): AnswerEvent {
    const isEnd = event.data !== null && event.data.length === 6 && event.data.toString('latin1') === '[DONE]'
    if ((this.#isDone && event.lines.length > 0) || (!event.isComplete && !isEnd && event.lines.length > 0)) throw badResponse()
    const draft = new EventDraft(this.#fields, event.bytes, dataPlace(event))
    for (const { field, text, start, end } of event.lines) if (field !== 'data' && text !== ':') draft.line(text, start, end)
    if (event.data !== null && !isEnd) return this.#read(readChunk(event.data), event, draft)
    this.#isDone ||= isEnd
    return this.#event(event, draft, { ...nothing, mark: isEnd ? 'terminal' : 'content', closes: isEnd ? this.#fields.lanes.all() : none })
  }

  #read (root: JsonObject, event: SseEvent, draft: EventDraft): AnswerEvent {
    if (this.#choices.length === 0) this.#head = headOf(root)
    draft.sort(root, [], this.#form.root, roleOf)
    for (const { lane, text } of draft.pieces) this.#calls.note(lane, text)
    const finished = this.#note(root)
    const usage = readUsage(root)
    const pointers = this.#form.pointersOf(root)
    return this.#event(event, draft, {
      mark: usage !== null && itemsOf(memberOf(root, 'choices')).length === 0 ? 'usage' : 'content',
      closes: finished.size === 0 ? none : this.#fields.lanes.all().filter(({ path }) => path[0] === 'choices' && finished.has(Number(path[1]))),
      calls: this.#calls.completed(finished),
      finish: finished.size === 0 ? null : [...finished.values()][0] ?? null,
      usage,
      noted: this.#shifts.follow(draft.pieces),
      rewritten: pointers.length === 0 ? null : this.#shifts.pointing(pointers, draft.place)
    })
  }

  /** The choices that end with this chunk, each with its reason. */
  #note (root: JsonNode): ReadonlyMap<number, string> {
    let finished: Map<number, string> | null = null
    for (const [position, choice] of itemsOf(memberOf(root, 'choices')).entries()) {
      const index = countOf(memberOf(choice, 'index')) ?? position
      const finish = textMember(choice, 'finish_reason')
      if (!this.#choices.includes(index)) this.#choices = [...this.#choices, index]
      if (finish !== null) finished = (finished ?? new Map<number, string>()).set(index, finish)
    }
    return finished ?? noneFinished
  }

  #event ({ bytes }: SseEvent, { pieces, voided, found }: EventDraft, { mark, closes, calls, finish, usage, noted, rewritten }: EventNotes): AnswerEvent {
    const choices = this.#choices
    return makeEvent({ mark, bytes, pieces, voided, closes, calls, unscanned: found, finish, usage, noted, rewritten, ending: end => this.#ending(end, choices) })
  }

  /** A filtered stream as OpenAI ends one: each choice finishes with `content_filter`. A failed one: an error, and no end. */
  #ending ({ kind, code, message }: StreamEnd, choices: readonly number[]): Buffer {
    if (kind === 'failed') return Buffer.from(writeEvent(JSON.stringify({ error: { message, type: 'server_error', code, param: null } })))
    const ends = (choices.length === 0 ? [0] : choices).map(index => ({ index, ...this.#form.nothing, logprobs: null, finish_reason: 'content_filter' }))
    return Buffer.from(this.#chunk(ends) + writeEvent('[DONE]'))
  }

  /** A chunk of the gateway's own. */
  #chunk (choices: readonly unknown[], head: Readonly<Record<string, unknown>> = {}): string {
    return writeEvent(JSON.stringify({ id: 'chatcmpl-sallyport', object: this.#form.object, created: Math.floor(Date.now() / 1000), model: '', ...head, choices }))
  }
}

type EventNotes = Pick<EventFacts, 'mark' | 'closes' | 'calls' | 'finish' | 'usage' | 'noted' | 'rewritten'>

const none: readonly never[] = []
const nothing: EventNotes = { mark: 'content', closes: none, calls: none, finish: null, usage: null, noted: null, rewritten: null }
const noneFinished: ReadonlyMap<number, string> = new Map()

const roleOf: RoleOf = (kind, path, node) => {
  if (kind !== 'field') return 'next'
  const isOfChoice = path[0] === 'choices' || path[0] === filling
  return isOfChoice && node?.kind === 'string' && !repeated.has(path.at(-1) ?? '') ? 'next' : 'whole'
}

function headOf (root: JsonNode): Record<string, unknown> {
  const created = countOf(memberOf(root, 'created'))
  const entries = [['id', textMember(root, 'id')], ['model', textMember(root, 'model')], ['created', created]] as const
  return Object.fromEntries(entries.filter(([, value]) => value !== null))
}

function readChunk (data: Buffer): JsonObject {
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

function badResponse (cause?: unknown): GatewayError {
  return new GatewayError('GW_UPSTREAM_BAD_RESPONSE', { cause })
}
