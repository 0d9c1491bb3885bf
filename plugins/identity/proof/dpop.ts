/** Proofs of possession of a key, one for each request (RFC 9449 section 4.3). */
import { createHash } from 'node:crypto'
import { calculateJwkThumbprint, compactVerify, importJWK, type CryptoKey, type JWK } from 'jose'
import { GatewayError } from '../../../core/errors.ts'
import type { ReplayStore } from '../../../core/pipeline/plugin.ts'
import { refusal } from '../claims/refusal.ts'
import { isFitText } from '../claims/texts.ts'
import { timeMs } from '../claims/times.ts'
import { readCompact, readHeader, type CompactToken } from '../token/read.ts'
import type { Nonces } from './nonces.ts'
import { targetText } from './target.ts'

/** JWS algorithms of proofs: none that is symmetric, none that is weak. */
export const proofAlgorithms: readonly string[] = ['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'PS256', 'PS384', 'PS512', 'RS256']

const clockSkewMs = 5000

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
export async function verifyProof (proof: string, target: ProofTarget, rules: ProofRules, services: ProofServices): Promise<void> {
  const token = readProof(proof)
  const { header, claims } = token
  if (claims['htm'] !== target.method) throw bad('htm is another method')
  checkTarget(claims['htu'], target.url)
  if (claims['ath'] !== sha256(target.token)) throw bad('ath is not the digest of the token')
  const jwk = publicKey(header['jwk'])
  if (await thumbprintOf(jwk) !== target.thumbprint) throw bad('the key is not the one that the token is bound to')
  await checkSignature(token, jwk, String(header['alg']))
  const nowMs = services.nowMs()
  const untilMs = checkAge(claims, rules, nowMs)
  if (rules.nonce && !services.nonces.accepts(claims['nonce'], nowMs)) throw nonceRequired(services.nonces.current(nowMs))
  await refuseReplay(`${target.thumbprint}\n${String(claims['jti'])}`, untilMs - nowMs, services.replay)
}

function readProof (proof: string): CompactToken {
  try {
    const token = readCompact(proof)
    const { algorithm } = readHeader(token.header, ['dpop+jwt'])
    if (!proofAlgorithms.includes(algorithm)) throw bad('alg is none that proofs are taken in')
    if (!isFitText(token.claims['jti'])) throw bad('jti is missing or no text')
    return token
  } catch (thrown) {
    throw thrown instanceof GatewayError ? bad(thrown.detail ?? 'it is no proof') : thrown
  }
}

function checkTarget (htu: unknown, url: string | null): void {
  if (url === null) throw bad('public_url is not configured, without which no proof can be checked')
  const claimed = typeof htu === 'string' ? targetText(htu) : null
  if (claimed === null || claimed !== targetText(url)) throw bad('htu is another target')
}

/** Members of a private or a shared key, which has no place in a proof. */
const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

function publicKey (jwk: unknown): JWK {
  const isObject = typeof jwk === 'object' && jwk !== null && !Array.isArray(jwk)
  if (!isObject || secretMembers.some(member => member in jwk)) throw bad('jwk is missing, or no public key')
  const { kty, crv, x, y, n, e } = jwk as JWK
  return Object.fromEntries(Object.entries({ kty, crv, x, y, n, e }).filter(([, part]) => typeof part === 'string')) as unknown as JWK
}

export async function thumbprintOf (jwk: JWK): Promise<string> {
  try {
    return await calculateJwkThumbprint(jwk, 'sha256')
  } catch {
    throw bad('jwk is no public key')
  }
}

/** @param jwk only public members */
async function checkSignature ({ text }: CompactToken, jwk: JWK, algorithm: string): Promise<void> {
  try {
    const key = await importJWK(jwk, algorithm)
    await compactVerify(text, key as CryptoKey, { algorithms: [algorithm] })
  } catch {
    throw bad('the signature is not made by the key in jwk')
  }
}

/** Answers until when it is accepted. */
function checkAge (claims: Readonly<Record<string, unknown>>, { windowMs }: ProofRules, nowMs: number): number {
  const issuedMs = proofTime(claims, 'iat')
  const expiresMs = proofTime(claims, 'exp')
  const notBeforeMs = proofTime(claims, 'nbf')
  if (issuedMs === null) throw bad('iat is missing')
  const untilMs = Math.min(issuedMs + windowMs + clockSkewMs, expiresMs ?? Infinity)
  if (nowMs >= untilMs) throw bad('it is older than dpop_window')
  if (Math.max(issuedMs, notBeforeMs ?? -Infinity) > nowMs + clockSkewMs) throw bad('iat lies in the future')
  return untilMs
}

function proofTime (claims: Readonly<Record<string, unknown>>, name: string): number | null {
  try {
    return timeMs(claims, name)
  } catch {
    throw bad(`${name} is no time`)
  }
}

async function refuseReplay (name: string, lifetimeMs: number, replay: ReplayStore): Promise<void> {
  let first: boolean
  try {
    first = await replay.claim(`dpop:${sha256(name)}`, Math.ceil(lifetimeMs))
  } catch (cause) {
    throw new GatewayError('GW_IDENTITY_STORE_UNAVAILABLE', { cause })
  }
  if (!first) throw bad('it was used before')
}

export function sha256 (text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

function bad (detail: string): GatewayError {
  return refusal('GW_IDENTITY_PROOF_INVALID', `the proof: ${detail}`)
}

function nonceRequired (nonce: string): GatewayError {
  return new GatewayError('GW_IDENTITY_NONCE_REQUIRED', { detail: 'the proof has no nonce of this gateway', headers: { 'dpop-nonce': nonce } })
}
