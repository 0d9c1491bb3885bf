/** Answers a question about routing, from a configuration and what its route stages know. */
import type { Configuration, RouteConfig } from '../config/types.ts'
import type { ReadyStage } from '../pipeline/run.ts'
import type { ModelEntry, Runtime } from '../runtime.ts'
import type { Explanation } from './contract.ts'
import { QuestionError, shapeOf, type RouteQuestion } from './question.ts'

export interface Explainable {
  readonly configuration: Configuration
  /** By every name that callers may ask for. */
  readonly models: ReadonlyMap<string, ModelEntry>
  /** Whether a provider speaks a protocol. */
  speaks (endpoint: string, protocol: string): boolean
  /** The route stage of a pipeline; null where it has none. */
  routeStage (pipeline: string): ReadyStage | null
}

/** What was asked, as it was understood, and the answer. */
export interface RouteExplanation extends Explanation {
  readonly route: string
  readonly model: string | null
}

/** Throws QuestionError for what names nothing that is configured. */
export function explainRoute (question: RouteQuestion, sources: Explainable): RouteExplanation {
  const model = modelOf(question, sources)
  const route = routeOf(question, model, sources)
  const serving = servingOf(route, model, sources)
  for (const id of question.endpoints ?? []) if (!sources.configuration.endpoints.has(id)) throw new QuestionError(`there is no endpoint ${id}`)
  const stage = sources.routeStage(route.pipeline)?.stage
  if (stage?.explainChoice === undefined) throw new QuestionError(`the pipeline ${route.pipeline} has no route stage that explains itself`)
  const permit = { decisionId: question.decision, tag: '', endpoints: question.endpoints ?? serving, policyVersion: '' }
  const shape = shapeOf(question, { model: model?.name ?? null, family: model?.family ?? null, protocol: route.protocol })
  return { route: route.path, model: model?.name ?? null, ...stage.explainChoice({ permit, shape, budget: question.budget, attempts: [] }) }
}

function modelOf ({ model }: RouteQuestion, { models }: Explainable): ModelEntry | null {
  if (model === null) return null
  const entry = models.get(model)
  if (entry === undefined) throw new QuestionError(`there is no model ${model}`)
  return entry
}

function routeOf ({ route }: RouteQuestion, model: ModelEntry | null, sources: Explainable): RouteConfig {
  const { routes } = sources.configuration
  const found = route === null ? routes.find(one => servingOf(one, model, sources).length > 0) : routes.find(({ path }) => path === route)
  if (found !== undefined && servingOf(found, model, sources).length > 0) return found
  const what = model === null ? 'a request without a model: name one' : `the model ${model.name}`
  throw new QuestionError(route === null ? `no route serves ${what}` : found === undefined ? `there is no route ${route}` : `the route ${route} does not serve ${what}`)
}

/** What serves, as something to explain. */
export function explainable ({ configuration, models, endpoints, pipelines }: Pick<Runtime, 'configuration' | 'models' | 'endpoints' | 'pipelines'>): Explainable {
  return {
    configuration,
    models,
    speaks: (id, protocol) => endpoints.get(id)?.provider.protocols.includes(protocol) === true,
    routeStage: pipeline => pipelines.get(pipeline)?.route ?? null
  }
}

/** The answer as operators read it. */
export function explanationDocument ({ route, model, refused, endpoints }: RouteExplanation): unknown {
  return {
    route,
    model,
    refused,
    endpoints: endpoints.map(({ endpoint, rank, because, healthy, heldMs, active, latencyMs, costMicros }) => ({
      endpoint, rank, because, healthy, held_ms: heldMs, active, latency_ms: latencyMs, cost_micros: costMicros
    }))
  }
}

/** Endpoints that may serve it by configuration. */
function servingOf ({ endpoint, protocol }: RouteConfig, model: ModelEntry | null, { speaks }: Explainable): string[] {
  const named = model === null ? [] : model.endpoints
  return (endpoint === null ? named : model === null ? [endpoint] : []).filter(id => speaks(id, protocol)).sort()
}
