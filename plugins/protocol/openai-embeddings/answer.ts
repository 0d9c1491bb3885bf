/** Reads an answer: vectors, or an error. Throws GW_UPSTREAM_BAD_RESPONSE for what cannot be read. */
import { memberOf } from '../../../core/content/json.ts'
import type { AnswerReading } from '../../../core/protocol/contract.ts'
import { readAnswerOf, type AnswerDialect, type RawAnswer } from '../dialect/answer.ts'
import { AnswerPlace, type AnswerWords } from '../dialect/words.ts'
import { readUsage } from '../openai/usage.ts'

export const answerWords: AnswerWords = {
  keys: new Set(['object', 'data', 'embedding', 'index', 'model', 'usage', 'prompt_tokens', 'total_tokens', 'id', 'created', 'error', 'message', 'type', 'code', 'param']),
  lanes: new Map(),
  closed: new Map([['object', new Set(['list'])], ['data/*/object', new Set(['embedding'])]]),
  counts: ['data/*/index', 'usage/'],
  times: new Set(['created']),
  vectors: new Set(['data/*/embedding'])
}

export const answerRoot = new AnswerPlace(answerWords)

const dialect: AnswerDialect = {
  root: answerRoot,
  isAnswer: root => memberOf(root, 'data')?.kind === 'array',
  finishOf: () => null,
  usageOf: readUsage,
  callsOf: () => [],
  open: () => null
}

export function readAnswer (raw: RawAnswer): AnswerReading {
  return readAnswerOf(raw, dialect)
}
