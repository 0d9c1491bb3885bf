/** The pieces of an event, gathered while it is read. */
import type { JsonKey, JsonNode, JsonObject, JsonText } from '../../../core/content/json.ts'
import type { Lane, Unscanned } from '../../../core/pipeline/facts.ts'
import type { StreamLane, StreamPiece } from '../../../core/pipeline/stream.ts'
import type { Place, PlacedPiece } from '../../../core/protocol/event.ts'
import { BinaryRuns, StreamLanes } from '../../../core/protocol/stream-lanes.ts'
import { badResponse } from './answer.ts'
import { sortFields, sortMembers, type FieldSink } from './fields.ts'
import { StreamPath } from './paths.ts'
import type { AnswerPlace } from './words.ts'

/** Which part a text plays, by where it stands. */
export type RoleOf = (kind: Lane['kind'], path: readonly string[], node: JsonText | JsonKey | null) => StreamPiece['role']

export const asWhole: RoleOf = () => 'whole'

/** Random letters, other ones in every event, so that their sizes tell nothing. */
export const filling = 'obfuscation'

/** What all events of one stream have in common. */
export class StreamFields {
  readonly lanes = new StreamLanes()
  readonly binary = new BinaryRuns()
  readonly root: StreamPath
  readonly logprobTexts: (node: JsonNode) => readonly string[]
  paths = 0

  constructor (logprobTexts: (node: JsonNode) => readonly string[]) {
    this.logprobTexts = logprobTexts
    this.root = new StreamPath(this)
  }

  /** Throws GW_UPSTREAM_BAD_RESPONSE for one too many. */
  path (keys: readonly string[]): StreamPath {
    return keys.reduce((path, key) => path.child(key), this.root)
  }
}

export class EventDraft implements FieldSink<StreamPath> {
  readonly pieces: PlacedPiece[] = []
  readonly found: Unscanned[] = []
  readonly voided: Place[] = []
  readonly #fields: StreamFields
  readonly #bytes: Uint8Array
  /** Where an offset of the event's data stands in its bytes. */
  readonly place: (offset: number) => number
  #roleOf: RoleOf = asWhole

  constructor (fields: StreamFields, bytes: Uint8Array, place: (offset: number) => number) {
    this.#fields = fields
    this.#bytes = bytes
    this.place = place
  }

  lane (kind: Lane['kind'], keys: readonly string[]): StreamLane {
    return this.#fields.path(keys).lane(kind)
  }

  /** Sorts a value that is part of the answer, or of an event. */
  sort (node: JsonNode, keys: readonly string[], place: AnswerPlace, roleOf: RoleOf): void {
    this.#roleOf = roleOf
    sortFields(node, this.#fields.path(keys), place, this)
  }

  /** The same of an object's members, but for those of these names. */
  sortOthers (node: JsonObject, keys: readonly string[], place: AnswerPlace, roleOf: RoleOf, without: readonly string[]): void {
    this.#roleOf = roleOf
    sortMembers(node, this.#fields.path(keys), place, this, without)
  }

  /** A text that is read apart from the others. */
  add (kind: Lane['kind'], keys: readonly string[], node: JsonText | JsonKey, role: StreamPiece['role']): void {
    this.#text(kind, this.#fields.path(keys), node, role)
  }

  text (kind: Lane['kind'], path: StreamPath, node: JsonText | JsonKey): void {
    this.#text(kind, path, node, this.#roleOf(kind, path.keys, node))
  }

  #text (kind: Lane['kind'], path: StreamPath, { kind: literal, text, start, end }: JsonText | JsonKey, role: StreamPiece['role']): void {
    const lane = path.lane(kind)
    this.pieces.push({ lane, text, role, kind: literal, start: this.place(start), end: this.place(end) })
    if (role === 'next' && path.keys.at(-1) !== filling && this.#fields.binary.push(lane, text)) this.found.push({ kind: 'binary', path: patternOf(path.keys), bytes: text.length })
  }

  /** A line that is no data, where it says anything. */
  line (text: string, start: number, end: number): void {
    this.pieces.push({ lane: this.lane('field', ['stream']), text, role: 'whole', kind: 'raw', start, end })
  }

  /** Its JSON as it stands in the bytes; one over several lines of data does not stand in one piece, and is no answer. */
  json (kind: Lane['kind'], path: StreamPath, node: JsonNode): void {
    const start = this.place(node.start)
    const end = this.place(node.end)
    if (end - start !== node.end - node.start) throw badResponse()
    const text = Buffer.from(this.#bytes.subarray(start, end)).toString('utf8')
    this.pieces.push({ lane: path.lane(kind), text, role: this.#roleOf(kind, path.keys, null), kind: 'raw', start, end })
  }

  unscanned (entry: Unscanned): void {
    this.found.push(entry)
  }

  logprobs (node: JsonNode, path: StreamPath): void {
    if (node.kind === 'null') return
    this.void(node)
    for (const [rank, text] of this.#fields.logprobTexts(node).entries()) if (text !== '') this.pieces.push({ lane: path.child(String(rank)).lane('field'), text, role: 'shadow', kind: 'raw', start: 0, end: 0 })
  }

  /** A value that becomes null where anything of the answer was edited. */
  void ({ start, end }: JsonNode): void {
    this.voided.push({ start: this.place(start), end: this.place(end) })
  }
}

function patternOf (keys: readonly string[]): string {
  return `/${keys.map(key => /^\d+$/.test(key) ? '*' : key).join('/')}`
}
