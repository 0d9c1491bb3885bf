/** The words of the dialect: keys and values that say nothing of an endpoint's content. */
import { textMember } from '../../../core/content/json.ts'
import { AnswerPlace, type AnswerWords } from '../dialect/words.ts'

const itemTypes: ReadonlySet<string> = new Set([
  'message', 'function_call', 'function_call_output', 'custom_tool_call', 'custom_tool_call_output', 'reasoning', 'compaction', 'file_search_call', 'web_search_call', 'computer_call',
  'computer_call_output', 'image_generation_call', 'code_interpreter_call', 'local_shell_call', 'local_shell_call_output', 'shell_call', 'shell_call_output', 'apply_patch_call',
  'apply_patch_call_output', 'mcp_list_tools', 'mcp_approval_request', 'mcp_call', 'tool_search_call', 'tool_search_output'
])
const partTypes: ReadonlySet<string> = new Set(['output_text', 'refusal', 'reasoning_text', 'summary_text'])
const statuses: ReadonlySet<string> = new Set(['completed', 'failed', 'in_progress', 'cancelled', 'queued', 'incomplete', 'searching', 'generating', 'interpreting', 'calling'])
const annotations = 'output/*/content/*/annotations/*'

/** Items that are reasoning stand apart: their texts are of another kind. */
export const itemPlace = 'output/*'
export const reasoningPlace = 'output/reasoning'

const inItems: ReadonlyArray<readonly [rest: string, values: ReadonlySet<string>]> = [
  ['type', itemTypes], ['status', statuses], ['role', new Set(['assistant'])], ['content/*/type', partTypes], ['summary/*/type', partTypes], ['phase', new Set(['commentary', 'final_answer'])]
]

export const answerWords: AnswerWords = {
  keys: new Set([
    'id', 'object', 'created_at', 'completed_at', 'status', 'error', 'code', 'message', 'type', 'param', 'incomplete_details', 'reason', 'instructions', 'max_output_tokens', 'max_tool_calls', 'model',
    'output', 'content', 'text', 'refusal', 'annotations', 'logprobs', 'role', 'phase', 'summary', 'encrypted_content', 'arguments', 'call_id', 'name', 'namespace', 'input', 'code', 'action',
    'actions', 'operation', 'outputs', 'logs', 'url', 'queries', 'results', 'result', 'server_label', 'container_id', 'file_id', 'filename', 'title', 'start_index', 'end_index', 'index', 'score',
    'parallel_tool_calls', 'previous_response_id', 'conversation', 'prompt', 'reasoning', 'effort', 'store', 'temperature', 'top_p', 'top_logprobs', 'tool_choice', 'tools', 'truncation', 'usage',
    'input_tokens', 'input_tokens_details', 'cached_tokens', 'output_tokens', 'output_tokens_details', 'reasoning_tokens', 'total_tokens', 'user', 'metadata', 'background', 'service_tier',
    'safety_identifier', 'prompt_cache_key', 'prompt_cache_retention', 'verbosity', 'format', 'execution', 'created_by', 'approval_request_id', 'environment', 'pending_safety_checks'
  ]),
  lanes: new Map([
    [`${itemPlace}/content/*/text`, 'text'],
    [`${itemPlace}/content/*/refusal`, 'refusal'],
    [`${reasoningPlace}/content/*/text`, 'reasoning'],
    [`${reasoningPlace}/summary/*/text`, 'reasoning'],
    [`${itemPlace}/arguments`, 'tool_arguments'],
    [`${itemPlace}/input`, 'tool_arguments'],
    [`${itemPlace}/code`, 'tool_arguments']
  ]),
  closed: new Map([
    ['object', new Set(['response'])],
    ['status', statuses],
    ['service_tier', new Set(['auto', 'default', 'flex', 'scale', 'priority'])],
    ['truncation', new Set(['auto', 'disabled'])],
    ['tool_choice', new Set(['auto', 'none', 'required'])],
    ['incomplete_details/reason', new Set(['max_output_tokens', 'content_filter'])],
    [`${annotations}/type`, new Set(['url_citation', 'file_citation', 'container_file_citation', 'file_path'])],
    ...[itemPlace, reasoningPlace].flatMap(place => inItems.map(([rest, values]) => [`${place}/${rest}`, values] as const))
  ]),
  counts: ['usage/', 'max_output_tokens', 'max_tool_calls', 'top_logprobs', ...['start_index', 'end_index', 'index'].map(name => `${annotations}/${name}`)],
  times: new Set(['created_at', 'completed_at']),
  media: new Map([
    [`${reasoningPlace}/encrypted_content`, 'encrypted'],
    [`${itemPlace}/encrypted_content`, 'encrypted'],
    [`${itemPlace}/result`, 'image']
  ]),
  json: new Map([`${itemPlace}/action`, `${itemPlace}/actions`, `${itemPlace}/operation`, `${itemPlace}/arguments`].map(place => [place, 'tool_arguments'])),
  logprobs: new Set([`${itemPlace}/content/*/logprobs`]),
  forms: new Map([['output', item => textMember(item, 'type') === 'reasoning' ? reasoningPlace : null]])
}

export const answerRoot = new AnswerPlace(answerWords)
