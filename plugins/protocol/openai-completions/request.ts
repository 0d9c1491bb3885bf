/** Reads a request (https://platform.openai.com/docs/api-reference/completions/create). Throws GW_CLASSIFY_* and GW_REQUEST_*. */
import { memberOf, presentMember, type JsonNode } from '../../../core/content/json.ts'
import { Place, type FieldMap } from '../../../core/content/map.ts'
import type { RawRequest, RequestReading } from '../../../core/protocol/contract.ts'
import { openRequest, readingOf } from '../dialect/request.ts'
import { contents, count, flag, model, object, textOrTokens } from '../dialect/schema.ts'
import { countMember, textsOf, workloadOf, type ReadShape } from '../dialect/shape.ts'

export const requestMap: FieldMap = object({
  model,
  prompt: textOrTokens,
  stream: flag,
  stream_options: object(contents('include_usage', 'include_obfuscation')),
  max_tokens: count,
  n: count,
  best_of: count,
  store: { ...flag, acts: 'stored' },
  ...contents('suffix', 'echo', 'logprobs', 'logit_bias', 'stop', 'seed', 'temperature', 'top_p', 'presence_penalty', 'frequency_penalty', 'user', 'metadata')
}, { kinds: ['object'], required: ['model'] })

const map = new Place(requestMap, '')

export function readRequest (request: RawRequest): RequestReading {
  const opened = openRequest(request, map)
  return readingOf(opened, '/completions', {
    action: 'completion',
    shape: readShape(opened.root, opened.tokenEstimate),
    tools: [],
    messageCount: textsOf(presentMember(opened.root, 'prompt'))
  })
}

/** Each prompt is answered `n` times; of `best_of` all are made. Without a bound the endpoint makes 16 tokens. */
function readShape (root: JsonNode, tokenEstimate: number): ReadShape {
  const answers = Math.max(1, countMember(root, 'n') ?? 1, countMember(root, 'best_of') ?? 1) * Math.max(1, textsOf(presentMember(root, 'prompt')))
  const bound = countMember(root, 'max_tokens')
  return {
    stream: memberOf(root, 'stream')?.kind === 'true',
    tokenEstimate,
    maxOutputTokens: bound === null ? null : bound * answers,
    outputFormat: 'text',
    workload: workloadOf({ toolCount: 0, outputFormat: 'text', tokenEstimate }),
    toolCount: 0
  }
}
