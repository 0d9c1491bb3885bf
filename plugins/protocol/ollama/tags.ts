/** The list of models as Ollama gives it (https://docs.ollama.com/api/tags): what is not known here of a model is left empty. */
import { GatewayError } from '../../../core/errors.ts'
import type { OwnAnswer, ReachableModel } from '../../../core/protocol/contract.ts'
import type { ListDialect } from '../models/list.ts'
import { errorEnvelope } from './error.ts'

export const tagsDialect: ListDialect = {
  list: models => ({ models: models.map(entryOf) }),
  one: entryOf,
  missing
}

function entryOf ({ name, family }: ReachableModel): unknown {
  return {
    name,
    model: name,
    modified_at: '1970-01-01T00:00:00Z',
    size: 0,
    digest: '',
    details: { parent_model: '', format: '', family: family ?? '', families: family === null ? [] : [family], parameter_size: '', quantization_level: '' }
  }
}

function missing (): OwnAnswer {
  const { message, code, status } = new GatewayError('GW_ROUTE_MODEL_UNKNOWN')
  return { status, ...errorEnvelope({ code, message, status }) }
}
