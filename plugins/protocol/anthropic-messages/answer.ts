/** Reads an answer: a message, a count of tokens, an error, or a stream. Throws GW_UPSTREAM_BAD_RESPONSE for what cannot be read. */
import { countOf, itemsOf, memberOf, presentMember, textMember, type JsonNode } from '../../../core/content/json.ts'
import type { Usage } from '../../../core/pipeline/facts.ts'
import type { AnswerHead, AnswerReading, AnswerStream } from '../../../core/protocol/contract.ts'
import { openStream, readAnswerOf, type AnswerDialect, type RawAnswer, type WholeCall } from '../dialect/answer.ts'
import { MessageStream } from './stream.ts'
import { callTypes, usageOf } from './usage.ts'
import { answerRoot } from './words.ts'

const dialect: AnswerDialect = {
  root: answerRoot,
  isAnswer: root => memberOf(root, 'content')?.kind === 'array' || isCount(root),
  finishOf: root => textMember(root, 'stop_reason'),
  usageOf: root => isCount(root) ? countedOf(root) : usageOf(presentMember(root, 'usage')),
  callsOf,
  open: mediaType => mediaType === 'text/event-stream' ? new MessageStream() : null
}

export function openAnswer (head: AnswerHead): AnswerStream | null {
  return openStream(head, dialect)
}

export function readAnswer (raw: RawAnswer): AnswerReading {
  return readAnswerOf(raw, dialect)
}

function isCount (root: JsonNode): boolean {
  return countOf(memberOf(root, 'input_tokens')) !== null
}

/** Tokens that were counted were not used. */
function countedOf (_root: JsonNode): Usage {
  return { inputTokens: 0, outputTokens: 0, estimated: false }
}

function callsOf (root: JsonNode): WholeCall[] {
  return itemsOf(memberOf(root, 'content')).flatMap((block, index) => {
    if (!callTypes.has(textMember(block, 'type') ?? '')) return []
    return [{ name: textMember(block, 'name') ?? '', path: ['content', String(index), 'input'] }]
  })
}
