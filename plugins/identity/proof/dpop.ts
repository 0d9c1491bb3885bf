/** Proofs of possession of a key, one for each request (RFC 9449 section 4.3). */
import { GatewayError } from '../../../core/errors.ts'
import type { ReplayStore } from '../../../core/pipeline/plugin.ts'
import { readProof } from './read.ts'
import type { Nonces } from './nonces.ts'
import { requireName, sha256, useOnce } from './once.ts'
import { badProof } from './refusal.ts'
import { checkProofSignature, publicKeyOf, thumbprintOf } from './signature.ts'
import { targetText } from './target.ts'
import { proofTimes } from './times.ts'

/** What the proof must be about. */
export interface ProofTarget {
  readonly method: string
  /** What the caller called, by `public_url`; null where that is not configured. */
  readonly url: string | null
  /** The access token beside it. */
  readonly token: string
  /** SHA-256 thumbprint of the key that the token is bound to. */
  readonly thumbprint: string
}

export interface ProofRules { readonly windowMs: number, readonly nonce: boolean }

export interface ProofServices {
  readonly replay: ReplayStore
  readonly nonces: Nonces
  /** Milliseconds since 1970. */
  nowMs (): number
}

/** Throws GW_IDENTITY_PROOF_INVALID, GW_IDENTITY_NONCE_REQUIRED, or GW_IDENTITY_STORE_UNAVAILABLE. Only a proof that is good in all else is remembered. */
export async function verifyProof (proof: string, target: ProofTarget, { windowMs, nonce }: ProofRules, { replay, nonces, nowMs }: ProofServices): Promise<void> {
  const { header, claims, algorithm } = readProof(proof, 'dpop+jwt')
  requireName(claims['jti'])
  if (claims['htm'] !== target.method) throw badProof('htm is another method')
  checkTarget(claims['htu'], target.url)
  if (claims['ath'] !== sha256(target.token)) throw badProof('ath is not the digest of the token')
  const jwk = publicKeyOf(header['jwk'])
  if (await thumbprintOf(jwk) !== target.thumbprint) throw badProof('the key is not the one that the token is bound to')
  await checkProofSignature(proof, jwk, algorithm)
  const now = nowMs()
  const { issuedMs, untilMs } = proofTimes(claims, now, windowMs)
  if (issuedMs === null) throw badProof('iat is missing')
  if (nonce && !nonces.accepts(claims['nonce'], now)) throw nonceRequired(nonces.current(now))
  await useOnce('dpop', target.thumbprint, claims['jti'], untilMs - now, replay)
}

function checkTarget (htu: unknown, url: string | null): void {
  if (url === null) throw badProof('public_url is not configured, without which no proof can be checked')
  const claimed = typeof htu === 'string' ? targetText(htu) : null
  if (claimed === null || claimed !== targetText(url)) throw badProof('htu is another target')
}

function nonceRequired (nonce: string): GatewayError {
  return new GatewayError('GW_IDENTITY_NONCE_REQUIRED', { detail: 'the proof has no nonce of this gateway', headers: { 'dpop-nonce': nonce } })
}
