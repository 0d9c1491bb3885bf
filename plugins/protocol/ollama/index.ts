/**
 * `ollama`: Ollama's own API. The last word of the path says what is asked for: `chat`, `generate`, `embed`, `embeddings`; the
 * list of models (`tags`) is the gateway's own, and holds those that the caller may reach. Nothing that changes the endpoint
 * (pull, create, delete, ...) is served.
 */
import { GatewayError } from '../../../core/errors.ts'
import type { Protocol, RawRequest, RequestReading } from '../../../core/protocol/contract.ts'
import { outputSchemaAt } from '../dialect/output-schema.ts'
import { refusal } from '../dialect/refusal.ts'
import { editRequest } from '../dialect/request.ts'
import { readListRequest } from '../models/list.ts'
import { openAnswer, readAnswer } from './answer.ts'
import { errorEnvelope } from './error.ts'
import { readRequest } from './request.ts'
import { tagsDialect } from './tags.ts'

export const ollama: Protocol = Object.freeze({
  name: 'ollama',
  version: '1.0.0',
  methods: Object.freeze(['GET', 'POST']),
  hasModels: true,
  read,
  edit: editRequest,
  openAnswer,
  readAnswer,
  outputSchema: outputSchemaAt(['format']),
  refusal,
  error: errorEnvelope
} satisfies Protocol)

function read (request: RawRequest): RequestReading {
  const isList = request.path.endsWith('/tags')
  if (isList !== (request.method === 'GET')) throw new GatewayError('GW_REQUEST_METHOD')
  return isList ? readListRequest({ ...request, route: request.path }, tagsDialect) : readRequest(request)
}
