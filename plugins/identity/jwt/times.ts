/** The times of a token (RFC 7519 sections 4.1.4 to 4.1.6), all in milliseconds. */
import { GatewayError } from '../../../core/pipeline/plugin.ts'
import type { JsonObject } from './json.ts'

export interface TimeRules { readonly clockSkewMs: number, readonly maxAgeMs: number | null }

export interface TokenTimes {
  readonly expiresMs: number
  /** The earlier of expiry and greatest age, without any skew. */
  readonly acceptedUntilMs: number
}

/** Throws GW_IDENTITY_EXPIRED for a token that is too old, GW_IDENTITY_INVALID for times that are missing, malformed or still to come. */
export function checkTimes (claims: JsonObject, { clockSkewMs, maxAgeMs }: TimeRules, nowMs: number): TokenTimes {
  const expiresMs = timeMs(claims, 'exp')
  const notBeforeMs = timeMs(claims, 'nbf')
  const issuedMs = timeMs(claims, 'iat')
  if (expiresMs === null || (maxAgeMs !== null && issuedMs === null)) throw new GatewayError('GW_IDENTITY_INVALID')
  const acceptedUntilMs = Math.min(expiresMs, maxAgeMs === null || issuedMs === null ? Infinity : issuedMs + maxAgeMs)
  if (nowMs - clockSkewMs >= acceptedUntilMs) throw new GatewayError('GW_IDENTITY_EXPIRED')
  const startMs = Math.max(notBeforeMs ?? -Infinity, issuedMs ?? -Infinity)
  if (startMs > nowMs + clockSkewMs) throw new GatewayError('GW_IDENTITY_INVALID')
  return { expiresMs: Math.floor(expiresMs), acceptedUntilMs }
}

/** The range of ECMAScript times: what lies beyond is no date, and no integer for a record. */
const furthestMs = 8.64e15

/** A NumericDate: seconds, maybe with a fraction. Null where it is absent. */
function timeMs (claims: JsonObject, name: string): number | null {
  const seconds = claims[name]
  if (seconds === undefined) return null
  const isTime = typeof seconds === 'number' && Number.isFinite(seconds) && Math.abs(seconds * 1000) <= furthestMs
  if (!isTime) throw new GatewayError('GW_IDENTITY_INVALID')
  return seconds * 1000
}
