/** A halt is a decision: it becomes a denial on record, and an error in the protocol's own envelope. */
import type { Decision } from '../enforce/decision.ts'
import { GatewayError } from '../errors.ts'
import { resourceUrl } from '../http/resource.ts'
import { challengeOf } from './challenge.ts'
import type { Exchange } from './exchange.ts'

/** Commits the denial of a halt before the receipt. Returns the error the caller gets: the halt's, or audit's. */
export async function recordDenial (x: Exchange, error: GatewayError): Promise<GatewayError> {
  if (x.recorded || error.code.startsWith('GW_AUDIT_')) return error
  if (beyondStrangersRate(x, error)) return countStranger(x, error)
  x.opened = true // what was not opened by now is not read for the record's sake
  x.run.facts.permit = undefined
  x.run.facts.decision = denial(x, error)
  x.services.underWay.decide(x)
  try {
    await x.run.step(x.route.pipeline.audit, new AbortController().signal) // a denial is recorded though the caller be gone
    x.recorded = true
    return error
  } catch (thrown) {
    return thrown instanceof GatewayError ? thrown : new GatewayError('GW_AUDIT_UNAVAILABLE', { cause: thrown })
  }
}

/**
 * The rate is looked at only after the identity stage halted: a valid credential never meets it. Where the log has little room left,
 * strangers get none of it.
 */
function beyondStrangersRate (x: Exchange, error: GatewayError): boolean {
  if (x.run.facts.principal !== undefined || error.code === 'GW_INTERNAL') return false
  return x.services.audit.space() !== 'ample' || !x.services.strangers.admit(peerOf(x), x.services.nowMs())
}

function peerOf (x: Exchange): string | null {
  return x.isProxied ? null : x.request.raw.socket.remoteAddress ?? null
}

/** Counted by the writer, not recorded. Keys that cannot be had stay 503. */
function countStranger (x: Exchange, error: GatewayError): GatewayError {
  x.services.audit.refuse(error.code)
  return error.status === 503 ? error : new GatewayError('GW_LIMIT_UNIDENTIFIED', { retryAfterSeconds: 1 })
}

/** The decision of a halt: what policy decided where it got that far, without any permit. */
function denial (x: Exchange, error: GatewayError): Decision {
  const reached = x.run.facts.decision
  const { classification } = x.run.facts
  return Object.freeze({
    id: x.id,
    effect: 'deny',
    tag: reached?.tag ?? classification?.tag ?? '',
    endpoints: [],
    reasons: error.reasons,
    obligations: [],
    redactions: [],
    policy: reached?.policy ?? null,
    input: reached?.input ?? null,
    inputDigest: reached?.inputDigest ?? null,
    unscanned: [],
    judge: null
  })
}

/** The status of an error's answer is the table's; its headers say how to go on. */
export function errorHeaders (error: GatewayError, x: Exchange | null): Record<string, string> {
  const headers: Record<string, string> = { ...error.headers }
  if (x?.recorded === true || error.status < 500) headers['x-should-retry'] = 'false'
  if (error.status === 401) headers['www-authenticate'] = challengeOf(error.code, x?.route.pipeline.tokens ?? [], resourceUrl(x?.runtime.configuration.publicUrl ?? null))
  if (error.retryAfterSeconds !== null) headers['retry-after'] = String(error.retryAfterSeconds)
  if (error.status === 429) headers['retry-after'] ??= '1'
  return headers
}
