/** Reads whole answers in JSON, and errors, by the words of their dialect. */
import { readJson, type JsonNode } from '../../../core/content/json.ts'
import { LaneGathering } from '../../../core/content/lanes.ts'
import { isJson, readMediaType } from '../../../core/content/media-type.ts'
import { GatewayError } from '../../../core/errors.ts'
import type { AnswerTool, Unscanned, Usage } from '../../../core/pipeline/facts.ts'
import type { AnswerHead, AnswerReading, AnswerStream, Protocol } from '../../../core/protocol/contract.ts'
import { holdStream } from '../../../core/protocol/held-stream.ts'
import { sortFields, type AnswerWords } from './fields.ts'
import { pointerChanges, type Pointer } from './pointers.ts'

export type RawAnswer = Parameters<Protocol['readAnswer']>[0]

/** A tool call in an answer; `path` leads to its arguments. */
export interface WholeCall { readonly name: string, readonly path: readonly string[] | null }

export interface AnswerDialect {
  readonly words: AnswerWords
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
  const gathering = new LaneGathering()
  const indexes = new Map<string, number>()
  const unscanned: Unscanned[] = []
  const dropped: JsonNode[] = []
  sortFields(root, [], '', dialect.words, {
    text: (kind, path, node) => { indexes.set(path.join('/'), gathering.add(kind, path, node)) },
    json: (kind, path, { start, end }) => { indexes.set(path.join('/'), gathering.add(kind, path, { kind: 'raw', text: textAt(body, start, end), start, end })) },
    unscanned: entry => { unscanned.push(entry) },
    logprobs: (node, path) => {
      if (node.kind === 'null') return
      dropped.push(node)
      for (const text of dialect.logprobTexts?.(node) ?? []) gathering.addDerived('field', path, text)
    }
  })
  const lanes = gathering.finish()
  const indexOf = (path: readonly string[] | null): number | null => path === null ? null : indexes.get(path.join('/')) ?? null
  return {
    answer: {
      status,
      lanes: lanes.lanes,
      finish: dialect.finishOf(root),
      tools: dialect.callsOf(root).map(({ name, path }): AnswerTool => ({ name, lane: indexOf(path) })),
      unscanned,
      bytes: body.length,
      stream
    },
    usage: dialect.usageOf(root),
    rewrite: edits => lanes.rewrite(body, edits, [...dropped, ...dialect.voidedOf?.(root) ?? []], pointerChanges(dialect.pointersOf?.(root) ?? [], path => edits.filter(({ lane }) => lane === indexOf(path)))),
    blocked: () => null
  }
}

function textAt (body: Uint8Array, start: number, end: number): string {
  return Buffer.from(body.buffer, body.byteOffset + start, end - start).toString('utf8')
}

export function badResponse (cause?: unknown): GatewayError {
  return new GatewayError('GW_UPSTREAM_BAD_RESPONSE', { cause })
}
