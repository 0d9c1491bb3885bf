/** What `identity.jwt` can be told. */
import type { Reference } from '../../../core/config/reference.ts'
import type { IdentitySource, JsonSchema } from '../../../core/pipeline/plugin.ts'
import { certificateFields, type CertificateEntry } from '../certificate/party.ts'
import { isFenced } from '../claims/fence.ts'
import { decodeIssuers, issuerSchema, type Issuer, type IssuerEntry, type Places } from '../issuer/config.ts'
import { nonceKeyField } from '../proof/nonces.ts'
import { revokedField } from '../token/revocations.ts'

export interface IdentityJwtConfig {
  readonly issuers: readonly IssuerEntry[]
  readonly revoked?: string
  readonly certificates?: CertificateEntry
  readonly nonce_key?: Reference
}

/** For the JSON Schema of every plugin that takes tokens. */
export const certificatesField = {
  type: 'object',
  additionalProperties: false,
  description: 'Which client certificates are taken beside a token, as its proof or as an actor.',
  properties: certificateFields
} as const

export const configSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['issuers'],
  properties: {
    issuers: { type: 'array', items: issuerSchema(), minItems: 1, description: 'Whose tokens are accepted.' },
    revoked: revokedField,
    certificates: certificatesField,
    nonce_key: nonceKeyField
  }
}

/** Throws Error for what makes no sense together, in words for the operator. */
export function decodeConfig ({ issuers }: IdentityJwtConfig, places: Places): readonly Issuer[] {
  return decodeIssuers(issuers, places, () => ({ method: 'jwt' }))
}

/** Each issuer is a source of its own. */
export function issuerSources (issuers: readonly IssuerEntry[]): readonly IdentitySource[] {
  return issuers.map((entry, index) => ({ takes: `tokens of ${entry.issuer}`, isFenced: isFenced(entry), path: ['issuers', index] }))
}
