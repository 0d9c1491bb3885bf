/** Errors as Ollama shapes them, with the gateway's code beside. */
import type { Envelope, ErrorFacts } from '../../../core/protocol/contract.ts'

export function errorEnvelope ({ code, message }: ErrorFacts): Envelope {
  return { contentType: 'application/json', body: JSON.stringify({ error: message, code }) }
}
