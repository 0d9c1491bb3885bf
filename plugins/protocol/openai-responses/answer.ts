/** Reads an answer: a response, an error, or a stream. Throws GW_UPSTREAM_BAD_RESPONSE for what cannot be read. */
import { itemsOf, memberOf } from '../../../core/content/json.ts'
import type { AnswerHead, AnswerReading, AnswerStream } from '../../../core/protocol/contract.ts'
import { openStream, readAnswerOf, type AnswerDialect, type RawAnswer } from '../dialect/answer.ts'
import { logprobTexts } from '../openai/logprobs.ts'
import { callOf, pointersOf } from './items.ts'
import { ResponseStream } from './stream.ts'
import { finishOf, usageOf } from './usage.ts'
import { answerRoot } from './words.ts'

const dialect: AnswerDialect = {
  root: answerRoot,
  isAnswer: root => memberOf(root, 'output')?.kind === 'array',
  finishOf,
  usageOf,
  callsOf: root => itemsOf(memberOf(root, 'output')).flatMap((item, index) => callOf(item, ['output', String(index)]) ?? []),
  logprobTexts,
  pointersOf: root => itemsOf(memberOf(root, 'output')).flatMap((item, index) => pointersOf(item, ['output', String(index)])),
  open: mediaType => mediaType === 'text/event-stream' ? new ResponseStream() : null
}

export function openAnswer (head: AnswerHead): AnswerStream | null {
  return openStream(head, dialect)
}

export function readAnswer (raw: RawAnswer): AnswerReading {
  return readAnswerOf(raw, dialect)
}
