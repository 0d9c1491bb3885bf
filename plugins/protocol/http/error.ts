/** Errors as problem details (RFC 9457). */
import { STATUS_CODES } from 'node:http'
import type { Envelope, ErrorFacts } from '../../../core/protocol/contract.ts'

export function errorEnvelope ({ code, message, status }: ErrorFacts): Envelope {
  const problem = { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail: message, code }
  return { contentType: 'application/problem+json', body: JSON.stringify(problem) }
}
