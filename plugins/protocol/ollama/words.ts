/** The words of the dialect: keys and values that say nothing of an endpoint's content. */
import { AnswerPlace, type AnswerWords } from '../dialect/words.ts'

const durations = ['total_duration', 'load_duration', 'prompt_eval_duration', 'eval_duration']

export const answerWords: AnswerWords = {
  keys: new Set([
    'model', 'created_at', 'message', 'role', 'content', 'thinking', 'images', 'tool_calls', 'function', 'name', 'arguments', 'index', 'id', 'type', 'tool_name', 'response', 'done', 'done_reason',
    'context', 'prompt_eval_count', 'eval_count', 'embeddings', 'embedding', 'logprobs', 'error', 'code', 'image', 'completed', 'total', 'remote_model', 'remote_host', ...durations
  ]),
  lanes: new Map([
    ['message/content', 'text'],
    ['message/thinking', 'reasoning'],
    ['response', 'text'],
    ['thinking', 'reasoning']
  ]),
  closed: new Map([
    ['message/role', new Set(['assistant'])],
    ['done_reason', new Set(['stop', 'length', 'load', 'unload'])]
  ]),
  counts: ['prompt_eval_count', 'eval_count', 'completed', 'total', 'message/tool_calls/*/function/index'],
  durations: new Set(durations),
  stamps: new Set(['created_at']),
  media: new Map([['message/images/*', 'image'], ['image', 'image']]),
  json: new Map([['message/tool_calls/*/function/arguments', 'tool_arguments']]),
  vectors: new Set(['embeddings/*', 'embedding']),
  tokens: new Set(['context']),
  logprobs: new Set(['logprobs'])
}

export const answerRoot = new AnswerPlace(answerWords)
