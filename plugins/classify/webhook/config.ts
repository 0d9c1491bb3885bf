/** What `classify.webhook` can be told. */
import type { JsonSchema } from '../../../core/pipeline/plugin.ts'
import { externalFields, type ExternalEntry } from '../external/config.ts'

export interface ClassifyWebhookConfig extends ExternalEntry { readonly labels: readonly string[] }

const { url, ...others } = externalFields

export const configSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['url', 'labels'],
  properties: {
    url,
    labels: {
      type: 'array',
      items: { type: 'string', pattern: '^[a-z0-9_*]+(\\.[a-z0-9_*]+)*$' },
      minItems: 1,
      uniqueItems: true,
      description: 'Label globs of all that it may find; an answer with another label counts as none.'
    },
    ...others
  }
}
