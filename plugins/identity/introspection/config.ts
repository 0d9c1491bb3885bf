/** What `identity.introspection` can be told. */
import { resolve } from 'node:path'
import { durationMs, durationPattern } from '../../../core/config/duration.ts'
import { referenceField, type Reference } from '../../../core/config/reference.ts'
import type { IdentitySource, JsonSchema } from '../../../core/pipeline/plugin.ts'
import type { CertificateEntry } from '../certificate/party.ts'
import { isFenced, oneFence } from '../claims/fence.ts'
import { decodeRules, rulesFields, type ClaimRules, type RulesEntry } from '../claims/rules.ts'
import { checkProofs, type Places } from '../issuer/config.ts'
import { configuredUrl, plaintextField } from '../issuer/url.ts'
import { certificatesField } from '../jwt/config.ts'
import { nonceKeyField } from '../proof/nonces.ts'
import { revokedField } from '../token/revocations.ts'

export interface ClientEntry {
  readonly id: string
  readonly secret?: Reference
  readonly secret_in?: 'header' | 'body'
  readonly private_key?: Reference
  readonly algorithm?: string
  readonly certificate?: Reference
  readonly key?: Reference
}

export interface IdentityIntrospectionConfig extends RulesEntry {
  readonly introspection_endpoint: string
  readonly client: ClientEntry
  readonly cache?: string
  readonly authorities?: string
  readonly allow_plaintext?: boolean
  readonly revoked?: string
  readonly certificates?: CertificateEntry
  readonly nonce_key?: Reference
}

export interface Introspection {
  readonly rules: ClaimRules
  readonly endpoint: URL
  readonly client: ClientEntry
  /** How long an answer counts at most. */
  readonly cacheMs: number
  /** Path of a PEM file, or null. */
  readonly authorities: string | null
}

const name = { type: 'string', minLength: 1 }
const { issuer, audience, ...otherRules } = rulesFields

export const configSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['issuer', 'introspection_endpoint', 'client', 'audience'],
  allOf: [oneFence],
  properties: {
    issuer: { ...issuer, description: 'The issuer of the tokens. Where an answer carries `iss`, it must be this.' },
    introspection_endpoint: { ...name, description: 'Where tokens are introspected (RFC 7662).' },
    client: {
      type: 'object',
      additionalProperties: false,
      required: ['id'],
      oneOf: [{ required: ['secret'] }, { required: ['private_key'] }, { required: ['certificate', 'key'] }],
      dependencies: { certificate: ['key'], key: ['certificate'], secret_in: ['secret'], algorithm: ['private_key'] },
      description: 'As whom the gateway asks: with a secret, a private key (RFC 7523) or a certificate (RFC 8705).',
      properties: {
        id: { ...name, description: 'The client\'s id.' },
        secret: referenceField('Its secret.'),
        secret_in: { enum: ['header', 'body'], default: 'header', description: 'Where the secret is sent: `Authorization: Basic`, or the form.' },
        private_key: referenceField('Its private key, PEM (PKCS #8) or JWK, which signs an assertion for each question.'),
        algorithm: { enum: ['ES256', 'ES384', 'ES512', 'PS256', 'RS256', 'EdDSA'], description: 'The algorithm of that signature; left out: the one that fits the key.' },
        certificate: referenceField('Its certificate, PEM.'),
        key: referenceField('The key of the certificate, PEM.')
      }
    },
    audience,
    ...otherRules,
    cache: { type: 'string', pattern: durationPattern, default: '30s', description: 'How long an answer counts at most; `0s` asks for every request. It never outlives the token.' },
    authorities: { ...name, description: 'File with the authorities (PEM) by which the endpoint\'s certificate is verified; left out: those of the system.' },
    allow_plaintext: plaintextField,
    revoked: revokedField,
    certificates: certificatesField,
    nonce_key: nonceKeyField
  }
}

/** Throws Error for what makes no sense together, in words for the operator. */
export function decodeConfig (config: IdentityIntrospectionConfig, places: Places): Introspection {
  checkProofs(config, places)
  return {
    rules: decodeRules(config, { method: 'introspection' }),
    endpoint: configuredUrl(config.introspection_endpoint, config.allow_plaintext ?? false),
    client: config.client,
    cacheMs: durationMs(config.cache ?? '30s'),
    authorities: config.authorities === undefined ? null : resolve(places.folder, config.authorities)
  }
}

export function sourcesOf (config: IdentityIntrospectionConfig): readonly IdentitySource[] {
  return [{ takes: 'any other token', isFenced: isFenced(config), path: [] }]
}
