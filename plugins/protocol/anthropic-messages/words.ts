/** The words of the dialect: keys and values that say nothing of an endpoint's content. */
import { AnswerPlace, type AnswerWords } from '../dialect/words.ts'

const blockTypes: ReadonlySet<string> = new Set([
  'text', 'thinking', 'redacted_thinking', 'tool_use', 'server_tool_use', 'web_search_tool_result', 'web_fetch_tool_result', 'code_execution_tool_result',
  'bash_code_execution_tool_result', 'text_editor_code_execution_tool_result', 'tool_search_tool_result', 'mcp_tool_use', 'mcp_tool_result', 'container_upload', 'compaction'
])

const stopReasons: ReadonlySet<string> = new Set(['end_turn', 'max_tokens', 'stop_sequence', 'tool_use', 'pause_turn', 'refusal', 'model_context_window_exceeded', 'compaction'])

/** Citations, as a block and as a delta have them. */
const citationCounts = ['document_index', 'start_char_index', 'end_char_index', 'start_page_number', 'end_page_number', 'start_block_index', 'end_block_index', 'search_result_index']

export const answerWords: AnswerWords = {
  keys: new Set([
    'id', 'type', 'role', 'model', 'content', 'text', 'thinking', 'signature', 'data', 'name', 'input', 'stop_reason', 'stop_sequence', 'stop_details', 'usage', 'input_tokens', 'output_tokens',
    'cache_creation_input_tokens', 'cache_read_input_tokens', 'cache_creation', 'ephemeral_5m_input_tokens', 'ephemeral_1h_input_tokens', 'server_tool_use', 'web_search_requests',
    'web_fetch_requests', 'service_tier', 'inference_geo', 'output_tokens_details', 'thinking_tokens', 'container', 'expires_at', 'context_management', 'applied_edits', 'citations', 'cited_text',
    'document_title', 'url', 'title', 'page_age', 'encrypted_content', 'encrypted_index', 'encrypted_stdout', 'tool_use_id', 'server_name', 'is_error', 'caller', 'error_code', 'stdout', 'stderr',
    'return_code', 'file_id', 'source', 'media_type', 'retrieved_at', 'error', 'message', 'request_id', 'code', ...citationCounts
  ]),
  lanes: new Map([
    ['content/*/text', 'text'],
    ['content/*/thinking', 'reasoning']
  ]),
  closed: new Map([
    ['type', new Set(['message', 'error'])],
    ['role', new Set(['assistant'])],
    ['content/*/type', blockTypes],
    ['stop_reason', stopReasons],
    ['usage/service_tier', new Set(['standard', 'priority', 'batch'])]
  ]),
  counts: ['input_tokens', 'usage/', ...citationCounts.map(name => `content/*/citations/*/${name}`)],
  media: new Map([
    ['content/*/signature', 'encrypted'],
    ['content/*/data', 'encrypted'],
    ['content/*/encrypted_content', 'encrypted'],
    ['content/*/content/*/encrypted_content', 'encrypted'],
    ['content/*/citations/*/encrypted_index', 'encrypted'],
    ['content/*/content/encrypted_stdout', 'encrypted']
  ]),
  json: new Map([['content/*/input', 'tool_arguments']])
}

export const answerRoot = new AnswerPlace(answerWords)
