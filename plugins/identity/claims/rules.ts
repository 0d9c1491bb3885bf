/** The rules by which claims become a principal: the same for signed tokens and for what introspection answers. */
import { durationMs, durationPattern } from '../../../core/config/duration.ts'
import { decodeFence, fenceFields, type Fence, type FenceEntry } from './fence.ts'
import { pointerSchema } from './pointer.ts'

/** Where claims stand in a token, as JSON pointers (RFC 6901); null = not read. */
export interface ClaimPointers {
  readonly tenant: string | null
  readonly roles: string | null
  readonly groups: string | null
  readonly type: string | null
}

export type ProofMode = 'off' | 'optional' | 'required'

/**
 * What a token is for: `access` (RFC 9068) is taken under `Authorization`; `workload` names who acts, carries its key and maybe no
 * audience, which its proofs name (draft-ietf-wimse-workload-creds section 3.1); `transaction` says for whom and for what
 * (draft-ietf-oauth-transaction-tokens), and proves nobody.
 */
export type TokenKind = 'access' | 'workload' | 'transaction'

export interface ClaimRules {
  /** The exact `iss`. */
  readonly issuer: string
  readonly audiences: readonly string[]
  readonly kind: TokenKind
  /** Trust domains whose workloads the issuer may name; null = any. */
  readonly trustDomains: readonly string[] | null
  readonly claims: ClaimPointers
  readonly fence: Fence
  readonly clockSkewMs: number
  /** Since `iat`; null = no bound beside `exp`. */
  readonly maxAgeMs: number | null
  /** Whether tokens come with a DPoP proof (RFC 9449). */
  readonly dpop: ProofMode
  /** Whether a proof must carry a nonce of this gateway. */
  readonly dpopNonce: boolean
  /** How old a proof may be. */
  readonly dpopWindowMs: number
  /** What a certificate beside the token is, where the token is not bound to it; null = a conflict. */
  readonly certificate: 'actor' | null
  /** How the principal was proven, as records have it. */
  readonly method: string
  /** The type of every principal; null = from the claims. */
  readonly type: 'agent' | null
  readonly mostActors: number
  /** Where a list of roles stands that narrows the roles held; null = nothing narrows. */
  readonly narrowRoles: string | null
}

/** The rules as a file has them. */
export interface RulesEntry extends FenceEntry {
  readonly issuer: string
  readonly audience: string | readonly string[]
  readonly claims?: { readonly tenant?: string | null, readonly roles?: string | null, readonly groups?: string | null, readonly type?: string | null }
  readonly clock_skew?: string
  readonly max_age?: string | null
  readonly dpop?: ProofMode
  readonly dpop_nonce?: boolean
  readonly dpop_window?: string
  readonly certificate?: 'actor' | null
}

const name = { type: 'string', minLength: 1 }
const names = { type: 'array', items: name, uniqueItems: true }

/** Fields of a JSON Schema, `issuer` and `audience` first. */
export const rulesFields = {
  issuer: { ...name, description: 'The exact `iss` of its tokens: compared letter by letter.' },
  audience: {
    anyOf: [name, { ...names, minItems: 1 }],
    description: 'The audience, or audiences, of which a token must name at least one.'
  },
  claims: {
    type: 'object',
    additionalProperties: false,
    description: 'Where claims stand, as JSON pointers; null = not read.',
    properties: {
      tenant: { ...pointerSchema, default: '/tenant', description: 'The tenant, a text.' },
      roles: { ...pointerSchema, default: '/roles', description: 'The roles, a list of texts or one text.' },
      groups: { ...pointerSchema, default: '/groups', description: 'The groups, a list of texts or one text.' },
      type: { ...pointerSchema, default: null, description: 'The type of the principal: user, service or agent.' }
    }
  },
  ...fenceFields,
  clock_skew: { type: 'string', pattern: durationPattern, default: '30s', description: 'How far its clock may be off.' },
  max_age: { type: ['string', 'null'], pattern: durationPattern, default: null, description: 'How long after `iat` a token is accepted at most.' },
  dpop: { enum: ['off', 'optional', 'required'], default: 'off', description: 'Proof of possession (RFC 9449): `off` refuses tokens that are bound to a key, `required` refuses all others. Needs `public_url`.' },
  dpop_nonce: { type: 'boolean', default: false, description: 'Take proofs only with a nonce of this gateway, which a first answer gives.' },
  dpop_window: { type: 'string', pattern: durationPattern, default: '60s', description: 'How old a proof may be; for so long its `jti` is remembered.' },
  certificate: { enum: ['actor', null], default: null, description: 'What a client certificate beside the token is where the token is not bound to it: `actor` puts it into the chain of actors, null refuses both.' }
} as const

export interface RulesOptions {
  readonly method: string
  readonly type?: 'agent'
  readonly mostActors?: number
  readonly narrowRoles?: string | null
  readonly kind?: TokenKind
  readonly trustDomains?: readonly string[] | null
}

export function decodeRules (entry: RulesEntry, options: RulesOptions): ClaimRules {
  return {
    issuer: entry.issuer,
    audiences: typeof entry.audience === 'string' ? [entry.audience] : entry.audience,
    kind: options.kind ?? 'access',
    trustDomains: options.trustDomains ?? null,
    claims: { tenant: '/tenant', roles: '/roles', groups: '/groups', type: null, ...entry.claims },
    fence: decodeFence(entry),
    clockSkewMs: durationMs(entry.clock_skew ?? '30s'),
    maxAgeMs: entry.max_age === undefined || entry.max_age === null ? null : durationMs(entry.max_age),
    dpop: entry.dpop ?? 'off',
    dpopNonce: entry.dpop_nonce ?? false,
    dpopWindowMs: durationMs(entry.dpop_window ?? '60s'),
    certificate: entry.certificate ?? null,
    method: options.method,
    type: options.type ?? null,
    mostActors: options.mostActors ?? 4,
    narrowRoles: options.narrowRoles ?? null
  }
}
