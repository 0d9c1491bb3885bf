/** What `identity.mtls` can be told. */
import type { IdentitySource, JsonSchema } from '../../../core/pipeline/plugin.ts'
import { certificateFields, type CertificateEntry } from '../certificate/party.ts'
import { fenceFields, oneFence, type FenceEntry } from '../claims/fence.ts'

export interface MapEntry {
  readonly match: string
  readonly tenant?: string
  readonly roles?: readonly string[]
  readonly groups?: readonly string[]
  readonly type?: 'user' | 'service' | 'agent'
}

export interface IdentityMtlsConfig extends CertificateEntry, FenceEntry { readonly map?: readonly MapEntry[] }

const name = { type: 'string', minLength: 1 }
const names = { type: 'array', items: name, uniqueItems: true }

export const configSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  allOf: [oneFence],
  properties: {
    ...certificateFields,
    map: {
      type: 'array',
      minItems: 1,
      description: 'What certificates are taken for: the first entry that matches counts, and one that none matches is refused. Left out: every certificate is a service without tenant and roles.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['match'],
        properties: {
          match: { ...name, description: 'Pattern of the subject: `*` stays within a path segment, `**` crosses.' },
          tenant: { ...name, description: 'The tenant.' },
          roles: { ...names, default: [], description: 'The roles.' },
          groups: { ...names, default: [], description: 'The groups.' },
          type: { enum: ['user', 'service', 'agent'], default: 'service', description: 'The type of the principal.' }
        }
      }
    },
    ...fenceFields
  }
}

/** A tenant that every entry of the map gives is a fence too. */
export function sourcesOf ({ map, tenant, tenants }: IdentityMtlsConfig): readonly IdentitySource[] {
  const isMapped = map !== undefined && map.every(entry => entry.tenant !== undefined)
  return [{ takes: 'client certificates', isFenced: isMapped || tenant !== undefined || tenants !== undefined, path: [] }]
}
