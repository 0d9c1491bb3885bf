/** The allow-lists of headers (CONTRACT 3). What is not named here does not pass, in either direction. */
import type { IncomingHttpHeaders } from 'node:http'
import type { EndpointConfig } from '../config/types.ts'

const toUpstream = ['content-type', 'accept', 'anthropic-version', 'idempotency-key', 'traceparent'] as const
const betaHeaders = ['openai-beta', 'anthropic-beta'] as const

type Headers = Readonly<Record<string, string | string[] | undefined>>

/**
 * Headers of a request to an endpoint.
 * @param forwarded headers that the protocol read and judged (http routes)
 * @param provided what the provider adds, the credential included: it wins over everything
 * @param contentLength bytes of the body, or null where none is sent
 */
export function upstreamHeaders (caller: Headers, forwarded: ReadonlyArray<readonly [string, string]>, endpoint: EndpointConfig, provided: Readonly<Record<string, string>>, contentLength: number | null): Record<string, string> {
  const headers: Record<string, string> = { 'accept-encoding': 'identity', 'user-agent': 'sallyport' }
  for (const name of toUpstream) {
    const value = caller[name]
    if (typeof value === 'string') headers[name] = value
  }
  for (const name of betaHeaders) {
    const allowed = betaValues(caller[name], endpoint.features)
    if (allowed !== '') headers[name] = allowed
  }
  for (const [name, value] of forwarded) if (endpoint.forwardHeaders.includes(name)) headers[name] = value
  Object.assign(headers, provided)
  if (contentLength === null) delete headers['content-type']
  else headers['content-length'] = String(contentLength)
  return headers
}

function betaValues (sent: string | string[] | undefined, features: readonly string[]): string {
  if (sent === undefined || features.length === 0) return ''
  const values = [sent].flat().join(',').split(',').map(value => value.trim())
  return values.filter(value => features.includes(value)).join(',')
}

const fromUpstream: ReadonlySet<string> = new Set(['content-type', 'content-language', 'retry-after', 'x-request-id', 'request-id', 'openai-processing-ms'])

/** Headers of an endpoint's answer that callers may see. */
export function callerHeaders (upstream: IncomingHttpHeaders): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const name of Object.keys(upstream)) {
    const value = upstream[name]
    if (typeof value === 'string' && (fromUpstream.has(name) || isRateLimit(name))) headers[name] = value
  }
  return headers
}

function isRateLimit (name: string): boolean {
  return /^(?:x-ratelimit|ratelimit|anthropic-ratelimit)(?:-[a-z0-9-]{1,64})?$/.test(name)
}
