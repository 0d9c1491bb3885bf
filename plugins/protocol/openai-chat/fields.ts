/** Sorts what stands in an answer or a chunk into lanes, unscanned content and the dialect's own values. */
import { dataUrlKind, isBase64, isLongBase64, isPlainDataUrl } from '../../../core/content/binary.ts'
import { countOf, memberOf, type JsonKey, type JsonNode, type JsonText } from '../../../core/content/json.ts'
import type { Lane, Unscanned } from '../../../core/pipeline/facts.ts'
import { answerKeys, closedValues, countPlaces, timePlaces } from './known.ts'

const laneKinds: ReadonlyMap<string, Lane['kind']> = new Map([
  ['choices/*/message/content', 'text'],
  ['choices/*/message/content/*/text', 'text'],
  ['choices/*/text', 'text'],
  ['choices/*/message/refusal', 'refusal'],
  ['choices/*/message/content/*/refusal', 'refusal'],
  ['choices/*/message/reasoning', 'reasoning'],
  ['choices/*/message/reasoning_content', 'reasoning'],
  ['choices/*/message/thinking', 'reasoning'],
  ['choices/*/message/tool_calls/*/function/arguments', 'tool_arguments'],
  ['choices/*/message/tool_calls/*/custom/input', 'tool_arguments'],
  ['choices/*/message/function_call/arguments', 'tool_arguments'],
  ['choices/*/message/audio/transcript', 'transcript']
])

const audioData = 'choices/*/message/audio/data'

/** Called for each piece of text: where it goes is the caller's to say. */
export interface FieldSink {
  text (kind: Lane['kind'], path: readonly string[], node: JsonText | JsonKey): void
  unscanned (entry: Unscanned): void
  logprobs (node: JsonNode, path: readonly string[]): void
}

/** Walks a value. `path` names it; a `delta` is named `message`, so that a stream and a whole answer name alike. */
export function sortFields (node: JsonNode, path: readonly string[], place: string, sink: FieldSink): void {
  switch (node.kind) {
    case 'string': return sortString(node, path, place, sink)
    case 'number':
      if (!isPlainNumber(node.text, place)) sink.text('field', path, node)
      return
    case 'array':
      for (const [position, item] of node.items.entries()) sortFields(item, [...path, indexOf(item, place, position)], `${place}/*`, sink)
      return
    case 'object':
      for (const { key, value } of node.members) sortMember(key, value, path, place, sink)
  }
}

function sortMember (key: JsonKey, value: JsonNode, path: readonly string[], place: string, sink: FieldSink): void {
  const name = key.text === 'delta' && place === 'choices/*' ? 'message' : key.text
  const own = [...path, name]
  if (!answerKeys.has(key.text)) sink.text('field', own, key)
  if (place === 'choices/*' && name === 'logprobs') sink.logprobs(value, own)
  else sortFields(value, own, join(place, answerKeys.has(name) ? name : '*'), sink)
}

function join (place: string, name: string): string {
  return place === '' ? name : `${place}/${name}`
}

const indexedPlaces: ReadonlySet<string> = new Set(['choices', 'choices/*/message/tool_calls'])

/** Choices and tool calls say which one they are; chunks send them one at a time. */
function indexOf (item: JsonNode, place: string, position: number): string {
  return String((indexedPlaces.has(place) ? countOf(memberOf(item, 'index')) : null) ?? position)
}

function sortString (node: JsonText, path: readonly string[], place: string, sink: FieldSink): void {
  if (closedValues.get(place)?.has(node.text) === true) return
  const bytes = node.end - node.start - 2
  const kind = place === audioData ? 'audio' : dataUrlKind(node.text) ?? (isLongBase64(node.text) ? 'binary' : null)
  if (kind !== null && bytes > 0) sink.unscanned({ kind, path: `/${place}`, bytes })
  const isBytesAlone = (place === audioData && isBase64(node.text)) || isPlainDataUrl(node.text)
  if (!isBytesAlone) sink.text(laneKinds.get(place) ?? 'field', path, node)
}

function isPlainNumber (literal: string, place: string): boolean {
  if (timePlaces.has(place)) return /^[12]\d{9}$/.test(literal)
  return (countPlaces.has(place) || place.startsWith('usage/')) && /^\d{1,8}$/.test(literal)
}
