/** What `response.filter` can be told. */
import type { JsonSchema } from '../../../core/pipeline/plugin.ts'
import type { MarkForm } from './marks.ts'

export interface ResponseFilterConfig {
  readonly disclosure_header?: string
  readonly marks?: Readonly<Record<string, MarkForm>>
  readonly max_hold?: number
  readonly check_output_schema?: boolean
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
    marks: {
      type: 'object',
      description: 'How a `mark` is made beside its header, by the id of the obligation.',
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        properties: {
          link: {
            type: 'string',
            pattern: '^https://[!#-;=?-~]{1,1000}$',
            description: 'URL of a manifest of the answer, sent as `Link: <..>; rel="c2pa-manifest"`; `{decision_id}` in it stands for the id of the decision.'
          },
          suffix: {
            type: 'string',
            minLength: 1,
            maxLength: 1000,
            description: 'Put behind the text of an answer, streams included: never within code or JSON.'
          },
          member: {
            type: 'string',
            pattern: '^[a-z][a-z0-9_]{0,63}$',
            description: 'Member of a whole JSON answer that holds the parameters of the obligation.'
          }
        }
      }
    },
    check_output_schema: {
      type: 'boolean',
      default: false,
      description: 'Check texts against the JSON Schema that the request asked for. What does not hold to it is labelled `output.malformed` (no JSON), `output.mismatch`, or `output.unchecked` (a schema that cannot be used).'
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
