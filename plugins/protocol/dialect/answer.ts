/** Reads whole answers in JSON, and errors, by the words of their dialect. */
import { groupedBy } from '../../../core/content/grouped.ts'
import { readJson, type JsonKey, type JsonNode, type JsonText } from '../../../core/content/json.ts'
import { LaneGathering } from '../../../core/content/lanes.ts'
import { isJson, readMediaType } from '../../../core/content/media-type.ts'
import { GatewayError } from '../../../core/errors.ts'
import type { AnswerTool, Lane, Unscanned, Usage } from '../../../core/pipeline/facts.ts'
import type { AnswerHead, AnswerReading, AnswerStream, Protocol } from '../../../core/protocol/contract.ts'
import { holdStream } from '../../../core/protocol/held-stream.ts'
import { sortFields, type FieldSink } from './fields.ts'
import { WholePath } from './paths.ts'
import { pointerChanges, type Pointer } from './pointers.ts'
import type { AnswerPlace } from './words.ts'

export type RawAnswer = Parameters<Protocol['readAnswer']>[0]

/** A tool call in an answer; `path` leads to its arguments. */
export interface WholeCall { readonly name: string, readonly path: readonly string[] | null }

export interface AnswerDialect {
  readonly root: AnswerPlace
  /** True for what is an answer, and no error: those of a status below 400. */
  isAnswer (root: JsonNode): boolean
  finishOf (root: JsonNode): string | null
  usageOf (root: JsonNode): Usage | null
  callsOf (root: JsonNode): readonly WholeCall[]
  /** Texts that stand in a value which spells a lane once more. */
  logprobTexts? (node: JsonNode): readonly string[]
  /** Values that say once more, in a form that cannot be edited, what an edit took out: they become null with it. */
  voidedOf? (root: JsonNode): readonly JsonNode[]
  /** Numbers that point into the text of a lane. */
  pointersOf? (root: JsonNode): readonly Pointer[]
  /** A stream, by its media type; null for an answer that is none. */
  open (mediaType: string | null): AnswerStream | null
}

/** By what the endpoint says it sent, whatever was asked for. */
export function openStream ({ contentType }: AnswerHead, dialect: AnswerDialect): AnswerStream | null {
  return dialect.open(readMediaType(contentType)?.type ?? null)
}

/** Throws GW_UPSTREAM_BAD_RESPONSE for what cannot be read. */
export function readAnswerOf (raw: RawAnswer, dialect: AnswerDialect): AnswerReading {
  try {
    const stream = openStream(raw, dialect)
    if (stream !== null) return holdStream(stream, raw)
    const media = readMediaType(raw.contentType)
    if (raw.contentType !== null && (media === null || !isJson(media))) throw badResponse()
    return readWhole(raw, dialect)
  } catch (thrown) {
    throw asBadResponse(thrown)
  }
}

/** Strict JSON speaks of a caller's body; here it is the endpoint's. */
export function asBadResponse (thrown: unknown): unknown {
  return thrown instanceof GatewayError && thrown.code.startsWith('GW_CLASSIFY_') ? badResponse(thrown) : thrown
}

function readWhole ({ status, body, stream }: RawAnswer, dialect: AnswerDialect): AnswerReading {
  const root = readJson(body)
  if (status < 400 && !dialect.isAnswer(root)) throw badResponse()
  const fields = new WholeFields(body, dialect)
  sortFields(root, new WholePath(), dialect.root, fields)
  const lanes = fields.lanes.finish()
  const laneOf = (path: readonly string[] | null): number | null => path === null ? null : lanes.indexOf(path.join('/'))
  return {
    answer: {
      status,
      lanes: lanes.lanes,
      finish: dialect.finishOf(root),
      tools: dialect.callsOf(root).map(({ name, path }): AnswerTool => ({ name, lane: laneOf(path) })),
      unscanned: fields.found,
      bytes: body.length,
      stream
    },
    usage: dialect.usageOf(root),
    rewrite: edits => {
      const byLane = groupedBy(edits, ({ lane }) => lane)
      const moved = pointerChanges(dialect.pointersOf?.(root) ?? [], path => byLane.get(laneOf(path) ?? -1) ?? [])
      return lanes.rewrite(body, edits, [...fields.dropped, ...dialect.voidedOf?.(root) ?? []], moved)
    },
    blocked: () => null
  }
}

class WholeFields implements FieldSink<WholePath> {
  readonly lanes = new LaneGathering()
  readonly found: Unscanned[] = []
  /** Values that become null where anything is edited. */
  readonly dropped: JsonNode[] = []
  readonly #body: Uint8Array
  readonly #dialect: AnswerDialect

  constructor (body: Uint8Array, dialect: AnswerDialect) {
    this.#body = body
    this.#dialect = dialect
  }

  text (kind: Lane['kind'], path: WholePath, node: JsonText | JsonKey): void {
    this.lanes.add(kind, path.keys(), node)
  }

  json (kind: Lane['kind'], path: WholePath, { start, end }: JsonNode): void {
    this.lanes.add(kind, path.keys(), { kind: 'raw', text: textAt(this.#body, start, end), start, end })
  }

  unscanned (entry: Unscanned): void {
    this.found.push(entry)
  }

  logprobs (node: JsonNode, path: WholePath): void {
    if (node.kind === 'null') return
    this.dropped.push(node)
    for (const text of new Set(this.#dialect.logprobTexts?.(node))) if (text !== '') this.lanes.addDerived('field', path.keys(), text)
  }
}

function textAt (body: Uint8Array, start: number, end: number): string {
  return Buffer.from(body.buffer, body.byteOffset + start, end - start).toString('utf8')
}

export function badResponse (cause?: unknown): GatewayError {
  return new GatewayError('GW_UPSTREAM_BAD_RESPONSE', { cause })
}
