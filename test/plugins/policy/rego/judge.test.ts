import t from 'tap'
import { noObjection } from '../../../../core/enforce/decision.ts'
import { openPool } from '../../../../plugins/policy/rego/pool.ts'
import { buildPolicy } from '../../../../rego/build.ts'
import type { BuiltPolicy } from '../../../../rego/policy.ts'
import { entrypoints } from '../../../../rego/library.ts'
import { folderWith, gateway, permitAll, rules } from './parts.ts'

const input = JSON.stringify({ request: { id: 'r' }, response: { classification: { tag: 'restricted', labels: { 'secret.jwt': { count: 1 } } }, finish: 'stop', tools: [], bytes: 7 } })

async function built (files: Readonly<Record<string, string>>): Promise<BuiltPolicy> {
  const { policy } = await buildPolicy({ dir: folderWith(t, files), gateway })
  if (policy === null) throw new Error('the policy does not build')
  return policy
}

async function judgementOf (policy: BuiltPolicy): Promise<Record<string, unknown>> {
  const pool = await openPool({ module: new WebAssembly.Module(new Uint8Array(policy.wasm)), tenants: new Map(), dataText: policy.dataText, evaluator: null }, { workers: 1, deadlineMs: 2000, spare: false })
  try {
    return (JSON.parse(await pool.ask({ tenant: null, entrypoint: entrypoints.judgement, inputText: input })) as [{ result: Record<string, unknown> }])[0].result
  } finally {
    await pool.close()
  }
}

t.test('a policy without response rules is not asked: what stands in for it is what its library would answer', async t => {
  const policy = await built({ 'p.rego': rules(permitAll) })
  t.equal(policy.judges, false)
  const { effect, reasons, redactions, obligations, faults } = await judgementOf(policy)
  t.same(faults, [])
  t.same({ effect, reasons, redactions, obligations }, await noObjection({}, new AbortController().signal))
})

t.test('one response rule is enough to be asked', async t => {
  const policy = await built({ 'p.rego': rules(permitAll), 'r.rego': 'package gateway.response.test\n\nblock contains {"code": "always"}\n' })
  t.equal(policy.judges, true)
  t.match(await judgementOf(policy), { effect: 'block', reasons: ['always'] })
})
