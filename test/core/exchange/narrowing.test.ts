import fc from 'fast-check'
import t from 'tap'
import { narrowRole, readNarrowing, strictestBudget } from '../../../core/exchange/narrowing.ts'
import type { Principal } from '../../../core/pipeline/facts.ts'

const principal: Principal = {
  type: 'user', issuer: 'i', subject: 's', tenant: null, roles: ['a', 'b'], role: null, groups: [], method: 'jwt', assurance: null, expiresMs: null, actors: [], confirmation: null
}

t.test('durations and dollars are read exactly', async t => {
  t.same(readNarrowing({ 'sallyport-latency-budget': '800ms', 'sallyport-cost-budget': '0.02' }, []).budget, { latencyMs: 800, costMicros: 20_000 })
  t.same(readNarrowing({ 'sallyport-latency-budget': '2s', 'sallyport-cost-budget': '3' }, []).budget, { latencyMs: 2000, costMicros: 3_000_000 })
})

t.test('a malformed budget is refused', async t => {
  for (const value of ['', '0ms', '-1s', '1e3ms', '800', '1 s', '1s, 2s', '9'.repeat(20) + 'ms']) {
    t.throws(() => readNarrowing({ 'sallyport-latency-budget': value }, []), { code: 'GW_REQUEST_INVALID' }, value)
  }
  for (const value of ['', '-1', '1e3', '.5', '1.', '0.0000001', '1,5', 'NaN', '12345678']) {
    t.throws(() => readNarrowing({ 'sallyport-cost-budget': value }, []), { code: 'GW_REQUEST_INVALID' }, value)
  }
})

t.test('a reason must be one of the configured codes', async t => {
  t.equal(readNarrowing({ 'sallyport-reason': 'emergency' }, ['emergency']).reason, 'emergency')
  t.throws(() => readNarrowing({ 'sallyport-reason': 'because' }, ['emergency']), { code: 'GW_REQUEST_INVALID' })
})

t.test('the role in effect is the one asked for, the only one held, or none', async t => {
  t.equal(narrowRole(principal, 'b').role, 'b')
  t.equal(narrowRole(principal, null).role, null)
  t.equal(narrowRole({ ...principal, roles: ['a'] }, null).role, 'a')
  t.equal(narrowRole({ ...principal, roles: [] }, null).role, null)
})

t.test('no role that is not held comes into effect, whatever is asked', async () => {
  fc.assert(fc.property(fc.string(), asked => {
    fc.pre(!principal.roles.includes(asked))
    try {
      narrowRole(principal, asked)
      return false
    } catch (thrown) {
      return (thrown as { code: string }).code === 'GW_POLICY_ROLE_NOT_HELD'
    }
  }))
})

t.test('the stricter of header and obligation holds', async t => {
  const obligation = (ms: number): { id: string, type: 'latency_budget', parameters: { ms: number } } => ({ id: 'l', type: 'latency_budget', parameters: { ms } })
  t.same(strictestBudget({ latencyMs: 500, costMicros: null }, [obligation(800)]), { latencyMs: 500, costMicros: null })
  t.same(strictestBudget({ latencyMs: 500, costMicros: null }, [obligation(100)]), { latencyMs: 100, costMicros: null })
  t.same(strictestBudget({ latencyMs: null, costMicros: null }, [obligation(100), obligation(50)]), { latencyMs: 50, costMicros: null })
})
