/** Lists of models, which the gateway answers itself: each caller sees the models that the policy lets them reach, and no others. */
import { itemsOf, memberOf, readJson } from '../../../core/content/json.ts'
import { LaneGathering } from '../../../core/content/lanes.ts'
import { GatewayError } from '../../../core/errors.ts'
import type { Leaf } from '../../../core/pipeline/facts.ts'
import type { AnswerReading, OwnAnswer, Protocol, RawRequest, ReachableModel, RequestReading } from '../../../core/protocol/contract.ts'

/** How a dialect writes the list, one model, and a model that is not there. */
export interface ListDialect {
  list (models: readonly ReachableModel[]): unknown
  one (model: ReachableModel): unknown
  missing (): OwnAnswer
}

/**
 * Reads a request for the list, or for one model: its name then follows the route's path.
 * Throws GW_REQUEST_PATH for a name that cannot be read, GW_REQUEST_INVALID for a request with a body.
 */
export function readListRequest (request: RawRequest, dialect: ListDialect): RequestReading {
  if (request.body.length > 0) throw new GatewayError('GW_REQUEST_INVALID')
  const name = nameOf(request)
  return {
    action: 'models.list',
    model: null,
    shape: { stream: false, tokenEstimate: 0, maxOutputTokens: 0, outputFormat: null, workload: 'chat', toolCount: 0 },
    tools: [],
    messageCount: 0,
    leaves: [...name === null ? [] : [leafOf(name)], ...request.query === '' ? [] : [leafOf(request.query)]],
    fixed: new Set(),
    unscanned: [],
    serverSide: [],
    resource: null,
    target: { path: '', query: '' },
    macParts: body => [body],
    answer: models => name === null ? answerWith(dialect.list(models)) : oneOf(models, name, dialect)
  }
}

/** The name that was asked for, or null for the whole list. A trailing slash asks for the list too. */
function nameOf ({ path, route }: RawRequest): string | null {
  const prefix = route.endsWith('/*') ? route.slice(0, -1) : `${route}/`
  const rest = path.startsWith(prefix) ? path.slice(prefix.length) : ''
  if (rest === '') return null
  try {
    return decodeURIComponent(rest)
  } catch (thrown) {
    throw new GatewayError('GW_REQUEST_PATH', { cause: thrown })
  }
}

function leafOf (text: string): Leaf {
  return { path: [text], pattern: '/path/*', place: 'path', kind: 'string', text, start: 0, end: 0 }
}

function answerWith (value: unknown): OwnAnswer {
  return { status: 200, contentType: 'application/json', body: JSON.stringify(value) }
}

function oneOf (models: readonly ReachableModel[], name: string, dialect: ListDialect): OwnAnswer {
  const model = models.find(each => each.name === name)
  return model === undefined ? dialect.missing() : answerWith(dialect.one(model))
}

/** The gateway's own answer, as a response stage reads it: the names of models, and what else is said of them. */
export function readListAnswer ({ status, body, stream }: Parameters<Protocol['readAnswer']>[0]): AnswerReading {
  const root = readJson(body)
  const gathering = new LaneGathering()
  const listed = itemsOf(memberOf(root, 'data') ?? memberOf(root, 'models'))
  for (const [index, model] of [root, ...listed].entries()) {
    for (const key of ['id', 'name', 'model', 'display_name']) {
      const value = memberOf(model, key)
      if (value?.kind === 'string') gathering.add('field', [String(index), key], value)
    }
  }
  const message = memberOf(memberOf(root, 'error'), 'message') ?? memberOf(root, 'error')
  if (message?.kind === 'string') gathering.add('text', ['error'], message)
  const lanes = gathering.finish()
  return {
    answer: { status, lanes: lanes.lanes, finish: null, tools: [], unscanned: [], bytes: body.length, stream },
    usage: { inputTokens: 0, outputTokens: 0, estimated: false },
    rewrite: edits => lanes.rewrite(body, edits),
    blocked: () => null
  }
}
