/** The times of a token (RFC 7519 sections 4.1.4 to 4.1.6), all in milliseconds. */
import { invalid, refusal } from './refusal.ts'

export interface TimeRules { readonly clockSkewMs: number, readonly maxAgeMs: number | null }

export interface TokenTimes {
  readonly expiresMs: number
  /** `iat`; null where the token does not say. */
  readonly issuedMs: number | null
  /** The earlier of expiry and greatest age, without any skew. */
  readonly acceptedUntilMs: number
}

type Claims = Readonly<Record<string, unknown>>

/** Throws GW_IDENTITY_EXPIRED for a token that is too old, GW_IDENTITY_INVALID for times that are missing, malformed or still to come. */
export function checkTimes (claims: Claims, { clockSkewMs, maxAgeMs }: TimeRules, nowMs: number): TokenTimes {
  const expiresMs = timeMs(claims, 'exp')
  const notBeforeMs = timeMs(claims, 'nbf')
  const issuedMs = timeMs(claims, 'iat')
  if (expiresMs === null) throw invalid('exp is missing')
  if (maxAgeMs !== null && issuedMs === null) throw invalid('iat is missing, which max_age needs')
  const acceptedUntilMs = Math.min(expiresMs, maxAgeMs === null || issuedMs === null ? Infinity : issuedMs + maxAgeMs)
  if (nowMs - clockSkewMs >= acceptedUntilMs) throw refusal('GW_IDENTITY_EXPIRED', 'exp, or iat and max_age, lie in the past')
  const startMs = Math.max(notBeforeMs ?? -Infinity, issuedMs ?? -Infinity)
  if (startMs > nowMs + clockSkewMs) throw invalid('nbf or iat lies in the future')
  return { expiresMs: Math.floor(expiresMs), issuedMs, acceptedUntilMs }
}

/** The range of ECMAScript times: what lies beyond is no date, and no integer for a record. */
const furthestMs = 8.64e15

/** A NumericDate: seconds, maybe with a fraction. Null where it is absent. */
export function timeMs (claims: Claims, name: string): number | null {
  const seconds = claims[name]
  if (seconds === undefined) return null
  const isTime = typeof seconds === 'number' && Number.isFinite(seconds) && Math.abs(seconds * 1000) <= furthestMs
  if (!isTime) throw invalid(`${name} is no time`)
  return seconds * 1000
}
