/**
 * Tells callers where their quotas stand: the fields `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10), structured lists
 * (RFC 9651) with one item a quota. Names come from the configuration; a partition key would say who asks, so none is sent.
 */
import type { QuotaEntry } from '../pipeline/facts.ts'

/** `requests` is what is meant without a unit; `concurrent-requests` is registered by the draft, the others are ours. */
const quotaUnits = { requests: '', tokens: ';qu="tokens"', dollars: ';qu="micro-dollars"', concurrent: ';qu="concurrent-requests"' } as const

export function rateLimitHeaders (quota: readonly QuotaEntry[]): Record<string, string> {
  const told = quota.filter(({ name }) => name !== undefined)
  if (told.length === 0) return {}
  return {
    'ratelimit-policy': told.map(entry => `"${entry.name ?? ''}";q=${whole(entry, entry.limit)}${quotaUnits[entry.unit]}${windowOf(entry)}`).join(', '),
    ratelimit: told.map(entry => `"${entry.name ?? ''}";r=${whole(entry, entry.remaining)}${resetOf(entry)}`).join(', ')
  }
}

/** Structured integers have 15 digits at most; dollars are told in millionths. */
function whole ({ unit }: QuotaEntry, amount: number): string {
  return String(Math.min(999_999_999_999_999, Math.max(0, Math.floor(unit === 'dollars' ? amount * 1_000_000 : amount))))
}

function windowOf ({ windowSeconds }: QuotaEntry): string {
  return windowSeconds === undefined ? '' : `;w=${windowSeconds}`
}

function resetOf ({ unit, resetMs }: QuotaEntry): string {
  return unit === 'concurrent' ? '' : `;t=${Math.max(0, Math.ceil(resetMs / 1000))}`
}
