/** Sorts what stands in an answer, or in an event of a stream, into lanes, unscanned content and the dialect's own values. */
import { isBase64, isPlainDataUrl } from '../../../core/content/binary.ts'
import { countOf, memberOf, type JsonArray, type JsonKey, type JsonNode, type JsonObject, type JsonText } from '../../../core/content/json.ts'
import { isTokenList } from '../../../core/content/leaves.ts'
import { unreadWithin } from '../../../core/content/nested.ts'
import type { Lane, Unscanned } from '../../../core/pipeline/facts.ts'
import { isVector, isVectorList } from './vectors.ts'
import type { AnswerPlace } from './words.ts'

/** The keys that lead to a value. */
export interface Path<P> { child (key: string): P }

/** Called for each piece of text: where it goes is the caller's to say. */
export interface FieldSink<P> {
  text (kind: Lane['kind'], path: P, node: JsonText | JsonKey): void
  /** A value whose JSON, as it stands in the bytes, is one lane. */
  json (kind: Lane['kind'], path: P, node: JsonNode): void
  unscanned (entry: Unscanned): void
  logprobs (node: JsonNode, path: P): void
}

/** Walks a value. `path` names it, `place` is where it stands. */
export function sortFields<P extends Path<P>> (node: JsonNode, path: P, place: AnswerPlace, sink: FieldSink<P>): void {
  switch (node.kind) {
    case 'string': return sortString(node, path, place, sink)
    case 'number':
      if (!place.isPlainNumber(node.text)) sink.text('field', path, node)
      return
    case 'array':
      if (place.json === null) return sortItems(node, path, place, sink)
      return sink.json(place.json, path, node)
    case 'object':
      if (place.json === null) return sortMembers(node, path, place, sink)
      return sink.json(place.json, path, node)
  }
}

/** Walks the members of an object, but for those of these names. */
export function sortMembers<P extends Path<P>> ({ members }: JsonObject, path: P, place: AnswerPlace, sink: FieldSink<P>, without: readonly string[] = nothing): void {
  for (const { key, value } of members) {
    if (without.includes(key.text)) continue
    const known = place.key(key.text)
    const own = path.child(known?.name ?? key.text)
    const inner = known?.place ?? place.below
    if (known === null) sink.text('field', own, key)
    if (inner.isLogprobs) sink.logprobs(value, own)
    else sortFields(value, own, inner, sink)
  }
}

const nothing: readonly string[] = []

function sortItems<P extends Path<P>> (node: JsonArray, path: P, place: AnswerPlace, sink: FieldSink<P>): void {
  if (isNumbersAlone(node, place, sink)) return
  const { items } = node
  for (let position = 0; position < items.length; position++) {
    const item = items[position]
    if (item !== undefined) sortFields(item, path.child(indexOf(item, place, position)), place.item(item), sink)
  }
}

function indexOf (item: JsonNode, place: AnswerPlace, position: number): string {
  return String((place.isIndexed ? countOf(memberOf(item, 'index')) : null) ?? position)
}

/** True where nothing is left to be sorted of a list: it is a vector, or it is listed as tokens. */
function isNumbersAlone<P> (node: JsonArray, place: AnswerPlace, sink: FieldSink<P>): boolean {
  if (place.isVector) return isVectorList(node)
  if (!place.isTokens || !isNumberList(node)) return false
  sink.unscanned({ kind: 'token_array', path: `/${place.name}`, bytes: node.end - node.start - 2 })
  return isTokenList(node)
}

function isNumberList (list: JsonArray): boolean {
  return list.numbers !== null || (list.items.length > 0 && list.items.every(({ kind }) => kind === 'number'))
}

function sortString<P> (node: JsonText, path: P, place: AnswerPlace, sink: FieldSink<P>): void {
  const { text } = node
  if (place.closed?.has(text) === true) return
  if (place.isVector && isVector(text)) return
  if (place.isStamp && stamp.test(text)) return
  const bytes = node.end - node.start - 2
  const kinds = place.media === null ? unreadWithin(text) : [place.media]
  if (bytes > 0) for (const kind of kinds) sink.unscanned({ kind, path: `/${place.name}`, bytes })
  const isBytesAlone = (place.media !== null && isBase64(text)) || (kinds.length > 0 && isPlainDataUrl(text))
  if (!isBytesAlone) sink.text(place.lane, path, node)
}

const stamp = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/
