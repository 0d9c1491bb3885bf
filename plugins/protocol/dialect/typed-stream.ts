/**
 * What reading a stream of typed events is in every dialect: server-sent events whose data is a JSON object that says by its
 * `type` what it is. What no client shows (comments, unknown lines) is a piece like any other text.
 */
import { memberOf, readJson, textMember, type JsonKey, type JsonNode, type JsonText } from '../../../core/content/json.ts'
import { dataPlace, SseReader, writeEvent, type SseEvent } from '../../../core/content/sse.ts'
import type { Lane, Unscanned } from '../../../core/pipeline/facts.ts'
import type { AnswerEvent, StreamEnd, StreamLane, StreamPiece } from '../../../core/pipeline/stream.ts'
import type { AnswerStream } from '../../../core/protocol/contract.ts'
import { makeEvent, type EventFacts, type Place, type PlacedPiece } from '../../../core/protocol/event.ts'
import { BinaryRuns, StreamLanes } from '../../../core/protocol/stream-lanes.ts'
import { asBadResponse, badResponse } from './answer.ts'
import { sortFields, type AnswerWords } from './fields.ts'

/** What a dialect makes of one event, beside its pieces. */
export type EventNotes = Partial<Pick<EventFacts, 'mark' | 'closes' | 'calls' | 'finish' | 'usage' | 'rewritten'>>

/** Which part a text plays, by where it stands. */
export type RoleOf = (kind: Lane['kind'], path: readonly string[]) => StreamPiece['role']

/** The pieces of one event, while they are gathered. */
export class EventDraft {
  readonly pieces: PlacedPiece[] = []
  readonly unscanned: Unscanned[] = []
  readonly voided: Place[] = []
  readonly #lanes: StreamLanes
  readonly #binary: BinaryRuns
  readonly #bytes: Uint8Array
  readonly place: (offset: number) => number

  constructor (lanes: StreamLanes, binary: BinaryRuns, event: SseEvent) {
    this.#lanes = lanes
    this.#binary = binary
    this.#bytes = event.bytes
    this.place = event.data === null ? offset => offset : dataPlace(event)
  }

  lane (kind: Lane['kind'], path: readonly string[]): StreamLane {
    return this.#lanes.at(kind, path)
  }

