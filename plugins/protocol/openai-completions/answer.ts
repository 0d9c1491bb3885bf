/** Reads an answer: a completion, an error, or a stream. Throws GW_UPSTREAM_BAD_RESPONSE for what cannot be read. */
import { memberOf } from '../../../core/content/json.ts'
import type { AnswerHead, AnswerReading, AnswerStream } from '../../../core/protocol/contract.ts'
import { openStream, readAnswerOf, type AnswerDialect, type RawAnswer } from '../dialect/answer.ts'
import { AnswerPlace, type AnswerWords } from '../dialect/words.ts'
import { ChunkStream, type ChunkForm } from '../openai/chunks.ts'
import { logprobTexts } from '../openai/logprobs.ts'
import { finishOf, readUsage } from '../openai/usage.ts'

export const answerWords: AnswerWords = {
  keys: new Set([
    'id', 'object', 'created', 'model', 'choices', 'index', 'text', 'logprobs', 'finish_reason', 'stop_reason', 'usage', 'prompt_tokens', 'completion_tokens', 'total_tokens',
    'prompt_tokens_details', 'completion_tokens_details', 'cached_tokens', 'audio_tokens', 'reasoning_tokens', 'accepted_prediction_tokens', 'rejected_prediction_tokens',
    'system_fingerprint', 'service_tier', 'error', 'message', 'type', 'code', 'param', 'obfuscation', 'prompt_logprobs', 'prompt_token_ids', 'token_ids', 'kv_transfer_params'
  ]),
  lanes: new Map([['choices/*/text', 'text']]),
  closed: new Map([
    ['object', new Set(['text_completion'])],
    ['choices/*/finish_reason', new Set(['stop', 'length', 'content_filter'])]
  ]),
  counts: ['choices/*/index', 'usage/'],
  times: new Set(['created']),
  tokens: new Set(['prompt_token_ids', 'choices/*/token_ids', 'choices/*/prompt_token_ids']),
  logprobs: new Set(['choices/*/logprobs']),
  indexed: new Set(['choices'])
}

export const answerRoot = new AnswerPlace(answerWords)

const chunks: ChunkForm = {
  root: answerRoot,
  object: 'text_completion',
  nothing: { text: '' },
  goingAt: ([field, ...deeper]) => field === 'text' && deeper.length === 0 ? ['text'] : null,
  pointersOf: () => []
}

const dialect: AnswerDialect = {
  root: answerRoot,
  isAnswer: root => memberOf(root, 'choices')?.kind === 'array',
  finishOf,
  usageOf: readUsage,
  callsOf: () => [],
  logprobTexts,
  open: mediaType => mediaType === 'text/event-stream' ? new ChunkStream(chunks) : null
}

export function openAnswer (head: AnswerHead): AnswerStream | null {
  return openStream(head, dialect)
}

export function readAnswer (raw: RawAnswer): AnswerReading {
  return readAnswerOf(raw, dialect)
}
