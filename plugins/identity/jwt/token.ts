/** Takes a compact JWS apart, strictly and before any of it is believed (RFC 7515, RFC 8725). */
import { GatewayError } from '../../../core/pipeline/plugin.ts'
import { readStrictObject, type JsonObject } from './json.ts'

/** Longest token accepted, in characters. */
export const longestToken = 16_384

export interface UnverifiedToken {
  readonly text: string
  readonly algorithm: string
  /** `kid`, or null. Compared with those of the issuer's own keys, and used for nothing else. */
  readonly keyId: string | null
  readonly claims: JsonObject
  /** `iss`, unverified: says whose keys decide. */
  readonly issuer: string
}

/** Throws GW_IDENTITY_INVALID for whatever is not one signed JWT in canonical form. */
export function readToken (text: string): UnverifiedToken {
  const [header, payload, signature, ...rest] = text.length > longestToken ? [] : text.split('.')
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) throw new GatewayError('GW_IDENTITY_INVALID')
  decode(signature)
  const { algorithm, keyId } = readHeader(readPart(header))
  const claims = readPart(payload)
  const issuer = claims['iss']
  if (typeof issuer !== 'string') throw new GatewayError('GW_IDENTITY_INVALID')
  return { text, algorithm, keyId, claims, issuer }
}

/** The `iss` of something that may be a token, or null. Believed by nobody: it only picks who looks at the token. */
export function peekIssuer (text: string): string | null {
  try {
    return readToken(text).issuer
  } catch {
    return null
  }
}

function readPart (text: string): JsonObject {
  const object = readStrictObject(decode(text))
  if (object === null) throw new GatewayError('GW_IDENTITY_INVALID')
  return object
}

/** base64url without padding, in its one canonical form (RFC 7515 section 2; RFC 4648 section 3.5). */
function decode (text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url')
  if (text === '' || bytes.toString('base64url') !== text) throw new GatewayError('GW_IDENTITY_INVALID')
  return bytes
}

/**
 * Members that carry or point to keys (`jwk`, `jku`, `x5u`, `x5c`) are not read. No extension is understood: `crit` and
 * `b64` are refused, whatever they say.
 */
function readHeader (header: JsonObject): { readonly algorithm: string, readonly keyId: string | null } {
  const { alg, kid = null } = header
  const isPlain = typeof alg === 'string' && (kid === null || typeof kid === 'string')
  if (!isPlain || 'crit' in header || 'b64' in header || 'enc' in header || !isAccessType(header['typ'])) throw new GatewayError('GW_IDENTITY_INVALID')
  return { algorithm: alg, keyId: kid }
}

/** Absent, `JWT`, or that of RFC 9068; media types compare without case (RFC 7515 section 4.1.9). */
function isAccessType (typ: unknown): boolean {
  return typ === undefined || (typeof typ === 'string' && ['jwt', 'at+jwt', 'application/at+jwt'].includes(typ.toLowerCase()))
}
