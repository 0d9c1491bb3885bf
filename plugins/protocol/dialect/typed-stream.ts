/**
 * What reading a stream of typed events is in every dialect: server-sent events whose data is a JSON object that says by its
 * `type` what it is. What no client shows (comments, unknown lines) is a piece like any other text.
 */
import { readJson, textMember, type JsonNode, type JsonObject } from '../../../core/content/json.ts'
import { dataPlace, SseReader, writeEvent, type SseEvent } from '../../../core/content/sse.ts'
import type { AnswerEvent, StreamEnd, StreamLane } from '../../../core/pipeline/stream.ts'
import type { AnswerStream } from '../../../core/protocol/contract.ts'
import { makeEvent, type EventFacts } from '../../../core/protocol/event.ts'
import type { StreamLanes } from '../../../core/protocol/stream-lanes.ts'
import { asBadResponse, badResponse } from './answer.ts'
import { EventDraft, StreamFields } from './event-draft.ts'

/** What a dialect makes of one event, beside its pieces. */
export type EventNotes = Partial<Pick<EventFacts, 'mark' | 'closes' | 'calls' | 'finish' | 'usage' | 'noted' | 'rewritten'>>

export abstract class TypedStream implements AnswerStream {
  readonly #fields: StreamFields
  readonly #reader = new SseReader()
  #isDone = false

  /** @param logprobTexts texts that stand in a value which spells a lane once more */
  constructor (logprobTexts: (node: JsonNode) => readonly string[] = () => []) {
    this.#fields = new StreamFields(logprobTexts)
  }

  protected get lanes (): StreamLanes {
    return this.#fields.lanes
  }

  /** Lines of these event names say no more than the data. */
  protected abstract isKnown (type: string): boolean
  /** Takes one event: adds its pieces to the draft. Throws GW_UPSTREAM_BAD_RESPONSE for one that cannot stand there. */
  protected abstract take (root: JsonObject, type: string, draft: EventDraft): EventNotes
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
    const draft = new EventDraft(this.#fields, event.bytes, dataPlace(event))
    const root = event.data === null ? null : readObject(event.data)
    const type = textMember(root, 'type') ?? ''
    for (const { field, value, text, start, end } of event.lines) {
      const isPlain = field === 'data' || text === ':' || (field === 'event' && value === type && this.isKnown(value))
      if (!isPlain) draft.line(text, start, end)
    }
    const notes = root === null ? nothing : this.take(root, type, draft)
    if (notes.mark === 'terminal') this.#isDone = true
    return makeEvent({
      mark: notes.mark ?? 'content',
      bytes: event.bytes,
      pieces: draft.pieces,
      voided: draft.voided,
      closes: notes.closes ?? none,
      calls: notes.calls ?? none,
      unscanned: draft.found,
      finish: notes.finish ?? null,
      usage: notes.usage ?? null,
      noted: notes.noted ?? null,
      rewritten: notes.rewritten ?? null,
      ending: this.endingNow()
    })
  }
}

const nothing: EventNotes = {}
const none: readonly never[] = []

function readObject (data: Buffer): JsonObject {
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