  text (kind: Lane['kind'], path: readonly string[], { kind: literal, text, start, end }: JsonText | JsonKey, role: StreamPiece['role']): void {
    const lane = this.lane(kind, path)
    this.pieces.push({ lane, role, kind: literal, text, start: this.place(start), end: this.place(end) })
    if (role === 'next' && this.#binary.push(lane, text)) this.unscanned.push({ kind: 'binary', path: `/${path.map(key => /^\d+$/.test(key) ? '*' : key).join('/')}`, bytes: text.length })
  }

  /** A line that is no data, where it says anything. */
  line (text: string, start: number, end: number): void {
    this.pieces.push({ lane: this.lane('field', ['stream']), role: 'whole', kind: 'raw', text, start, end })
  }

  /** Sorts a value that is part of the answer, or of an event. */
  sort (node: JsonNode, path: readonly string[], place: string, words: AnswerWords, roleOf: RoleOf, logprobTexts: (node: JsonNode) => readonly string[] = () => []): void {
    sortFields(node, path, place, words, {
      text: (kind, own, text) => { this.text(kind, own, text, roleOf(kind, own)) },
      json: (kind, own, value) => { this.#json(kind, own, value, roleOf(kind, own)) },
      unscanned: entry => { this.unscanned.push(entry) },
      logprobs: (value, own) => { this.#shadows(value, own, logprobTexts(value)) }
    })
  }

  /** Its JSON as it stands in the bytes; one over several lines of data does not stand in one piece, and is no answer. */
  #json (kind: Lane['kind'], path: readonly string[], node: JsonNode, role: StreamPiece['role']): void {
    const start = this.place(node.start)
    const end = this.place(node.end)
    if (end - start !== node.end - node.start) throw badResponse()
    this.pieces.push({ lane: this.lane(kind, path), role, kind: 'raw', text: Buffer.from(this.#bytes.subarray(start, end)).toString('utf8'), start, end })
  }

  #shadows (node: JsonNode, path: readonly string[], texts: readonly string[]): void {
    if (node.kind === 'null') return
    this.void(node)
    for (const [rank, text] of texts.entries()) this.pieces.push({ lane: this.lane('field', [...path, String(rank)]), role: 'shadow', kind: 'raw', text, start: 0, end: 0 })
  }

  /** A value that becomes null where anything of the answer was edited. */
  void ({ start, end }: JsonNode): void {
    this.voided.push({ start: this.place(start), end: this.place(end) })
  }
}

export abstract class TypedStream implements AnswerStream {
  readonly lanes = new StreamLanes()
  readonly #binary = new BinaryRuns()
  readonly #reader = new SseReader()
  #isDone = false

  /** Lines of these event names say no more than the data. */
  protected abstract isKnown (type: string): boolean
  /** Takes one event: adds its pieces to the draft. Throws GW_UPSTREAM_BAD_RESPONSE for one that cannot stand there. */
  protected abstract take (root: JsonNode, type: string, draft: EventDraft): EventNotes
  abstract ending (end: StreamEnd): Uint8Array
  abstract insert (lane: StreamLane, text: string): AnswerEvent | null
  /** How the stream would end after the last event taken. */
  protected abstract endingNow (): (end: StreamEnd) => Uint8Array
  push (bytes: Uint8Array): AnswerEvent[] {
    return this.#reader.push(bytes).flatMap(event => this.read(event) ?? [])
  }

  end (): AnswerEvent[] {
    const last = this.#reader.end()
    const event = last === null ? null : this.read(last)
    if (!this.#isDone) throw badResponse()
    return event === null ? [] : [event]
  }

  keepAlive (): Uint8Array {
    return this.note('keep-alive')
  }

  note (text: string): Uint8Array {
    return Buffer.from(`: ${text}\n\n`)
  }

  /** Null for an event that adds nothing and does not leave: OpenAI's mark of an end, which some servers set after another one. */
  protected read (event: SseEvent): AnswerEvent | null {
    if (event.data?.toString('latin1') === '[DONE]' && this.#isDone && event.lines.length === 1) return null
    if (event.lines.length > 0 && (this.#isDone || !event.isComplete)) throw badResponse()
    const draft = new EventDraft(this.lanes, this.#binary, event)
    const root = event.data === null ? null : readObject(event.data)
    const type = textMember(root, 'type') ?? ''
    for (const { field, value, text, start, end } of event.lines) {
      const isPlain = field === 'data' || text === ':' || (field === 'event' && value === type && this.isKnown(value))
      if (!isPlain) draft.line(text, start, end)
    }
    const notes = root === null ? {} : this.take(root, type, draft)
    if (notes.mark === 'terminal') this.#isDone = true
    return makeEvent({
      mark: 'content',
      bytes: event.bytes,
      pieces: draft.pieces,
      voided: draft.voided,
      closes: [],
      calls: [],
      unscanned: draft.unscanned,
      finish: null,
      usage: null,
      ...notes,
      ending: this.endingNow()
    })
  }

  /**
   * An event of the gateway's own that goes on with a lane, wherever in the stream it will stand.
   * @param at leads to the text within its data
   */
  protected going (lane: StreamLane, [type, members]: readonly [type: string, members: Readonly<Record<string, unknown>>], at: readonly string[], ending: (end: StreamEnd) => Uint8Array): AnswerEvent {
    const [event] = new SseReader().push(Buffer.from(typedEvent(type, members)))
    if (event === undefined || event.data === null) throw new Error('an event of the gateway\'s own is none')
    const node = at.reduce<JsonNode | null>(memberOf, readJson(event.data))
    if (node?.kind !== 'string') throw new Error('an event of the gateway\'s own says nothing')
    const place = dataPlace(event)
    const piece: PlacedPiece = { lane, role: 'next', kind: 'string', text: node.text, start: place(node.start), end: place(node.end) }
    return makeEvent({ mark: 'content', bytes: event.bytes, pieces: [piece], voided: [], closes: [], calls: [], unscanned: [], finish: null, usage: null, ending })
  }
}

function readObject (data: Buffer): JsonNode {
  try {
    const root = readJson(data)
    if (root.kind !== 'object') throw badResponse()
    return root
  } catch (thrown) {
    throw asBadResponse(thrown)
  }
}

/** One event with its type both as name and in its data. */
export function typedEvent (type: string, members: Readonly<Record<string, unknown>>): string {
  return `event: ${type}\n${writeEvent(JSON.stringify({ type, ...members }))}`
}
