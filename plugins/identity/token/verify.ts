/** From a token's text to what its issuer says by it, step by step. */
import type { KeyObject } from 'node:crypto'
import { compactVerify, errors, type CryptoKey } from 'jose'
import { toGatewayError } from '../../../core/errors.ts'
import { readClaims } from '../claims/principal.ts'
import { invalid, refusal } from '../claims/refusal.ts'
import type { Issuer } from '../issuer/config.ts'
import type { VerifyingKeys } from '../issuer/keys.ts'
import type { UnverifiedToken } from './read.ts'
import type { Revocations } from './revocations.ts'
import type { ReadToken } from './memory.ts'
import type { Trace } from './trace.ts'

export interface TrustedIssuer { readonly issuer: Issuer, readonly keys: VerifyingKeys }

export interface Verification {
  /** By exact `iss`. */
  readonly trusted: ReadonlyMap<string, TrustedIssuer>
  readonly revocations: Revocations
  /** Milliseconds since 1970. */
  nowMs (): number
}

/** Throws GatewayError (`GW_IDENTITY_*`). */
export async function verifyToken (token: UnverifiedToken, { trusted, revocations, nowMs }: Verification, trace: Trace): Promise<ReadToken> {
  trace('issuer', 'iss is one of those configured, letter by letter')
  const from = trusted.get(token.issuer)
  if (from === undefined) throw refusal('GW_IDENTITY_UNTRUSTED_ISSUER', 'iss is none of the issuers configured')
  const { issuer, keys } = from
  trace('algorithm', 'alg is one that the issuer may sign with')
  if (!issuer.algorithms.includes(token.algorithm)) throw invalid('alg is not in the issuer\'s algorithms')
  trace('signature', 'made by one of the issuer\'s keys')
  const version = await checkSignature(token, keys)
  const verified = readClaims(token.claims, issuer, nowMs(), trace)
  trace('revocation', 'neither the token nor its subject is revoked')
  revocations.check(verified)
  return { verified, untilMs: verified.untilMs, isCurrent: () => keys.version() === version }
}

/** Answers the version of the keys it was checked with. An issuer that names no keys may have changed its only one. */
async function checkSignature (token: UnverifiedToken, keys: VerifyingKeys): Promise<string> {
  const found = await keys.find(token)
  if (await isSignedByOne(token, found.keys)) return found.version
  if (token.keyId !== null || !await keys.renew()) throw wrongSignature()
  const renewed = await keys.find(token)
  if (!await isSignedByOne(token, renewed.keys)) throw wrongSignature()
  return renewed.version
}

function wrongSignature (): Error {
  return invalid('the signature is made by none of the issuer\'s keys')
}

async function isSignedByOne (token: UnverifiedToken, keys: ReadonlyArray<CryptoKey | KeyObject>): Promise<boolean> {
  for (const key of keys) if (await isSignedBy(token, key)) return true
  return false
}

function isSignedBy ({ text, algorithm }: UnverifiedToken, key: CryptoKey | KeyObject): Promise<boolean> {
  return compactVerify(text, key, { algorithms: [algorithm] }).then(() => true, (thrown: unknown) => {
    if (thrown instanceof errors.JWSSignatureVerificationFailed) return false
    throw toGatewayError(thrown, 'GW_IDENTITY_INVALID')
  })
}
