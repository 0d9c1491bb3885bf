/**
 * How long an endpoint asks to wait: Retry-After (RFC 9110 10.2.3) and the rate limit fields of providers. Whatever is malformed or negative says nothing;
 * what is absurd is cut to a day.
 */
import type { IncomingHttpHeaders } from 'node:http'

/** A year is a mistake of a clock and no wish to wait. */
const longestMs = 24 * 3_600_000

/** Milliseconds, or null where nothing, or nothing readable, was said. */
export function retryAfterMs (headers: IncomingHttpHeaders, nowMs: number): number | null {
  const precise = textOf(headers, 'retry-after-ms')
  if (precise !== null && /^\d{1,12}(?:\.\d{1,6})?$/.test(precise)) return bounded(Number(precise))
  const text = textOf(headers, 'retry-after')
  if (text === null) return null
  if (/^\d{1,12}$/.test(text)) return bounded(Number(text) * 1000)
  return bounded(dateMs(text) - nowMs)
}

/** Milliseconds until a provider takes requests again, where it says that none, or no token, is left; null otherwise. */
export function exhaustedForMs (headers: IncomingHttpHeaders, nowMs: number): number | null {
  const waits = [
    ...['requests', 'tokens'].map(unit => pairMs(headers, `x-ratelimit-remaining-${unit}`, `x-ratelimit-reset-${unit}`, nowMs)),
    ...['requests', 'tokens', 'input-tokens', 'output-tokens'].map(unit => pairMs(headers, `anthropic-ratelimit-${unit}-remaining`, `anthropic-ratelimit-${unit}-reset`, nowMs)),
    fieldMs(textOf(headers, 'ratelimit'))
  ].filter(wait => wait !== null)
  return waits.length === 0 ? null : Math.max(...waits)
}

function pairMs (headers: IncomingHttpHeaders, remaining: string, reset: string, nowMs: number): number | null {
  if (textOf(headers, remaining) !== '0') return null
  const text = textOf(headers, reset)
  if (text === null) return null
  return spanMs(text) ?? bounded(dateMs(text) - nowMs)
}

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** `1s`, `6m0s`, `250ms`, or seconds alone. */
function spanMs (text: string): number | null {
  if (/^\d{1,9}(?:\.\d{1,6})?$/.test(text)) return bounded(Number(text) * 1000)
  if (!/^(?:\d{1,9}(?:\.\d{1,6})?(?:ms|s|m|h))+$/.test(text)) return null
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)]
  return bounded(parts.reduce((sum, [, count, unit]) => sum + Number(count) * (unitsMs[unit ?? ''] ?? NaN), 0))
}

/** `RateLimit` of the IETF draft: the longest of the items of which nothing is left. */
function fieldMs (text: string | null): number | null {
  if (text === null || text.length > 2000) return null
  const waits = text.split(',').flatMap(item => {
    const [, seconds] = /;\s*r=0(?:;|$)/.test(item) ? /;\s*t=(\d{1,9})(?:;|$)/.exec(item) ?? [] : []
    return seconds === undefined ? [] : [bounded(Number(seconds) * 1000)]
  }).filter(wait => wait !== null)
  return waits.length === 0 ? null : Math.max(...waits)
}

/** HTTP dates and those of RFC 3339; NaN for anything else. */
function dateMs (text: string): number {
  const isDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text) || /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/.test(text)
  return isDate ? Date.parse(text) : NaN
}

function bounded (ms: number): number | null {
  return ms >= 0 ? Math.min(ms, longestMs) : null
}

function textOf (headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name]
  return typeof value === 'string' ? value.trim() : null
}
