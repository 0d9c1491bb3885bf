/** What the dialect knows of a request (https://platform.openai.com/docs/api-reference/chat/create), vendors' fields that act included. */
import type { FieldMap } from '../../../core/content/map.ts'
import { content, contents, count, flag, list, model, object, schema, userLocation } from '../dialect/schema.ts'

const imageUrl: FieldMap = { media: { kind: 'image' } }

const part: FieldMap = {
  kinds: ['object'],
  part: true,
  forms: {
    member: 'type',
    of: {
      text: object(contents('text', 'cache_control')),
      refusal: object(contents('refusal')),
      image_url: object({ image_url: { ...imageUrl, fields: { url: imageUrl, detail: content } } }, { holds: 'image' }),
      input_audio: object({ input_audio: object({ data: { media: { kind: 'audio' } }, format: content }) }, { holds: 'audio' }),
      file: object({ file: object({ file_data: { media: { kind: 'file', name: 'filename' } }, file_id: { unscanned: 'file' }, filename: content }) }, { holds: 'file' })
    },
    other: { unscanned: 'opaque' }
  }
}

const parts: FieldMap = { kinds: ['string', 'array'], items: part }
const call: FieldMap = object({ ...contents('name'), arguments: { json: true } })

const message: FieldMap = object({
  role: { kinds: ['string'] },
  content: parts,
  audio: object(contents('id'), { unscanned: 'state' }),
  tool_calls: list(object({ ...contents('id', 'type', 'index'), function: call, custom: object(contents('name', 'input')) })),
  function_call: call,
  ...contents('name', 'refusal', 'tool_call_id', 'reasoning', 'reasoning_content')
}, { required: ['role'] })

const functionTool: FieldMap = object({ ...contents('name', 'description', 'strict'), parameters: schema })

/** Tools that the caller runs; any other is one that the endpoint runs. */
const tool: FieldMap = {
  forms: {
    member: 'type',
    of: {
      function: object({ function: functionTool }),
      custom: object({ custom: object({ ...contents('name', 'description'), format: object({ ...contents('type', 'definition', 'syntax'), grammar: object(contents('definition', 'syntax')) }) }) })
    },
    without: { hosted: 'type' },
    other: { hosted: 'type', fields: contents('server_label', 'server_url') }
  }
}

const toolChoice: FieldMap = object({
  ...contents('type', 'mode'),
  function: object(contents('name')),
  custom: object(contents('name')),
  allowed_tools: object({ ...contents('mode'), tools: {} })
})

const state: FieldMap = { unscanned: 'state' }

export const requestMap: FieldMap = object({
  model,
  messages: list(message),
  stream: flag,
  stream_options: object(contents('include_usage', 'include_obfuscation')),
  store: { ...flag, acts: 'stored' },
  background: { ...flag, acts: 'background' },
  n: count,
  max_tokens: count,
  max_completion_tokens: count,
  tools: list(tool),
  tool_choice: toolChoice,
  functions: list(functionTool),
  function_call: object(contents('name')),
  response_format: object({ ...contents('type'), json_schema: object({ ...contents('name', 'description', 'strict'), schema }) }, { kinds: ['object'] }),
  prediction: object({ ...contents('type'), content: { items: part } }),
  audio: object(contents('voice', 'format')),
  web_search_options: { acts: 'web_search', fields: { search_context_size: content, user_location: userLocation } },
  prompt_cache_retention: content,
  ...contents(
    'metadata', 'user', 'safety_identifier', 'prompt_cache_key', 'stop', 'seed', 'temperature', 'top_p', 'presence_penalty', 'frequency_penalty',
    'logit_bias', 'logprobs', 'top_logprobs', 'modalities', 'parallel_tool_calls', 'reasoning_effort', 'verbosity', 'service_tier', 'reasoning'
  ),
  // Vendors' own: state at the endpoint, searches, other models than the one that was permitted.
  previous_response_id: state,
  conversation: state,
  prompt: state,
  search_parameters: { acts: 'web_search' },
  plugins: { items: { hosted: 'id' } },
  data_sources: { items: { acts: 'data_sources', hosts: true } },
  models: { acts: 'model_fallback' },
  route: { acts: 'model_fallback' }
}, { kinds: ['object'], required: ['model', 'messages'] })
