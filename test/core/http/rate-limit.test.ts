import t from 'tap'
import { rateLimitHeaders } from '../../../core/http/rate-limit.ts'

t.test('each quota with a name is told, in the form of the IETF draft', async t => {
  t.same(rateLimitHeaders([
    { name: 'tenant.requests_per_minute', windowSeconds: 60, per: ['tenant'], unit: 'requests', limit: 600, used: 1, remaining: 599, resetMs: 60_999 },
    { name: 'tenant.dollars_per_month', per: ['tenant'], unit: 'dollars', limit: 2.5, used: 1, remaining: 1.5, resetMs: 100_000 },
    { name: 'tenant.concurrent', per: ['tenant'], unit: 'concurrent', limit: 8, used: 3, remaining: 5, resetMs: 0 },
    { per: ['x'], unit: 'tokens', limit: 1, used: 0, remaining: 1, resetMs: 0 }
  ]), {
    'ratelimit-policy': '"tenant.requests_per_minute";q=600;w=60, "tenant.dollars_per_month";q=2500000;qu="micro-dollars", "tenant.concurrent";q=8;qu="concurrent-requests"',
    ratelimit: '"tenant.requests_per_minute";r=599;t=61, "tenant.dollars_per_month";r=1500000;t=100, "tenant.concurrent";r=5'
  })
})

t.test('without quotas there are no fields', async t => {
  t.same(rateLimitHeaders([]), {})
})
