/** From a token's text to the principal it proves, step by step. */
import { compactVerify, errors, type CryptoKey } from 'jose'
import { GatewayError, toGatewayError } from '../../../core/errors.ts'
import type { Principal } from '../../../core/pipeline/plugin.ts'
import type { VerifiedTokens } from './cache.ts'
import { checkAudience, makePrincipal } from './claims.ts'
import type { Issuer } from './config.ts'
import type { IssuerKeys } from './keys.ts'
import { checkTimes } from './times.ts'
import { readToken, type UnverifiedToken } from './token.ts'

export interface TrustedIssuer { readonly issuer: Issuer, readonly keys: IssuerKeys }

export interface Verification {
  /** By exact `iss`. */
  readonly trusted: ReadonlyMap<string, TrustedIssuer>
  readonly verified: VerifiedTokens
  /** Milliseconds since 1970. */
  nowMs (): number
}

/** Throws GatewayError (`GW_IDENTITY_*`). */
export async function verifyToken (text: string, { trusted, verified, nowMs }: Verification): Promise<Principal> {
  const known = verified.get(text, nowMs())
  if (known !== null) return known
  const token = readToken(text)
  const from = trusted.get(token.issuer)
  if (from === undefined) throw new GatewayError('GW_IDENTITY_UNTRUSTED_ISSUER')
  const { issuer, keys } = from
  if (!issuer.algorithms.includes(token.algorithm)) throw new GatewayError('GW_IDENTITY_INVALID')
  const version = await checkSignature(token, keys)
  checkAudience(token.claims, issuer.audiences)
  const times = checkTimes(token.claims, issuer, nowMs())
  const principal = makePrincipal(token.claims, issuer, times.expiresMs)
  verified.set(text, { principal, untilMs: times.acceptedUntilMs, keys, version })
  return principal
}

/** Answers the version of the keys it was checked with. An issuer that names no keys may have changed its only one. */
async function checkSignature (token: UnverifiedToken, keys: IssuerKeys): Promise<string> {
  const found = await keys.find(token)
  if (await isSignedByOne(token, found.keys)) return found.version
  if (token.keyId !== null || !await keys.renew()) throw new GatewayError('GW_IDENTITY_INVALID')
  const renewed = await keys.find(token)
  if (!await isSignedByOne(token, renewed.keys)) throw new GatewayError('GW_IDENTITY_INVALID')
  return renewed.version
}

async function isSignedByOne (token: UnverifiedToken, keys: readonly CryptoKey[]): Promise<boolean> {
  for (const key of keys) if (await isSignedBy(token, key)) return true
  return false
}

async function isSignedBy ({ text, algorithm }: UnverifiedToken, key: CryptoKey): Promise<boolean> {
  try {
    await compactVerify(text, key, { algorithms: [algorithm] })
    return true
  } catch (thrown) {
    if (thrown instanceof errors.JWSSignatureVerificationFailed) return false
    throw toGatewayError(thrown, 'GW_IDENTITY_INVALID')
  }
}
