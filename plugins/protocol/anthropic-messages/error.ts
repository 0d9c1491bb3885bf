/** Errors as Anthropic shapes them (https://docs.anthropic.com/en/api/errors), with the gateway's code. */
import type { Envelope, ErrorFacts } from '../../../core/protocol/contract.ts'

export function errorEnvelope ({ code, message, status }: ErrorFacts): Envelope {
  return { contentType: 'application/json', body: JSON.stringify({ type: 'error', error: { type: errorType(status), message, code } }) }
}

export function errorType (status: number): string {
  switch (status) {
    case 401: return 'authentication_error'
    case 403: return 'permission_error'
    case 404: return 'not_found_error'
    case 413: return 'request_too_large'
    case 429: return 'rate_limit_error'
    case 503: return 'overloaded_error'
    case 504: return 'timeout_error'
    default: return status >= 500 ? 'api_error' : 'invalid_request_error'
  }
}
