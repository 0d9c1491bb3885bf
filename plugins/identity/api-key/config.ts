/** What `identity.api_key` can be told. */
import { referenceField, type Reference } from '../../../core/config/reference.ts'
import type { IdentitySource, JsonSchema } from '../../../core/pipeline/plugin.ts'
import { fenceFields, isFenced, oneFence, type FenceEntry } from '../claims/fence.ts'

export interface IdentityApiKeyConfig extends FenceEntry {
  readonly keys: string
  readonly issuer?: string
  readonly pepper?: Reference
}

/** Who vouches for the keys of a file, where no name is configured. */
export const defaultIssuer = 'sallyport:api_key'

export const configSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['keys'],
  allOf: [oneFence],
  properties: {
    keys: { type: 'string', minLength: 1, description: 'File of the keys, which `sallyport keys issue` writes: it holds a keyed digest of each, and what it stands for. Looked at every second; while it cannot be used nobody is let in.' },
    issuer: { type: 'string', minLength: 1, default: defaultIssuer, description: 'The issuer of their principals, in policies and records.' },
    pepper: referenceField('A secret that enters every digest; keys issued with another one are not accepted.'),
    ...fenceFields
  }
}

export function sourcesOf (config: IdentityApiKeyConfig): readonly IdentitySource[] {
  return [{ takes: 'API keys', isFenced: isFenced(config), path: [] }]
}
