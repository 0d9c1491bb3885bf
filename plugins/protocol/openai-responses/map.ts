/** What the dialect knows of a request (https://platform.openai.com/docs/api-reference/responses/create). */
import type { FieldMap } from '../../../core/content/map.ts'
import { content, contents, count, flag, list, model, object, schema } from '../dialect/schema.ts'
import { tool } from './tools.ts'

const imageUrl: FieldMap = { media: { kind: 'image' } }
const fileId: FieldMap = { unscanned: 'file' }

/** Parts of messages and of what tools gave back. */
const part: FieldMap = {
  kinds: ['object'],
  part: true,
  forms: {
    member: 'type',
    of: {
      input_text: object(contents('text')),
      output_text: object({
        ...contents('text'),
        annotations: { items: object(contents('type', 'url', 'title', 'start_index', 'end_index', 'file_id', 'filename', 'index', 'container_id')) },
        logprobs: {}
      }),
      text: object(contents('text')),
      summary_text: object(contents('text')),
      reasoning_text: object(contents('text')),
      refusal: object(contents('refusal')),
      input_image: object({ image_url: imageUrl, file_id: fileId, detail: content }, { holds: 'image' }),
      input_file: object({ file_data: { media: { kind: 'file', name: 'filename' } }, file_url: { media: { kind: 'file' } }, file_id: fileId, filename: content }, { holds: 'file' }),
      input_audio: object({ input_audio: object({ data: { media: { kind: 'audio' } }, format: content }) }, { holds: 'audio' }),
      computer_screenshot: object({ image_url: imageUrl, file_id: fileId }, { holds: 'image' })
    },
    other: { unscanned: 'opaque' }
  }
}

const parts: FieldMap = { kinds: ['string', 'array'], items: part }
const call = contents('id', 'call_id', 'status', 'name', 'namespace', 'created_by')
const message: FieldMap = object({ role: { kinds: ['string'] }, content: parts, ...contents('id', 'status', 'phase') }, { required: ['role'] })
const state: FieldMap = { unscanned: 'state' }
const encrypted: FieldMap = { unscanned: 'encrypted' }
const json: FieldMap = { json: true }
const shellPlace: FieldMap = object({ ...contents('type'), container_id: state })

const items: Readonly<Record<string, FieldMap>> = {
  message,
  function_call: object({ ...call, arguments: json }),
  function_call_output: object({ ...call, output: parts }),
  custom_tool_call: object({ ...call, input: content }),
  custom_tool_call_output: object({ ...call, output: parts }),
  reasoning: object({ ...call, summary: { items: part }, content: { items: part }, encrypted_content: encrypted }),
  compaction: object({ ...call, encrypted_content: encrypted }),
  file_search_call: object({ ...call, queries: {}, results: { items: object({ ...contents('text', 'filename', 'score', 'attributes'), file_id: fileId }) } }),
  web_search_call: object({ ...call, action: object({ ...contents('type', 'query', 'queries', 'url', 'pattern'), sources: { items: object(contents('type', 'url')) } }) }),
  computer_call: object({ ...call, action: {}, actions: {}, pending_safety_checks: {} }),
  computer_call_output: object({ ...call, output: part, acknowledged_safety_checks: {} }),
  image_generation_call: object({ ...call, result: { media: { kind: 'image' } } }),
  code_interpreter_call: object({ ...call, code: content, container_id: state, outputs: { items: object({ ...contents('type', 'logs'), url: imageUrl }) } }),
  local_shell_call: object({ ...call, action: object({ ...contents('type', 'command', 'timeout_ms', 'user', 'working_directory'), env: {} }) }),
  local_shell_call_output: object({ ...call, output: content }),
  shell_call: object({ ...call, action: object(contents('commands', 'max_output_length', 'timeout_ms')), environment: shellPlace }),
  shell_call_output: object({ ...call, max_output_length: content, output: { items: object({ ...contents('stdout', 'stderr', 'created_by'), outcome: object(contents('type', 'exit_code')) }) } }),
  apply_patch_call: object({ ...call, operation: object(contents('type', 'path', 'diff')) }),
  apply_patch_call_output: object({ ...call, output: content }),
  mcp_list_tools: object({ ...call, ...contents('server_label', 'error'), tools: { items: object({ ...contents('name', 'description', 'annotations'), input_schema: schema }) } }),
  mcp_approval_request: object({ ...call, server_label: content, arguments: json }),
  mcp_approval_response: object({ ...call, ...contents('approval_request_id', 'approve', 'reason') }),
  mcp_call: object({ ...call, ...contents('server_label', 'approval_request_id', 'output', 'error'), arguments: json }),
  tool_search_call: object({ ...call, ...contents('execution'), arguments: {} }),
  tool_search_output: object({ ...call, ...contents('execution'), tools: list(tool) }),
  item_reference: object(contents('id'), state)
}

/** One item of the input. Without a type it is a message, or where it has no role, a reference to an item that the endpoint keeps. */
const item: FieldMap = {
  kinds: ['object'],
  forms: {
    member: 'type',
    of: items,
    without: { forms: { member: 'role', of: {}, without: object(contents('id'), state), other: message } },
    other: { unscanned: 'opaque' }
  }
}

const input: FieldMap = { kinds: ['string', 'array'], items: item }

export const requestMap: FieldMap = object({
  model,
  tools: list(tool),
  input,
  instructions: input,
  tool_choice: object({ ...contents('type', 'name', 'mode', 'server_label'), tools: {} }),
  text: object({ format: object({ ...contents('type', 'name', 'description', 'strict'), schema }, { kinds: ['object'] }), verbosity: content }, { kinds: ['object'] }),
  reasoning: object(contents('effort', 'summary', 'generate_summary')),
  stream: flag,
  stream_options: object(contents('include_obfuscation')),
  store: flag,
  background: { ...flag, acts: 'background' },
  max_output_tokens: count,
  max_tool_calls: count,
  previous_response_id: state,
  conversation: { unscanned: 'state', acts: 'stored', fields: contents('id') },
  prompt: { unscanned: 'state', fields: { ...contents('id', 'version'), variables: { values: { ...part, kinds: ['string', 'object'] } } } },
  context_management: { acts: 'context_management', items: object(contents('type', 'compact_threshold')) },
  ...contents(
    'include', 'metadata', 'user', 'safety_identifier', 'prompt_cache_key', 'prompt_cache_retention', 'temperature', 'top_p', 'top_logprobs', 'truncation', 'parallel_tool_calls', 'service_tier'
  ),
  // Vendors' own: other models than the one that was permitted, searches.
  models: { acts: 'model_fallback' },
  route: { acts: 'model_fallback' },
  plugins: { items: { hosted: 'id' } }
}, {
  kinds: ['object'],
  required: ['model'],
  // The endpoint keeps the response, and what was sent for it, unless it is told not to.
  actsUnless: { store: 'stored' }
})
