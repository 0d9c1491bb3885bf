/** What `identity.jwt` can be told, and its decoded form. Durations are decoded to milliseconds. */
import { resolve } from 'node:path'
import { durationMs, durationPattern } from '../../../core/config/duration.ts'
import type { JsonSchema } from '../../../core/pipeline/plugin.ts'
import { isLoopbackName } from './address.ts'

/** Signature algorithms that may be allowed (RFC 7518, RFC 8037, RFC 9864). `none` and shared secrets are not among them. */
export const algorithms = ['ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512', 'EdDSA', 'Ed25519'] as const
export type Algorithm = typeof algorithms[number]

/** An issuer as the file has it. */
export interface IssuerEntry {
  readonly issuer: string
  readonly audience: string | readonly string[]
  readonly algorithms: readonly Algorithm[]
  readonly jwks_uri?: string
  readonly jwks_file?: string
  readonly claims?: { readonly tenant?: string | null, readonly roles?: string | null, readonly groups?: string | null, readonly type?: string | null }
  readonly tenants?: readonly string[]
  readonly tenant?: string
  readonly roles_allowed?: readonly string[]
  readonly clock_skew?: string
  readonly max_age?: string | null
  readonly dpop?: 'off' | 'optional' | 'required'
  readonly certificate?: 'actor' | null
  readonly key_hosts?: readonly string[]
  readonly allow_plaintext?: boolean
  readonly development?: boolean
}

export interface IdentityJwtConfig { readonly issuers: readonly IssuerEntry[] }

/** Where claims stand in a token, as JSON pointers (RFC 6901); null = not read. */
export interface ClaimPointers {
  readonly tenant: string | null
  readonly roles: string | null
  readonly groups: string | null
  readonly type: string | null
}

/** Where an issuer's public keys come from. */
export type KeyOrigin =
  | { readonly kind: 'file', readonly path: string }
  | { readonly kind: 'url', readonly url: URL }
  | { readonly kind: 'discovery', readonly url: URL, readonly issuer: string, readonly hosts: readonly string[] }
  | { readonly kind: 'development', readonly data: string, readonly issuer: string }

export interface Issuer {
  /** The exact `iss`. */
  readonly issuer: string
  readonly audiences: readonly string[]
  readonly algorithms: readonly string[]
  readonly keys: KeyOrigin
  readonly claims: ClaimPointers
  /** Tenants that may be claimed; null = any. */
  readonly tenants: readonly string[] | null
  /** The one tenant of this issuer; null = from the claim. */
  readonly tenant: string | null
  /** Roles that count; null = all. */
  readonly rolesAllowed: readonly string[] | null
  readonly clockSkewMs: number
  /** Since `iat`; null = no bound beside `exp`. */
  readonly maxAgeMs: number | null
}

const pointer = { type: ['string', 'null'], pattern: '^(/([^~/]|~[01])*)*$' }
const name = { type: 'string', minLength: 1 }
const names = { type: 'array', items: name, uniqueItems: true }

const issuerSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['issuer', 'audience', 'algorithms'],
  allOf: [
    { not: { required: ['jwks_uri', 'jwks_file'] } },
    { not: { required: ['tenants', 'tenant'] } }
  ],
  properties: {
    issuer: { ...name, description: 'The exact `iss` of its tokens: compared letter by letter.' },
    audience: {
      anyOf: [name, { ...names, minItems: 1 }],
      description: 'The audience, or audiences, of which a token must name at least one.'
    },
    algorithms: { type: 'array', items: { enum: algorithms }, minItems: 1, uniqueItems: true, description: 'Signature algorithms accepted. There is no default.' },
    jwks_uri: { ...name, description: 'URL of its key set. Without this and `jwks_file` it is learned by OpenID Connect discovery.' },
    jwks_file: { ...name, description: 'File with its key set, read again every ten minutes and when a token names a key that is not in it.' },
    claims: {
      type: 'object',
      additionalProperties: false,
      description: 'Where claims stand, as JSON pointers; null = not read.',
      properties: {
        tenant: { ...pointer, default: '/tenant', description: 'The tenant, a text.' },
        roles: { ...pointer, default: '/roles', description: 'The roles, a list of texts or one text.' },
        groups: { ...pointer, default: '/groups', description: 'The groups, a list of texts or one text.' },
        type: { ...pointer, default: null, description: 'The type of the principal: user, service or agent.' }
      }
    },
    tenants: { ...names, minItems: 1, description: 'Tenants that its tokens may claim; another one, or none, is refused.' },
    tenant: { ...name, description: 'The one tenant of all its tokens; a token that claims another is refused.' },
    roles_allowed: { ...names, description: 'Roles that count; others are cut off.' },
    clock_skew: { type: 'string', pattern: durationPattern, default: '30s', description: 'How far its clock may be off.' },
    max_age: { type: ['string', 'null'], pattern: durationPattern, default: null, description: 'How long after `iat` a token is accepted at most.' },
    dpop: { enum: ['off', 'optional', 'required'], default: 'off', description: 'Proof of possession (RFC 9449). Not served yet: `required` is refused, and so is every token bound to a key.' },
    certificate: { enum: ['actor', null], default: null, description: 'Whether a client certificate beside the token becomes an actor. Not served yet: `actor` is refused, and a token beside a certificate too.' },
    key_hosts: { ...names, description: 'Hosts beside the issuer\'s own where discovery may find its keys.' },
    allow_plaintext: { type: 'boolean', default: false, description: 'Accept plain http beyond loopback for this issuer\'s URLs.' },
    development: { type: 'boolean', default: false, description: 'An issuer whose key the gateway makes itself, for `sallyport token`. Never for production.' }
  }
}

