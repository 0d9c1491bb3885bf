/** Takes a compact JWS apart, strictly and before any of it is believed (RFC 7515, RFC 8725). */
import { invalid } from '../claims/refusal.ts'
import type { TokenKind } from '../claims/rules.ts'
import { readStrictObject, type JsonObject } from './json.ts'

/** Longest token accepted, in characters. */
export const longestToken = 16_384

export interface CompactToken { readonly text: string, readonly header: JsonObject, readonly claims: JsonObject }

export interface UnverifiedToken {
  readonly text: string
  readonly algorithm: string
  /** `kid`, or null. Compared with those of the issuer's own keys, and used for nothing else. */
  readonly keyId: string | null
  readonly claims: JsonObject
  /** `iss`, unverified: says whose keys decide. */
  readonly issuer: string
}

/**
 * Media types by which tokens of a kind say what they are. An access token may say nothing, or `JWT`, beside the type of RFC 9068; the
 * others must say it, so that none can be taken for another (RFC 8725 section 3.11).
 */
export const tokenTypes: Readonly<Record<TokenKind, readonly string[]>> = {
  access: ['', 'jwt', 'at+jwt', 'application/at+jwt'],
  workload: ['wit+jwt', 'application/wit+jwt'],
  transaction: ['txntoken+jwt', 'application/txntoken+jwt']
}

/** Throws GW_IDENTITY_INVALID for whatever is not one JWS of two JSON objects and a signature in canonical form. */
export function readCompact (text: string): CompactToken {
  const [header, payload, signature, ...rest] = text.length > longestToken ? [] : text.split('.')
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) throw invalid('it is no compact JWS of three parts, or too long')
  decode(signature)
  return { text, header: readPart(header), claims: readPart(payload) }
}

/**
 * Throws GW_IDENTITY_INVALID for whatever is not one signed JWT in canonical form.
 * @param types media types accepted as `typ`, in lower case; '' = none given
 * @param assumed the issuer of a token that names none; null = it must
 */
export function readToken (text: string, types: readonly string[], assumed: string | null): UnverifiedToken {
  const { header, claims } = readCompact(text)
  const { algorithm, keyId } = readHeader(header, types)
  const issuer = claims['iss'] ?? assumed
  if (typeof issuer !== 'string') throw invalid('iss is missing or no text')
  return { text, algorithm, keyId, claims, issuer }
}

/** The `iss` of something that may be a token, or null. Believed by nobody: it only picks who looks at the token. */
export function peekIssuer (text: string, assumed: string | null): string | null {
  try {
    const issuer = readCompact(text).claims['iss'] ?? assumed
    return typeof issuer === 'string' ? issuer : null
  } catch {
    return null
  }
}

function readPart (text: string): JsonObject {
  const object = readStrictObject(decode(text))
  if (object === null) throw invalid('a part is no JSON object, no UTF-8, or repeats a key')
  return object
}

/** base64url without padding, in its one canonical form (RFC 7515 section 2; RFC 4648 section 3.5). */
function decode (text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url')
  if (text === '' || bytes.toString('base64url') !== text) throw invalid('a part is empty, or not in the canonical form of base64url')
  return bytes
}

/**
 * Members that carry or point to keys (`jwk`, `jku`, `x5u`, `x5c`) are not read. No extension is understood: `crit` and
 * `b64` are refused, whatever they say.
 */
export function readHeader (header: JsonObject, types: readonly string[]): { readonly algorithm: string, readonly keyId: string | null } {
  const { alg, kid = null } = header
  if (typeof alg !== 'string' || (kid !== null && typeof kid !== 'string')) throw invalid('alg or kid is no text')
  if ('crit' in header || 'b64' in header || 'enc' in header) throw invalid('the header asks for an extension, or the token is encrypted')
  if (!isOfType(header['typ'], types)) throw invalid('typ is that of another kind of token')
  return { algorithm: alg, keyId: kid }
}

/** Media types compare without case (RFC 7515 section 4.1.9). */
function isOfType (typ: unknown, types: readonly string[]): boolean {
  return typ === undefined ? types.includes('') : typeof typ === 'string' && typ !== '' && types.includes(typ.toLowerCase())
}
