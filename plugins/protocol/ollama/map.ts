/** What the dialect knows of requests (https://docs.ollama.com/api). Its server takes names of any case: other spellings are refused. */
import type { FieldMap } from '../../../core/content/map.ts'
import { content, contents, flag, list, model, object, schema, textOrTokens } from '../dialect/schema.ts'

const images: FieldMap = { kinds: ['array'], items: { kinds: ['string'], media: { kind: 'image' } } }
const options: FieldMap = object(contents(
  'num_keep', 'seed', 'num_predict', 'top_k', 'top_p', 'min_p', 'tfs_z', 'typical_p', 'repeat_last_n', 'temperature', 'repeat_penalty', 'presence_penalty', 'frequency_penalty', 'mirostat',
  'mirostat_tau', 'mirostat_eta', 'penalize_newline', 'stop', 'numa', 'num_ctx', 'num_batch', 'num_gpu', 'main_gpu', 'low_vram', 'f16_kv', 'logits_all', 'vocab_only', 'use_mmap', 'use_mlock',
  'embedding_only', 'num_thread'
), { kinds: ['object'] })

/** What all of them take. */
const common: Readonly<Record<string, FieldMap>> = { model, options, keep_alive: content }
const generation: Readonly<Record<string, FieldMap>> = { ...common, stream: flag, format: { ...schema, kinds: ['string', 'object'] }, think: content, logprobs: content, top_logprobs: content }

const functionOf: FieldMap = object({ ...contents('name', 'description', 'strict', 'type', 'index'), parameters: schema, arguments: { json: true } })

const message: FieldMap = object({
  role: { kinds: ['string'] },
  content: { kinds: ['string'] },
  images,
  tool_calls: list(object({ ...contents('id', 'type'), function: functionOf })),
  ...contents('thinking', 'tool_name', 'name', 'tool_call_id')
}, { required: ['role'] })

function request (fields: Readonly<Record<string, FieldMap>>, required: readonly string[]): FieldMap {
  return object(fields, { kinds: ['object'], required: ['model', ...required] })
}

export const chatMap = request({ ...generation, messages: list(message), tools: list(object({ ...contents('type'), function: functionOf })) }, [])

export const generateMap = request({
  ...generation, prompt: { kinds: ['string'] }, suffix: content, system: content, template: content, images, context: { kinds: ['array'], tokens: true }, raw: content, ...contents('width', 'height', 'steps')
}, [])

export const embedMap = request({ ...common, input: textOrTokens, truncate: content, dimensions: content }, ['input'])

export const embeddingsMap = request({ ...common, prompt: { kinds: ['string'] } }, ['prompt'])
