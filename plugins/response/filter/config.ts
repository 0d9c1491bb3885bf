/** What `response.filter` can be told. */
import type { JsonSchema } from '../../../core/pipeline/plugin.ts'

export interface ResponseFilterConfig {
  readonly disclosure_header?: string
  readonly max_hold?: number
}

export const configSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    disclosure_header: {
      type: 'string',
      pattern: '^[a-z][a-z0-9-]{0,63}$',
      default: 'ai-disclosure',
      description: 'The header in which the obligation `mark` is met, in lower case.'
    },
    max_hold: {
      type: 'integer',
      minimum: 128,
      maximum: 16384,
      default: 512,
      description: 'On streams, how many characters are held back at most for a value that is not over yet. A longer one counts as found, and the outcome says `hold_overflow`.'
    }
  }
}
