/** Proofs that a workload holds the key of its identity token (draft-ietf-wimse-wpt-01 section 2). */
import type { ReplayStore } from '../../../core/pipeline/plugin.ts'
import { requireName, sha256, useOnce } from './once.ts'
import { readProof } from './read.ts'
import { badProof } from './refusal.ts'
import { checkProofSignature, publicKeyOf, thumbprintOf } from './signature.ts'
import { targetText } from './target.ts'
import { proofTimes } from './times.ts'

/** How long a proof may still be good. */
const longestMs = 5 * 60_000

/** What the proof must be about. */
export interface WorkloadTarget {
  /** The workload identity token, and the key in it. */
  readonly identity: string
  readonly jwk: object | null
  /** Tokens that travel beside it; null = none. */
  readonly access: string | null
  readonly transaction: string | null
  /** What the caller called; null where `public_url` is not configured. */
  readonly url: string | null
  /** Names that stand for this gateway, beside its URL. */
  readonly audiences: readonly string[]
}

/** Throws GW_IDENTITY_PROOF_INVALID or GW_IDENTITY_STORE_UNAVAILABLE. Only a proof that is good in all else is remembered. */
export async function verifyWorkloadProof (proof: string, target: WorkloadTarget, replay: ReplayStore, nowMs: number): Promise<void> {
  const { claims, algorithm } = readProof(proof, 'wpt+jwt')
  requireName(claims['jti'])
  checkAudience(claims['aud'], target)
  if (claims['wth'] !== sha256(target.identity)) throw badProof('wth is not the digest of the workload identity token')
  checkBeside(claims['ath'], target.access, 'ath')
  checkBeside(claims['tth'], target.transaction, 'tth')
  if (claims['oth'] !== undefined) throw badProof('oth names tokens that are not known here')
  if (algorithmOf(target.jwk) !== algorithm) throw badProof('alg is not the one of the key in cnf')
  const jwk = publicKeyOf(target.jwk)
  await checkProofSignature(proof, jwk, algorithm)
  if (claims['exp'] === undefined) throw badProof('exp is missing')
  const { untilMs } = proofTimes(claims, nowMs, longestMs)
  if (untilMs - nowMs > longestMs) throw badProof('it lives longer than five minutes')
  await useOnce('wpt', await thumbprintOf(jwk), claims['jti'], untilMs - nowMs, replay)
}

/** One audience, as a text or as a list of it: a proof for two recipients could be used at both. */
function checkAudience (aud: unknown, { url, audiences }: WorkloadTarget): void {
  const [only, second]: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  const isForUs = second === undefined && typeof only === 'string' && (audiences.includes(only) || isTarget(only, url))
  if (!isForUs) throw badProof('aud is neither what was called nor an audience that is configured')
}

function isTarget (text: string, url: string | null): boolean {
  return url !== null && targetText(text) !== null && targetText(text) === targetText(url)
}

/** A token beside it is named by its digest, and none is named that is not there. */
function checkBeside (claimed: unknown, token: string | null, name: string): void {
  if (claimed !== (token === null ? undefined : sha256(token))) throw badProof(`${name} is not the digest of the token beside it`)
}

function algorithmOf (jwk: object | null): unknown {
  return jwk !== null && 'alg' in jwk ? jwk.alg : undefined
}
