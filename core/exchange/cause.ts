/** Why a dial was no answer for the caller, from what the transport or the endpoint said. */
import type { GatewayError } from '../errors.ts'
import type { AttemptCause } from '../pipeline/facts.ts'

const noConnection: ReadonlySet<string> = new Set([
  'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'ENOENT', 'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'ERR_TLS_CERT_ALTNAME_INVALID'
])

/** `status` is that of the endpoint's answer, or null where none came. */
export function causeOf (error: GatewayError, status: number | null): AttemptCause {
  switch (error.code) {
    case 'GW_REQUEST_ABORTED': return 'aborted'
    case 'GW_UPSTREAM_ABANDONED': return 'abandoned'
    case 'GW_UPSTREAM_TIMEOUT': return failedToConnect(error) ? 'connect' : 'timeout'
    case 'GW_UPSTREAM_RATE_LIMITED': return 'rate_limited'
    case 'GW_UPSTREAM_REFUSED': return 'refused'
    case 'GW_UPSTREAM_BAD_RESPONSE': return 'bad_response'
    case 'GW_UPSTREAM_CONTENT_FILTER': return 'content_filter'
    case 'GW_ROUTE_CONTEXT_TOO_LONG': return 'context_length'
    default:
      if (status !== null && status >= 500) return 'server_error'
      return status === null && failedToConnect(error) ? 'connect' : 'reset'
  }
}

function failedToConnect (error: GatewayError): boolean {
  for (let cause: unknown = error.cause, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    if ('code' in cause && noConnection.has(String(cause.code))) return true
  }
  return false
}
