/** The times of a proof: young, and not from the future. All in milliseconds. */
import { timeMs } from '../claims/times.ts'
import { badProof } from './refusal.ts'

/** How far the clocks of callers may be off. */
const clockSkewMs = 5000

type Claims = Readonly<Record<string, unknown>>

export interface ProofTimes {
  /** `iat`; null where the proof does not say. */
  readonly issuedMs: number | null
  /** Until when it is accepted. */
  readonly untilMs: number
}

/** Throws GW_IDENTITY_PROOF_INVALID for a proof that is older than the window, ends after it, or has ended. */
export function proofTimes (claims: Claims, nowMs: number, windowMs: number): ProofTimes {
  const issuedMs = timeOf(claims, 'iat')
  const expiresMs = timeOf(claims, 'exp')
  const startMs = Math.max(issuedMs ?? -Infinity, timeOf(claims, 'nbf') ?? -Infinity)
  const untilMs = Math.min(issuedMs === null ? Infinity : issuedMs + windowMs + clockSkewMs, expiresMs ?? Infinity)
  if (!Number.isFinite(untilMs)) throw badProof('it has neither iat nor exp')
  if (nowMs >= untilMs) throw badProof('it is older than the window, or has ended')
  if (startMs > nowMs + clockSkewMs) throw badProof('iat or nbf lies in the future')
  return { issuedMs, untilMs }
}

function timeOf (claims: Claims, name: string): number | null {
  try {
    return timeMs(claims, name)
  } catch {
    throw badProof(`${name} is no time`)
  }
}
