/** Reads an answer: JSON, an error, or a stream of lines. Throws GW_UPSTREAM_BAD_RESPONSE for what cannot be read. */
import { itemsOf, memberOf, presentMember, textMember, type JsonNode } from '../../../core/content/json.ts'
import type { AnswerHead, AnswerReading, AnswerStream } from '../../../core/protocol/contract.ts'
import { openStream, readAnswerOf, type AnswerDialect, type RawAnswer, type WholeCall } from '../dialect/answer.ts'
import { readListAnswer } from '../models/list.ts'
import { logprobTexts } from '../openai/logprobs.ts'
import { LineStream } from './stream.ts'
import { finishOf, usageOf } from './usage.ts'
import { answerRoot } from './words.ts'

const dialect: AnswerDialect = {
  root: answerRoot,
  isAnswer: root => ['message', 'response', 'embeddings', 'embedding', 'done'].some(name => memberOf(root, name) !== null),
  finishOf,
  usageOf,
  callsOf,
  logprobTexts,
  voidedOf: root => [presentMember(root, 'context')].filter(node => node !== null),
  open: mediaType => mediaType === 'application/x-ndjson' ? new LineStream() : null
}

export function openAnswer (head: AnswerHead): AnswerStream | null {
  return openStream(head, dialect)
}

/** The list of models is the gateway's own. */
export function readAnswer (raw: RawAnswer): AnswerReading {
  const isList = raw.body.length < 1_000_000 && /^\{"models":\[/.test(Buffer.from(raw.body.subarray(0, 16)).toString('latin1'))
  return isList ? readListAnswer(raw) : readAnswerOf(raw, dialect)
}

function callsOf (root: JsonNode): WholeCall[] {
  return itemsOf(memberOf(memberOf(root, 'message'), 'tool_calls')).map((call, index) => ({
    name: textMember(memberOf(call, 'function'), 'name') ?? '', path: ['message', 'tool_calls', String(index), 'function', 'arguments']
  }))
}
