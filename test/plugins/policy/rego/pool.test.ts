import t from 'tap'
import { buildPolicy } from '../../../../rego/build.ts'
import { entrypoints } from '../../../../rego/library.ts'
import { openPool, type Pool } from '../../../../plugins/policy/rego/pool.ts'
import { folderWith, gateway, permitAll, rules } from './parts.ts'

const slow = `${permitAll}
forbid contains {"code": "never"} if {
  input.request.id == "slow"
  xs := numbers.range(1, 3000)
  some a in xs
  some b in xs
  some c in xs
  a + b + c == -1
}
`

const asked = (id: string): string => JSON.stringify({ request: { id, model: 'assistant', server_side: [] }, resource: { type: 'model' }, classification: { tag: 'internal', rank: 1, complete: true, labels: {}, unscanned: [] } })

t.test('the workers of a policy', async t => {
  const { policy } = await buildPolicy({ dir: folderWith(t, { 'p.rego': rules(slow) }), gateway })
  if (policy === null) throw new Error('the policy does not build')
  const module = new WebAssembly.Module(new Uint8Array(policy.wasm))
  const parts = { module, tenants: new Map<string, WebAssembly.Module>(), dataText: policy.dataText, evaluator: null }
  const open = async (options: { workers: number, deadlineMs: number, spare?: boolean }): Promise<Pool> => {
    const pool = await openPool(parts, { spare: false, ...options })
    t.teardown(async () => { await pool.close() })
    return pool
  }
  const ask = async (pool: Pool, id: string): Promise<string> => await pool.ask({ tenant: null, entrypoint: entrypoints.decision, inputText: asked(id) })

  await t.test('answer many at once, each its own', async t => {
    const pool = await open({ workers: 2, deadlineMs: 1000 })
    const ids = Array.from({ length: 500 }, (_, index) => `r-${index}`)
    const answers = await Promise.all(ids.map(async id => await ask(pool, id)))
    t.same(answers.map(text => (JSON.parse(text) as [{ result: { request_id: string } }])[0].result.request_id), ids)
  })

  await t.test('a runaway evaluation fails at its deadline; those queued behind it are answered', async t => {
    const pool = await open({ workers: 1, deadlineMs: 1000 })
    const began = performance.now()
    const [runaway, ...others] = await Promise.allSettled(['slow', 'a', 'b', 'c'].map(async id => await ask(pool, id)))
    t.match(runaway, { status: 'rejected', reason: { code: 'GW_POLICY_TIMEOUT' } })
    t.ok(performance.now() - began >= 1000, 'not before its deadline')
    t.same(others.map(({ status }) => status), ['fulfilled', 'fulfilled', 'fulfilled'])
  })

  await t.test('a busy gateway is not a slow policy', async t => {
    const pool = await open({ workers: 1, deadlineMs: 500 })
    const answer = ask(pool, 'r-1')
    const until = performance.now() + 700
    while (performance.now() < until); // the gateway's own thread does not come to read the reply
    t.match(await answer, /"request_id": "r-1"/)
  })

  await t.test('a runaway is denied at its deadline; who asks while it runs is answered before', async t => {
    const pool = await open({ workers: 2, deadlineMs: 2000, spare: true })
    const order: string[] = []
    const settle = async (id: string): Promise<void> => { await ask(pool, id).then(() => order.push(id), () => order.push(`${id} denied`)) }
    const others = Array.from({ length: 50 }, (_, index) => `r-${index}`)
    const runaway = settle('slow')
    await new Promise(resolve => setTimeout(resolve, 100))
    await Promise.all([runaway, ...others.map(settle)])
    t.same(order.at(-1), 'slow denied')
    t.same(new Set(order.slice(0, -1)), new Set(others))
  })

  await t.test('a worker that ends is replaced by one that was loaded before', async t => {
    const [withSpare, without] = [await open({ workers: 1, deadlineMs: 200, spare: true }), await open({ workers: 1, deadlineMs: 200 })]
    const order: string[] = []
    const next = async (pool: Pool, name: string): Promise<void> => {
      await ask(pool, 'slow').catch(() => {})
      await ask(pool, 'r-1')
      order.push(name)
    }
    await Promise.all([next(without, 'loads one anew'), next(withSpare, 'has one')])
    t.same(order, ['has one', 'loads one anew'])
  })

  await t.test('inputs that are too long for their place travel all the same, in their turn', async t => {
    const pool = await open({ workers: 1, deadlineMs: 2000 })
    const ids = Array.from({ length: 40 }, (_, index) => index % 3 === 0 ? `${index}${'\u{1F600}'.repeat(20_000)}` : `r-${index}`)
    const answers = await Promise.all(ids.map(async id => await ask(pool, id).catch((thrown: unknown) => (thrown as { code: string }).code)))
    t.same(answers.map(answer => answer.startsWith('GW_') ? answer : (JSON.parse(answer) as [{ result: { request_id: string } }])[0].result.request_id), ids.map(id => id.length > 100 ? 'GW_POLICY_ERROR' : id), 'an answer that echoes one is too long')
  })

  await t.test('many runaways cost their own requests alone', async t => {
    const pool = await open({ workers: 2, deadlineMs: 150 })
    const ids = Array.from({ length: 24 }, (_, index) => index % 8 === 0 ? 'slow' : `r-${index}`)
    const outcomes = await Promise.allSettled(ids.map(async id => await ask(pool, id)))
    t.same(outcomes.map(({ status }) => status), ids.map(id => id === 'slow' ? 'rejected' : 'fulfilled'))
  })

  await t.test('an undefined result, an unknown entry point and input that is no JSON are errors', async t => {
    const pool = await open({ workers: 1, deadlineMs: 1000 })
    await t.rejects(pool.ask({ tenant: null, entrypoint: entrypoints.decision, inputText: '{}' }), { code: 'GW_POLICY_UNDEFINED' })
    await t.rejects(pool.ask({ tenant: null, entrypoint: 'gateway/other', inputText: '{}' }), { code: 'GW_POLICY_ERROR' })
    await t.rejects(pool.ask({ tenant: null, entrypoint: entrypoints.decision, inputText: '{"request":{"id":"r-1"' }), { code: /GW_POLICY_(UNDEFINED|ERROR)/ })
    t.match(await ask(pool, 'r-1'), /"effect": "permit"/)
  })

  await t.test('a closed pool answers nobody, also those who wait', async t => {
    const pool = await open({ workers: 1, deadlineMs: 1000 })
    const waiting = Promise.allSettled(Array.from({ length: 40 }, async (_, index) => await ask(pool, index === 0 ? 'slow' : 'r')))
    await pool.close()
    t.ok((await waiting).every(outcome => outcome.status === 'rejected' && (outcome.reason as { code: string }).code === 'GW_POLICY_UNAVAILABLE'))
    await t.rejects(ask(pool, 'r-1'), { code: 'GW_POLICY_UNAVAILABLE' })
  })

  await t.test('a module that is no policy does not open', async t => {
    const empty = new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]))
    await t.rejects(openPool({ ...parts, module: empty }, { workers: 1, deadlineMs: 1000, spare: true }), { code: 'GW_POLICY_UNAVAILABLE' })
    await t.rejects(openPool({ ...parts, dataText: '{"gateway":' }, { workers: 2, deadlineMs: 100, spare: false }), { code: 'GW_POLICY_UNAVAILABLE' })
  })
})
