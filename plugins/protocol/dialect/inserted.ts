/** Events of the gateway's own that go on with a lane: they say nothing else, and stand wherever in a stream they are put. */
import { memberOf, readJson, type JsonNode } from '../../../core/content/json.ts'
import { dataPlace, SseReader } from '../../../core/content/sse.ts'
import type { AnswerEvent, PieceEdit, StreamEnd, StreamLane } from '../../../core/pipeline/stream.ts'
import { makeEvent, type PlacedPiece } from '../../../core/protocol/event.ts'

export interface InsertedText {
  readonly lane: StreamLane
  /** Leads to the text within the event's data. */
  readonly at: readonly string[]
  readonly ending: (end: StreamEnd) => Uint8Array
  readonly noted: ((edits: readonly PieceEdit[]) => void) | null
}

/** @param text one event of server-sent events, with its blank line */
export function insertedEvent (text: string, inserted: InsertedText): AnswerEvent {
  const [event] = new SseReader().push(Buffer.from(text))
  if (event === undefined || event.data === null) throw new Error('an event of the gateway\'s own is none')
  return eventOf(event.bytes, event.data, dataPlace(event), inserted)
}

/** @param bytes one line of JSON */
export function insertedLine (bytes: Buffer, inserted: InsertedText): AnswerEvent {
  return eventOf(bytes, bytes, offset => offset, inserted)
}

function eventOf (bytes: Uint8Array, data: Uint8Array, place: (offset: number) => number, { lane, at, ending, noted }: InsertedText): AnswerEvent {
  const node = at.reduce<JsonNode | null>(within, readJson(data))
  if (node?.kind !== 'string') throw new Error('an event of the gateway\'s own says nothing')
  const piece: PlacedPiece = { lane, role: 'next', kind: 'string', text: node.text, start: place(node.start), end: place(node.end) }
  return makeEvent({ mark: 'content', bytes, pieces: [piece], voided: [], closes: [], calls: [], unscanned: [], finish: null, usage: null, noted, rewritten: null, ending })
}

function within (node: JsonNode | null, step: string): JsonNode | null {
  return node?.kind === 'array' ? node.items[Number(step)] ?? null : memberOf(node, step)
}
