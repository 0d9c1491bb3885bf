import t from 'tap'
import { exhaustedForMs, retryAfterMs } from '../../../core/endpoints/waits.ts'

const now = Date.parse('2026-11-25T12:00:00Z')
const dayMs = 86_400_000

t.test('Retry-After in seconds, as a date, and in milliseconds', async t => {
  t.equal(retryAfterMs({ 'retry-after': '7' }, now), 7000)
  t.equal(retryAfterMs({ 'retry-after': 'Wed, 25 Nov 2026 12:00:09 GMT' }, now), 9000)
  t.equal(retryAfterMs({ 'retry-after': '7', 'retry-after-ms': '120.5' }, now), 120.5)
})

t.test('a year is cut to a day; what is malformed, negative or over says nothing', async t => {
  t.equal(retryAfterMs({ 'retry-after': '31536000' }, now), dayMs)
  t.equal(retryAfterMs({ 'retry-after': 'Thu, 25 Nov 2027 12:00:09 GMT' }, now), dayMs)
  for (const text of ['-1', '1.5', '1e9', 'soon', '', '0x10', '99999999999999999999', 'Wed, 25 Nov 2026 11:00:00 GMT', '1, 2']) {
    t.equal(retryAfterMs({ 'retry-after': text }, now), null, text)
  }
  t.equal(retryAfterMs({}, now), null)
})

t.test('a provider that says nothing is left is left alone until it says there is', async t => {
  t.equal(exhaustedForMs({ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1m30s' }, now), 90_000)
  t.equal(exhaustedForMs({ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '250ms' }, now), 250)
  t.equal(exhaustedForMs({ 'anthropic-ratelimit-input-tokens-remaining': '0', 'anthropic-ratelimit-input-tokens-reset': '2026-11-25T12:00:05Z' }, now), 5000)
  t.equal(exhaustedForMs({ ratelimit: '"default";r=0;t=12, "day";r=5;t=900' }, now), 12_000)
})

t.test('what is left, or cannot be read, holds nobody back', async t => {
  for (const headers of [
    { 'x-ratelimit-remaining-requests': '1', 'x-ratelimit-reset-requests': '1m' },
    { 'x-ratelimit-remaining-requests': '0' },
    { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': 'tomorrow' },
    { 'x-ratelimit-remaining-requests': '-1', 'x-ratelimit-reset-requests': '1m' },
    { ratelimit: '"default";r=3;t=12' },
    { ratelimit: 'x'.repeat(10_000) },
    {}
  ]) t.equal(exhaustedForMs(headers, now), null, JSON.stringify(headers).slice(0, 90))
})
