/** Reads an answer: a completion, an error, or a stream. Throws GW_UPSTREAM_BAD_RESPONSE for what cannot be read. */
import { countOf, itemsOf, memberOf, textMember, type JsonNode } from '../../../core/content/json.ts'
import type { AnswerHead, AnswerReading, AnswerStream } from '../../../core/protocol/contract.ts'
import { openStream, readAnswerOf, type AnswerDialect, type RawAnswer, type WholeCall } from '../dialect/answer.ts'
import type { Pointer } from '../dialect/pointers.ts'
import { ChunkStream, type ChunkForm } from '../openai/chunks.ts'
import { logprobTexts } from '../openai/logprobs.ts'
import { finishOf, readUsage } from '../openai/usage.ts'
import { answerRoot } from './known.ts'

/** Text goes on in the `delta` of a choice. */
const chunks: ChunkForm = {
  root: answerRoot,
  object: 'chat.completion.chunk',
  nothing: { delta: {} },
  goingAt: ([message, field, ...deeper]) => message === 'message' && field !== undefined && deeper.length === 0 ? ['delta', field] : null,
  pointersOf
}

const dialect: AnswerDialect = {
  root: answerRoot,
  isAnswer: root => memberOf(root, 'choices')?.kind === 'array',
  finishOf,
  usageOf: readUsage,
  callsOf,
  logprobTexts,
  pointersOf,
  open: mediaType => mediaType === 'text/event-stream' ? new ChunkStream(chunks) : null
}

export function openAnswer (head: AnswerHead): AnswerStream | null {
  return openStream(head, dialect)
}

export function readAnswer (raw: RawAnswer): AnswerReading {
  return readAnswerOf(raw, dialect)
}

/** Choices and calls may say which one they are; else their place says it. */
function indexOf (item: JsonNode, position: number): string {
  return String(countOf(memberOf(item, 'index')) ?? position)
}

function callsOf (root: JsonNode): WholeCall[] {
  return itemsOf(memberOf(root, 'choices')).flatMap((choice, position) => {
    const message = memberOf(choice, 'message')
    const path = ['choices', indexOf(choice, position), 'message']
    return [
      ...itemsOf(memberOf(message, 'tool_calls')).flatMap((call, at) => ['function', 'custom'].flatMap(form => callAt(memberOf(call, form), [...path, 'tool_calls', indexOf(call, at), form]))),
      ...callAt(memberOf(message, 'function_call'), [...path, 'function_call'])
    ]
  })
}

function callAt (node: JsonNode | null, path: readonly string[]): WholeCall[] {
  if (node?.kind !== 'object') return []
  const field = ['arguments', 'input'].find(name => memberOf(node, name) !== null)
  return [{ name: textMember(node, 'name') ?? '', path: field === undefined ? null : [...path, field] }]
}

/** Citations point into the content of their message, which a stream calls a delta. */
function pointersOf (root: JsonNode): Pointer[] {
  return itemsOf(memberOf(root, 'choices')).flatMap((choice, position) => {
    const annotations = itemsOf(memberOf(memberOf(choice, 'message') ?? memberOf(choice, 'delta'), 'annotations'))
    if (annotations.length === 0) return []
    const path = ['choices', indexOf(choice, position), 'message', 'content']
    return annotations.flatMap(annotation => ['start_index', 'end_index'].flatMap(name => {
      const node = memberOf(memberOf(annotation, 'url_citation'), name)
      return node?.kind === 'number' ? [{ node, path }] : []
    }))
  })
}
