/** Reads a request (https://platform.openai.com/docs/api-reference/embeddings/create). Throws GW_CLASSIFY_* and GW_REQUEST_*. */
import { presentMember } from '../../../core/content/json.ts'
import { Place, type FieldMap } from '../../../core/content/map.ts'
import type { RawRequest, RequestReading } from '../../../core/protocol/contract.ts'
import { openRequest, readingOf } from '../dialect/request.ts'
import { contents, model, object, textOrTokens } from '../dialect/schema.ts'
import { embeddingShape, textsOf } from '../dialect/shape.ts'

export const requestMap: FieldMap = object({
  model,
  input: textOrTokens,
  ...contents('dimensions', 'encoding_format', 'user', 'input_type', 'truncate')
}, { kinds: ['object'], required: ['model', 'input'] })

const map = new Place(requestMap, '')

export function readRequest (request: RawRequest): RequestReading {
  const opened = openRequest(request, map)
  return readingOf(opened, '/embeddings', {
    action: 'embedding',
    shape: embeddingShape(opened.tokenEstimate),
    tools: [],
    messageCount: textsOf(presentMember(opened.root, 'input'))
  })
}
