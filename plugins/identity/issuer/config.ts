/** An issuer of signed tokens as a configuration names it, and its decoded form. Durations are decoded to milliseconds. */
import { resolve } from 'node:path'
import { referenceField, type Reference } from '../../../core/config/reference.ts'
import { oneFence } from '../claims/fence.ts'
import { decodeRules, rulesFields, type ClaimRules, type RulesEntry, type RulesOptions } from '../claims/rules.ts'
import { configuredUrl, plaintextField } from './url.ts'

/** Signature algorithms that may be allowed (RFC 7518, RFC 8037, RFC 9864). `none` is not among them; HS* need a secret. */
export const algorithms = ['ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512', 'EdDSA', 'Ed25519', 'HS256', 'HS384', 'HS512'] as const
export type Algorithm = typeof algorithms[number]

/** An issuer as the file has it. */
export interface IssuerEntry extends RulesEntry {
  readonly algorithms: readonly Algorithm[]
  readonly jwks_uri?: string
  readonly jwks_file?: string
  readonly secret?: Reference
  readonly key_hosts?: readonly string[]
  readonly authorities?: string
  readonly allow_plaintext?: boolean
  readonly development?: boolean
}

/** Where an issuer's keys come from. `authorities`: path of the PEM file by which its own certificate is verified. */
export type KeyOrigin =
  | { readonly kind: 'file', readonly path: string }
  | { readonly kind: 'url', readonly url: URL, readonly authorities: string | null }
  | { readonly kind: 'discovery', readonly url: URL, readonly issuer: string, readonly hosts: readonly string[], readonly authorities: string | null }
  | { readonly kind: 'development', readonly data: string, readonly issuer: string }
  | { readonly kind: 'secret', readonly reference: Reference }

export interface Issuer extends ClaimRules {
  readonly algorithms: readonly string[]
  readonly keys: KeyOrigin
}

const name = { type: 'string', minLength: 1 }
const names = { type: 'array', items: name, uniqueItems: true }
const { issuer, audience, ...otherRules } = rulesFields

/** Fields of a JSON Schema. */
export const issuerFields = {
  issuer,
  audience,
  algorithms: { type: 'array', items: { enum: algorithms }, minItems: 1, uniqueItems: true, description: 'Signature algorithms accepted. There is no default. HS256 and its kin need `secret`, and stand alone.' },
  jwks_uri: { ...name, description: 'URL of its key set. Without this, `jwks_file` and `secret` it is learned by OpenID Connect discovery.' },
  jwks_file: { ...name, description: 'File with its key set, read again every ten minutes and when a token names a key that is not in it.' },
  secret: referenceField('A secret that this issuer shares with the gateway alone, for HS256 and its kin.'),
  ...otherRules,
  key_hosts: { ...names, description: 'Hosts beside the issuer\'s own where discovery may find its keys.' },
  authorities: { ...name, description: 'File with the authorities (PEM) by which the issuer\'s own certificate is verified; left out: those of the system.' },
  allow_plaintext: plaintextField,
  development: { type: 'boolean', default: false, description: 'An issuer whose key the gateway makes itself, for `sallyport token`. Never for production.' }
} as const

type Fields = Readonly<Record<string, unknown>>

/**
 * The JSON Schema of one issuer.
 * @param more fields to add, or in place of others
 * @param without fields that tokens of its kind have no use for
 */
export function issuerSchema (more: Fields = {}, without: readonly string[] = []): Fields {
  return {
    type: 'object',
    additionalProperties: false,
    required: ['issuer', 'audience', 'algorithms'].filter(field => !without.includes(field)),
    allOf: [
      { not: { required: ['jwks_uri', 'jwks_file'] } },
      { not: { required: ['jwks_uri', 'secret'] } },
      { not: { required: ['jwks_file', 'secret'] } },
      oneFence
    ],
    properties: { ...Object.fromEntries(Object.entries(issuerFields).filter(([field]) => !without.includes(field))), ...more }
  }
}

/** What is known before anything is opened. */
export interface Places {
  readonly folder: string
  readonly data: string
  readonly publicUrl: string | null
}

/**
 * Throws Error for what makes no sense together, in words for the operator.
 * @param isOneOfSeveral true where the plugin has other issuers beside these
 */
export function decodeIssuers<T extends IssuerEntry> (entries: readonly T[], places: Places, options: (entry: T) => RulesOptions, isOneOfSeveral = entries.length > 1): readonly Issuer[] {
  const seen = new Set<string>()
  for (const { issuer, tenant, tenants } of entries) {
    if (seen.has(issuer)) throw new Error(`issuer ${issuer} stands there twice`)
    seen.add(issuer)
    if (isOneOfSeveral && tenant === undefined && tenants === undefined) throw new Error(`issuer ${issuer} is one of several and needs tenants or a tenant`)
  }
  return entries.map(entry => {
    try {
      return decodeIssuer(entry, places, options(entry))
    } catch (thrown) {
      throw new Error(`issuer ${entry.issuer}: ${thrown instanceof Error ? thrown.message : 'it cannot be decoded'}`)
    }
  })
}

function decodeIssuer (entry: IssuerEntry, places: Places, options: RulesOptions): Issuer {
  checkProofs(entry, places)
  checkSecret(entry)
  return { ...decodeRules(entry, options), algorithms: entry.algorithms, keys: keyOrigin(entry, places) }
}

/** A proof names what the caller called, which only the operator can say. */
export function checkProofs ({ dpop = 'off', dpop_nonce: nonce = false }: RulesEntry, { publicUrl }: Places): void {
  if (dpop !== 'off' && publicUrl === null) throw new Error(`dpop: ${dpop} needs public_url`)
  if (dpop === 'off' && nonce) throw new Error('dpop_nonce asks for a nonce in proofs, and dpop: off takes none')
}

/** A public key is no secret: whoever shares one signs with nothing else. */
function checkSecret ({ algorithms, secret }: IssuerEntry): void {
  const shared = algorithms.filter(algorithm => algorithm.startsWith('HS'))
  if (secret === undefined && shared.length > 0) throw new Error(`${shared.join(', ')} need a secret that is shared with this issuer alone`)
  if (secret !== undefined && shared.length < algorithms.length) throw new Error('an issuer with a shared secret takes HS256, HS384 and HS512 alone')
}

function keyOrigin (entry: IssuerEntry, { folder, data }: Places): KeyOrigin {
  const { issuer, allow_plaintext: allowPlaintext = false } = entry
  const authorities = entry.authorities === undefined ? null : resolve(folder, entry.authorities)
  if (entry.development === true) return developmentOrigin(entry, data)
  if (entry.secret !== undefined) return { kind: 'secret', reference: entry.secret }
  if (entry.jwks_file !== undefined) return { kind: 'file', path: resolve(folder, entry.jwks_file) }
  if (entry.jwks_uri !== undefined) return { kind: 'url', url: configuredUrl(entry.jwks_uri, allowPlaintext), authorities }
  const url = configuredUrl(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, allowPlaintext)
  return { kind: 'discovery', url, issuer, hosts: entry.key_hosts ?? [], authorities }
}

function developmentOrigin (entry: IssuerEntry, data: string): KeyOrigin {
  if (entry.jwks_file !== undefined || entry.jwks_uri !== undefined || entry.secret !== undefined) throw new Error('a development issuer has its own key, and no jwks_file, jwks_uri or secret')
  if (!entry.algorithms.includes('ES256')) throw new Error('a development issuer signs with ES256, which algorithms must name')
  return { kind: 'development', data, issuer: entry.issuer }
}
