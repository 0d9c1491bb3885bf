/** What `identity.agent` can be told. */
import type { IdentitySource, JsonSchema } from '../../../core/pipeline/plugin.ts'
import type { CertificateEntry } from '../certificate/party.ts'
import { pointerSchema } from '../claims/pointer.ts'
import { decodeIssuers, issuerSchema, type Issuer, type IssuerEntry, type Places } from '../issuer/config.ts'
import { certificatesField, issuerSources } from '../jwt/config.ts'
import { revokedField } from '../token/revocations.ts'

export interface AgentIssuerEntry extends IssuerEntry { readonly narrow_roles?: string | null }

export interface IdentityAgentConfig {
  readonly issuers: readonly AgentIssuerEntry[]
  readonly max_actors?: number
  readonly revoked?: string
  readonly certificates?: CertificateEntry
}

export const configSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['issuers'],
  properties: {
    issuers: {
      type: 'array',
      items: issuerSchema({
        narrow_roles: { ...pointerSchema, default: null, description: 'Where a token\'s context names the roles it was limited to (such as `/tctx/roles`, `/azd/roles` or `/rctx/roles` of a transaction token): other roles are cut off. A token without it is not narrowed.' }
      }),
      minItems: 1,
      description: 'Whose tokens are accepted.'
    },
    max_actors: { type: 'integer', minimum: 0, maximum: 16, default: 4, description: 'How long the chain of actors may be.' },
    revoked: revokedField,
    certificates: certificatesField
  }
}

/** Throws Error for what makes no sense together, in words for the operator. */
export function decodeConfig ({ issuers, max_actors: mostActors = 4 }: IdentityAgentConfig, places: Places): readonly Issuer[] {
  return decodeIssuers(issuers, places, (entry: AgentIssuerEntry) => ({ method: 'agent', type: 'agent', mostActors, narrowRoles: entry.narrow_roles ?? null }))
}

export function sourcesOf ({ issuers }: IdentityAgentConfig): readonly IdentitySource[] {
  return issuerSources(issuers)
}
