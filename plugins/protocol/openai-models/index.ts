/** `openai.models`: the models that the caller may reach (https://platform.openai.com/docs/api-reference/models). */
import { GatewayError } from '../../../core/errors.ts'
import type { OwnAnswer, Protocol, ReachableModel, RawRequest, RequestReading } from '../../../core/protocol/contract.ts'
import { editRequest } from '../dialect/request.ts'
import { readListAnswer, readListRequest, type ListDialect } from '../models/list.ts'
import { errorEnvelope } from '../openai/error.ts'

const dialect: ListDialect = {
  list: models => ({ object: 'list', data: models.map(entryOf) }),
  one: entryOf,
  missing
}

export const openaiModels: Protocol = Object.freeze({
  name: 'openai.models',
  version: '1.0.0',
  methods: Object.freeze(['GET']),
  hasModels: true,
  read: readRequest,
  edit: editRequest,
  readAnswer: readListAnswer,
  error: errorEnvelope
} satisfies Protocol)

function readRequest (request: RawRequest): RequestReading {
  if (request.query !== '') throw new GatewayError('GW_REQUEST_PATH')
  return readListRequest(request, dialect)
}

/** When a model was made is not known here; 0 stands for that. */
function entryOf ({ name, family }: ReachableModel): unknown {
  return { id: name, object: 'model', created: 0, owned_by: family ?? 'sallyport' }
}

function missing (): OwnAnswer {
  const { message, code, status } = new GatewayError('GW_ROUTE_MODEL_UNKNOWN')
  return { status, ...errorEnvelope({ code, message, status }) }
}