export const configSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['issuers'],
  properties: {
    issuers: { type: 'array', items: issuerSchema, minItems: 1, description: 'Whose tokens are accepted.' }
  }
}

/** Throws Error for what makes no sense together or is not served, in words for the operator. */
export function decodeConfig (config: IdentityJwtConfig, folder: string, data: string): readonly Issuer[] {
  const { issuers } = config
  const seen = new Set<string>()
  for (const { issuer, tenant, tenants } of issuers) {
    if (seen.has(issuer)) throw new Error(`identity.jwt: issuer ${issuer} stands there twice`)
    seen.add(issuer)
    if (issuers.length > 1 && tenant === undefined && tenants === undefined) throw new Error(`identity.jwt: issuer ${issuer} is one of several and needs tenants or a tenant`)
  }
  return issuers.map(entry => decodeIssuer(entry, folder, data))
}

function decodeIssuer (entry: IssuerEntry, folder: string, data: string): Issuer {
  if (entry.dpop === 'required') throw new Error(`identity.jwt: issuer ${entry.issuer}: dpop: required is not served yet`)
  if (entry.certificate === 'actor') throw new Error(`identity.jwt: issuer ${entry.issuer}: certificate: actor is not served yet`)
  return {
    issuer: entry.issuer,
    audiences: typeof entry.audience === 'string' ? [entry.audience] : entry.audience,
    algorithms: entry.algorithms,
    keys: keyOrigin(entry, folder, data),
    claims: { tenant: '/tenant', roles: '/roles', groups: '/groups', type: null, ...entry.claims },
    tenants: entry.tenants ?? null,
    tenant: entry.tenant ?? null,
    rolesAllowed: entry.roles_allowed ?? null,
    clockSkewMs: durationMs(entry.clock_skew ?? '30s'),
    maxAgeMs: entry.max_age === undefined || entry.max_age === null ? null : durationMs(entry.max_age)
  }
}

function keyOrigin (entry: IssuerEntry, folder: string, data: string): KeyOrigin {
  const { issuer } = entry
  if (entry.development === true) return developmentOrigin(entry, data)
  if (entry.jwks_file !== undefined) return { kind: 'file', path: resolve(folder, entry.jwks_file) }
  if (entry.jwks_uri !== undefined) return { kind: 'url', url: configuredUrl(entry, entry.jwks_uri) }
  const url = configuredUrl(entry, `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
  return { kind: 'discovery', url, issuer, hosts: entry.key_hosts ?? [] }
}

function developmentOrigin (entry: IssuerEntry, data: string): KeyOrigin {
  if (entry.jwks_file !== undefined || entry.jwks_uri !== undefined) throw new Error(`identity.jwt: issuer ${entry.issuer}: a development issuer has its own key, and no jwks_file or jwks_uri`)
  if (!entry.algorithms.includes('ES256')) throw new Error(`identity.jwt: issuer ${entry.issuer}: a development issuer signs with ES256, which algorithms must name`)
  return { kind: 'development', data, issuer: entry.issuer }
}

/** https, or http for loopback; elsewhere http only where it is asked for. */
function configuredUrl (entry: IssuerEntry, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !['https:', 'http:'].includes(url.protocol)) throw new Error(`identity.jwt: issuer ${entry.issuer}: ${text} is no http(s) URL`)
  if (url.username !== '' || url.password !== '') throw new Error(`identity.jwt: issuer ${entry.issuer}: a URL of keys cannot carry a credential`)
  const isPlain = url.protocol === 'http:' && !isLoopbackName(url.hostname) && entry.allow_plaintext !== true
  if (isPlain) throw new Error(`identity.jwt: issuer ${entry.issuer}: plain http beyond loopback needs allow_plaintext: true`)
  return url
}
