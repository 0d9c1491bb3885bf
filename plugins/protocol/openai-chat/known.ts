/** The words of the dialect: keys and values that say nothing of an endpoint's content. */
import { AnswerPlace, type AnswerWords } from '../dialect/words.ts'

const answerKeys: ReadonlySet<string> = new Set([
  'id', 'object', 'created', 'model', 'choices', 'index', 'message', 'delta', 'role', 'content', 'refusal', 'reasoning', 'reasoning_content',
  'reasoning_details', 'thinking', 'tool_calls', 'type', 'function', 'custom', 'input', 'name', 'arguments', 'function_call', 'audio', 'data', 'transcript',
  'expires_at', 'annotations', 'url_citation', 'url', 'title', 'start_index', 'end_index', 'finish_reason', 'native_finish_reason', 'stop_reason',
  'logprobs', 'usage', 'prompt_tokens', 'completion_tokens', 'total_tokens', 'prompt_tokens_details', 'completion_tokens_details', 'cached_tokens',
  'audio_tokens', 'text_tokens', 'image_tokens', 'reasoning_tokens', 'accepted_prediction_tokens', 'rejected_prediction_tokens', 'system_fingerprint',
  'service_tier', 'error', 'code', 'param', 'obfuscation', 'prompt_logprobs', 'prompt_token_ids', 'token_ids', 'kv_transfer_params', 'text', 'images',
  'image_url', 'content_filter_results', 'prompt_filter_results', 'content_filter_offsets', 'prompt_index', 'filtered', 'severity', 'detected',
  'hate', 'self_harm', 'sexual', 'violence', 'jailbreak', 'protected_material_text', 'protected_material_code', 'provider'
])

const finishReasons: ReadonlySet<string> = new Set(['stop', 'length', 'tool_calls', 'content_filter', 'function_call'])
const toolTypes: ReadonlySet<string> = new Set(['function', 'custom'])
const severities: ReadonlySet<string> = new Set(['safe', 'low', 'medium', 'high'])

const message = 'choices/*/message'

export const answerWords: AnswerWords = {
  keys: answerKeys,
  lanes: new Map([
    [`${message}/content`, 'text'],
    [`${message}/content/*/text`, 'text'],
    ['choices/*/text', 'text'],
    [`${message}/refusal`, 'refusal'],
    [`${message}/content/*/refusal`, 'refusal'],
    [`${message}/reasoning`, 'reasoning'],
    [`${message}/reasoning_content`, 'reasoning'],
    [`${message}/thinking`, 'reasoning'],
    [`${message}/tool_calls/*/function/arguments`, 'tool_arguments'],
    [`${message}/tool_calls/*/custom/input`, 'tool_arguments'],
    [`${message}/function_call/arguments`, 'tool_arguments'],
    [`${message}/audio/transcript`, 'transcript']
  ]),
  closed: new Map([
    ['object', new Set(['chat.completion', 'chat.completion.chunk'])],
    ['service_tier', new Set(['auto', 'default', 'flex', 'scale', 'priority'])],
    ['choices/*/finish_reason', finishReasons],
    [`${message}/role`, new Set(['assistant', 'tool', 'user', 'system', 'developer', 'function'])],
    [`${message}/tool_calls/*/type`, toolTypes],
    [`${message}/annotations/*/type`, new Set(['url_citation'])],
    ...['hate', 'self_harm', 'sexual', 'violence'].map(name => [`choices/*/content_filter_results/${name}/severity`, severities] as const)
  ]),
  counts: ['choices/*/index', `${message}/tool_calls/*/index`, `${message}/annotations/*/url_citation/start_index`, `${message}/annotations/*/url_citation/end_index`, 'usage/'],
  times: new Set(['created', `${message}/audio/expires_at`]),
  media: new Map([[`${message}/audio/data`, 'audio']]),
  tokens: new Set(['prompt_token_ids', 'choices/*/token_ids', 'choices/*/prompt_token_ids']),
  logprobs: new Set(['choices/*/logprobs']),
  indexed: new Set(['choices', `${message}/tool_calls`]),
  renamed: new Map([['choices/*/delta', 'message']])
}

export const answerRoot = new AnswerPlace(answerWords)
