/** What `response.filter` can be told. */
import type { JsonSchema } from '../../../core/pipeline/plugin.ts'

export interface ResponseFilterConfig { readonly disclosure_header?: string }

export const configSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    disclosure_header: {
      type: 'string',
      pattern: '^[a-z][a-z0-9-]{0,63}$',
      default: 'ai-disclosure',
      description: 'The header in which the obligation `mark` is met, in lower case.'
    }
  }
}
