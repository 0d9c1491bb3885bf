/** Sorts what stands in an answer, or in an event of a stream, into lanes, unscanned content and the dialect's own values. */
import { isBase64, isPlainDataUrl } from '../../../core/content/binary.ts'
import { countOf, memberOf, type JsonKey, type JsonNode, type JsonText } from '../../../core/content/json.ts'
import { isToken } from '../../../core/content/leaves.ts'
import { unreadWithin } from '../../../core/content/nested.ts'
import type { Lane, Unscanned, UnscannedKind } from '../../../core/pipeline/facts.ts'
import { isVector, isVectorNumber } from './vectors.ts'

/**
 * The words of a dialect's answers. A place is the keys that lead to a value, joined by slashes, with `*` for the index of a
 * list and for a key that the dialect does not know.
 */
export interface AnswerWords {
  /** Keys that are no content. Every other key is judged as text. */
  readonly keys: ReadonlySet<string>
  /** Kinds of the lanes at these places; text anywhere else is a lane of kind `field`. */
  readonly lanes: ReadonlyMap<string, Lane['kind']>
  /** Values from a closed list, by place: they carry no content and are no lanes. Anything else at these places is judged. */
  readonly closed: ReadonlyMap<string, ReadonlySet<string>>
  /** Whole numbers that count or point: too short to be content. A place that ends with `/` holds for all below it. */
  readonly counts: readonly string[]
  /** Unix times in seconds. */
  readonly times?: ReadonlySet<string>
  /** Dates and times as text (RFC 3339). */
  readonly stamps?: ReadonlySet<string>
  /** Durations in nanoseconds: whole numbers of up to 14 digits. */
  readonly durations?: ReadonlySet<string>
  /** Base64 of this kind. */
  readonly media?: ReadonlyMap<string, UnscannedKind>
  /** Values whose JSON is one lane: the arguments of a tool call that come as an object. */
  readonly json?: ReadonlyMap<string, Lane['kind']>
  /** Lists of numbers, or base64 of them, that are vectors and nothing else. */
  readonly vectors?: ReadonlySet<string>
  /** Lists of numbers that stand for text in tokens. */
  readonly tokens?: ReadonlySet<string>
  /** Texts that spell a lane once more, token by token. */
  readonly logprobs?: ReadonlySet<string>
  /** Lists whose items say which one they are (`index`). */
  readonly indexed?: ReadonlySet<string>
  /** Another place for an item of a list that is of a kind of its own; null for any other. */
  placeOf? (place: string, item: JsonNode): string | null
  /** Keys that go by another name in paths, so that a stream and a whole answer name alike: place and key, and the name. */
  readonly renamed?: ReadonlyMap<string, string>
}

/** Called for each piece of text: where it goes is the caller's to say. */
export interface FieldSink {
  text (kind: Lane['kind'], path: readonly string[], node: JsonText | JsonKey): void
  /** A value whose JSON, as it stands in the bytes, is one lane. Left out: its texts come one by one. */
  json? (kind: Lane['kind'], path: readonly string[], node: JsonNode): void
  unscanned (entry: Unscanned): void
  logprobs (node: JsonNode, path: readonly string[]): void
}

/** Walks a value. `path` names it, `place` is where it stands. */
export function sortFields (node: JsonNode, path: readonly string[], place: string, words: AnswerWords, sink: FieldSink): void {
  const kind = words.json?.get(place)
  if (kind !== undefined && sink.json !== undefined && (node.kind === 'object' || node.kind === 'array')) return sink.json(kind, path, node)
  switch (node.kind) {
    case 'string': return sortString(node, path, place, words, sink)
    case 'number':
      if (!isPlainNumber(node.text, place, words)) sink.text('field', path, node)
      return
    case 'array':
      if (isNumbersAlone(node.items, place, words, sink)) return
      for (const [position, item] of node.items.entries()) sortFields(item, [...path, indexOf(item, place, position, words)], words.placeOf?.(place, item) ?? `${place}/*`, words, sink)
      return
    case 'object':
      for (const { key, value } of node.members) sortMember(key, value, path, place, words, sink)
  }
}

function sortMember (key: JsonKey, value: JsonNode, path: readonly string[], place: string, words: AnswerWords, sink: FieldSink): void {
  const name = words.renamed?.get(join(place, key.text)) ?? key.text
  const own = [...path, name]
  const isKnown = words.keys.has(key.text)
  const inner = join(place, isKnown ? name : '*')
  if (!isKnown) sink.text('field', own, key)
  if (words.logprobs?.has(inner) === true) sink.logprobs(value, own)
  else sortFields(value, own, inner, words, sink)
}

function join (place: string, name: string): string {
  return place === '' ? name : `${place}/${name}`
}

function indexOf (item: JsonNode, place: string, position: number, words: AnswerWords): string {
  return String((words.indexed?.has(place) === true ? countOf(memberOf(item, 'index')) : null) ?? position)
}

/** True where nothing is left to be sorted of a list: it is a vector, or it is listed as tokens. */
function isNumbersAlone (items: readonly JsonNode[], place: string, words: AnswerWords, sink: FieldSink): boolean {
  if (words.vectors?.has(place) === true) return items.every(item => item.kind === 'number' && isVectorNumber(item.text))
  if (words.tokens?.has(place) !== true || items.length === 0 || !items.every(({ kind }) => kind === 'number')) return false
  sink.unscanned({ kind: 'token_array', path: `/${place}`, bytes: (items.at(-1)?.end ?? 0) - (items[0]?.start ?? 0) })
  return items.every(item => item.kind === 'number' && isToken(item.text))
}

function sortString (node: JsonText, path: readonly string[], place: string, words: AnswerWords, sink: FieldSink): void {
  if (words.closed.get(place)?.has(node.text) === true) return
  if (words.vectors?.has(place) === true && isVector(node.text)) return
  if (words.stamps?.has(place) === true && stamp.test(node.text)) return
  const bytes = node.end - node.start - 2
  const media = words.media?.get(place)
  const kinds = media === undefined ? unreadWithin(node.text) : [media]
  if (bytes > 0) for (const kind of kinds) sink.unscanned({ kind, path: `/${place}`, bytes })
  const isBytesAlone = (media !== undefined && isBase64(node.text)) || (kinds.length > 0 && isPlainDataUrl(node.text))
  if (!isBytesAlone) sink.text(words.lanes.get(place) ?? 'field', path, node)
}

const stamp = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/

function isPlainNumber (literal: string, place: string, { counts, times, durations }: AnswerWords): boolean {
  if (times?.has(place) === true) return /^[12]\d{9}(?:\.\d{1,6})?$/.test(literal)
  if (durations?.has(place) === true) return /^\d{1,14}$/.test(literal)
  return /^\d{1,8}$/.test(literal) && counts.some(known => known.endsWith('/') ? place.startsWith(known) : place === known)
}
