/** `anthropic.models`: the models that the caller may reach, as Anthropic lists them (https://docs.anthropic.com/en/api/models-list), on one page. */
import { GatewayError } from '../../../core/errors.ts'
import type { OwnAnswer, Protocol, ReachableModel } from '../../../core/protocol/contract.ts'
import { errorEnvelope } from '../anthropic-messages/error.ts'
import { editRequest } from '../dialect/request.ts'
import { readListAnswer, readListRequest, type ListDialect } from '../models/list.ts'

const dialect: ListDialect = {
  list: models => ({ data: models.map(entryOf), has_more: false, first_id: models[0]?.name ?? null, last_id: models.at(-1)?.name ?? null }),
  one: entryOf,
  missing
}

export const anthropicModels: Protocol = Object.freeze({
  name: 'anthropic.models',
  version: '1.0.0',
  methods: Object.freeze(['GET']),
  hasModels: true,
  read: request => readListRequest(request, dialect),
  edit: editRequest,
  readAnswer: readListAnswer,
  error: errorEnvelope
} satisfies Protocol)

/** When a model was made is not known here; the beginning of the epoch stands for that. */
function entryOf ({ name }: ReachableModel): unknown {
  return { type: 'model', id: name, display_name: name, created_at: '1970-01-01T00:00:00Z' }
}

function missing (): OwnAnswer {
  const { message, code, status } = new GatewayError('GW_ROUTE_MODEL_UNKNOWN')
  return { status, ...errorEnvelope({ code, message, status }) }
}
