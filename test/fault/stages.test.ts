import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { chat } from '../helpers/gateway.ts'
import { openScene } from '../helpers/scene.ts'
import { startUpstream } from '../helpers/upstream.ts'

const permitAll = 'permit contains {"id": "everyone", "endpoints": ["main"]}\n'

t.test('a policy that goes wrong denies, each way with its own code, on record, nothing forwarded', async t => {
  const cases: Array<[name: string, rules: string, status: number, code: string, reason: string]> = [
    ['no rule permits', '', 403, 'GW_POLICY_DENIED', 'no_permit'],
    ['two obligations contradict', `${permitAll}
oblige contains {"id": "m", "type": "max_output_tokens", "n": 10}

oblige contains {"id": "m", "type": "max_output_tokens", "n": 20}
`, 503, 'GW_POLICY_CONFLICT', 'policy.conflict'],
    ['a computed obligation of an unknown type', `${permitAll}
oblige contains {"id": "x", "type": concat("_", ["tele", "port"])}
`, 503, 'GW_POLICY_INVALID', 'policy.invalid'],
    ['a computed endpoint that is not configured', `
permit contains {"id": "far", "endpoints": [concat("", ["no", "where"])]}
`, 503, 'GW_POLICY_INVALID', 'policy.invalid'],
    ['two values for one function', `
f(_) := 1

f(x) := 2 if x > 0

permit contains {"id": "everyone", "endpoints": ["main"]} if f(input.request.message_count) == 1
`, 503, 'GW_POLICY_CONFLICT', 'policy.conflict'],
    ['a policy that runs on and on for what is really asked', `${permitAll}
forbid contains {"code": "never"} if {
  input.resource.id != ""
  xs := numbers.range(1, 3000)
  some a in xs
  some b in xs
  some c in xs
  a + b + c == -1
}
`, 503, 'GW_POLICY_TIMEOUT', 'policy.timeout']
  ]
  for (const [name, rules, status, code, reason] of cases) {
    await t.test(`${name}: ${code}`, async t => {
      const scene = await openScene(t, { policy: { 'p.rego': `package gateway.policy.test\n\n${rules}` } })
      const answer = await chat(scene.gateway, 'hi', { token: scene.token })
      t.equal(answer.status, status)
      t.match(await answer.json(), { error: { code } })
      const { decision } = await scene.recorded(answer)
      t.match(decision, { decision: 'deny', reasons: [reason], endpoints: [] })
      t.equal(scene.upstream.connections(), 0)
    })
  }
})

t.test('a stage that throws, stalls or breaks its contract denies', async t => {
  const bodies: Array<[name: string, run: string, status: number, code: string]> = [
    ['throws', 'throw new Error("no")', 503, 'GW_CLASSIFY_FAILED'],
    ['provides what it did not declare', 'return { kind: "continue", facts: { permit: {} } }', 500, 'GW_PLUGIN_CONTRACT_BROKEN'],
    ['provides nothing', 'return { kind: "continue", facts: {} }', 500, 'GW_PLUGIN_CONTRACT_BROKEN'],
    ['reads what it did not declare', 'if (view.credential === undefined && view.principal === undefined) throw new Error("absent"); return { kind: "continue", facts: {} }', 503, 'GW_CLASSIFY_FAILED'],
    ['changes its view', 'view.prompt = null; return { kind: "continue", facts: {} }', 503, 'GW_CLASSIFY_FAILED']
  ]
  for (const [name, run, status, code] of bodies) {
    await t.test(`${name}: ${code}`, async t => {
      const scene = await openEvil(t, run)
      const answer = await chat(scene.gateway, 'hi', { token: scene.token })
      t.equal(answer.status, status)
      t.match(await answer.json(), { error: { code } })
      const { decision } = await scene.recorded(answer)
      t.match(decision, { decision: 'deny' })
      t.equal(scene.upstream.connections(), 0)
    })
  }
})

t.test('a router that names an endpoint outside the permit is refused before any dial', async t => {
  const other = await startUpstream(t)
  const scene = await openEvil(t, 'return { kind: "continue", facts: { endpoint: { id: "other", reason: "primary" } } }', {
    name: 'route.evil', phase: 'route', reads: ['permit', 'receipt'], provides: ['endpoint']
  }, { other })
  const answer = await chat(scene.gateway, 'hi', { token: scene.token })
  t.equal(answer.status, 500)
  t.match(await answer.json(), { error: { code: 'GW_PLUGIN_CONTRACT_BROKEN' } })
  t.equal(other.connections() + scene.upstream.connections(), 0)
  const { outcome } = await scene.recorded(answer)
  t.match(outcome, { end: 'not_dialled', attempts: [] })
})

interface EvilDeclaration { readonly name: string, readonly phase: string, readonly reads: readonly string[], readonly provides: readonly string[] }

const evilClassify: EvilDeclaration = { name: 'classify.evil', phase: 'classify', reads: ['prompt'], provides: ['classification'] }

/** A scene whose stage of that phase is a plugin with this body. */
async function openEvil (t: Parameters<typeof openScene>[0], run: string, declaration = evilClassify, endpoints: Record<string, Awaited<ReturnType<typeof startUpstream>>> = {}): ReturnType<typeof openScene> {
  const main = await startUpstream(t)
  const scene = await openScene(t, {
    endpoints: { main, ...endpoints },
    policy: { 'p.rego': `package gateway.policy.test\n\n${permitAll}` },
    stages: stages => stages.map(stage => stage.plugin.startsWith(`${declaration.phase}.`) ? { plugin: declaration.name } : stage),
    extra: { plugins: ['./evil.js'] },
    before: configuration => { writeFileSync(join(dirname(configuration), 'evil.js'), evilModule(declaration, run)) }
  })
  return { ...scene, upstream: main }
}

function evilModule (declaration: EvilDeclaration, run: string): string {
  const plugin = JSON.stringify({ ...declaration, version: '1.0.0', configSchema: { type: 'object', additionalProperties: false, properties: {} } })
  return `export default { ...${plugin}, setup () { return { run (view) { ${run} } } } }\n`
}
