/** Errors as OpenAI shapes them (https://platform.openai.com/docs/guides/error-codes). */
import type { Envelope, ErrorFacts } from '../../../core/protocol/contract.ts'

export function errorEnvelope ({ code, message, status }: ErrorFacts): Envelope {
  return { contentType: 'application/json', body: JSON.stringify({ error: { message, type: typeOf(status), code, param: null } }) }
}

function typeOf (status: number): string {
  switch (status) {
    case 401: return 'authentication_error'
    case 403: return 'permission_error'
    case 404: return 'not_found_error'
    case 429: return 'rate_limit_error'
    default: return status >= 500 ? 'server_error' : 'invalid_request_error'
  }
}
