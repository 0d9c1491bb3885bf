/** `route.models` has nothing to set: endpoints, their order and the strategy stand under `models:`. */
import type { JsonSchema } from '../../../core/pipeline/plugin.ts'

export type RouteModelsConfig = Readonly<Record<string, never>>

export const configSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {}
}
