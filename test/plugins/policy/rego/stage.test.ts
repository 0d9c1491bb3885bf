import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import { canonicalize } from '../../../../core/audit/canonical.ts'
import { packageFile } from '../../../../core/package.ts'
import { policyInput } from '../../../../plugins/policy/rego/input.ts'
import { gateway, openStage, permitAll, rules, view } from './parts.ts'

const signal = new AbortController().signal
const nothing = { classification: { labels: {} }, endpoint: 'eu', model: 'assistant', finish: 'stop', tools: [], bytes: 3 }

t.test('the input is what the contract and the schema say, with sorted lists and no text', async t => {
  const input = policyInput(view)
  const schema: unknown = JSON.parse(readFileSync(packageFile('rego/schemas/input.json'), 'utf8'))
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema as object)
  t.ok(validate(input), JSON.stringify(validate.errors))
  t.match(input, {
    v: 1,
    request: { id: 'r-1', tools: ['add', 'search'], tool_count: 2, server_side: [], received_ms: 1795400000000, reason: null },
    subject: { id: 'u-17', roles: ['clinician', 'nurse'], role: 'clinician', groups: ['a', 'b'], auth: { method: 'jwt', assurance: null, expires_ms: 1795400300000 }, actors: [{ id: 'z' }, { id: 'a' }] },
    action: { name: 'chat' },
    resource: { type: 'model', id: 'assistant', family: null },
    classification: { labels: { 'pii.email_address': { count: 1, distinct: 1, max_confidence: 950 } } },
    quota: [{ per: ['tenant'], unit: 'tokens', limit: 100000, used: 2300, remaining: 97700, reset_ms: 42000 }],
    context: { now_ms: 1795400000000, region: 'eu', trace: null }
  })
})

t.test('a permit, a redaction and a denial', async t => {
  const stage = await openStage(t, {
    'access.rego': rules(`${permitAll}
redact contains {"labels": ["pii.*"], "operator": "mask"}

restrict contains {"id": "home", "endpoints": ["eu"]} if input.subject.tenant == "acme"

forbid contains {"code": "agents", "message": "Ask a person."} if input.subject.type == "agent"
`)
  })
  const redacted = await stage.decide()
  t.match(redacted, { permitted: true, error: null, decision: { id: 'r-1', effect: 'redact', endpoints: ['eu'], reasons: ['everyone'], redactions: [{ labels: ['pii.*'], operator: 'mask' }] } })
  t.match(redacted.decision?.policy?.version, /^dir@sha256:[0-9a-f]{12}$/)
  const { input, inputDigest } = redacted.decision ?? {}
  t.equal(inputDigest, `sha256:${createHash('sha256').update(canonicalize(input)).digest('hex')}`, 'the digest is over the bytes evaluated')
  const permitted = await stage.decide({ classification: { ...view.classification, labels: {}, findings: [] }, principal: { ...view.principal, tenant: null } })
  t.match(permitted, { permitted: true, decision: { effect: 'permit', endpoints: ['eu', 'us'] } })
  const denied = await stage.decide({ principal: { ...view.principal, type: 'agent' } })
  t.match(denied, { permitted: false, error: { code: 'GW_POLICY_DENIED', reasons: ['agents'], callerMessage: 'Ask a person.' }, decision: { effect: 'deny', reasons: ['agents'], judge: null } })
})

t.test('rules of a tenant bind that tenant alone', async t => {
  const own = (text: string): string => `package gateway.tenant.own\n\n${text}`
  const stage = await openStage(t, {
    'all.rego': rules(permitAll),
    'tenants/acme/own.rego': own('restrict contains {"id": "home", "endpoints": ["eu"]}\n'),
    'tenants/other/own.rego': own('forbid contains {"code": "closed"}\n')
  })
  const decideFor = async (tenant: string | null): Promise<unknown> => (await stage.decide({ principal: { ...view.principal, tenant } })).decision
  t.match(await decideFor('acme'), { effect: 'permit', endpoints: ['eu'] })
  t.match(await decideFor('other'), { effect: 'deny', reasons: ['closed'] })
  t.match(await decideFor('third'), { effect: 'permit', endpoints: ['eu', 'us'] })
  t.match(await decideFor(null), { effect: 'permit', endpoints: ['eu', 'us'] })
})

t.test('a policy that goes wrong denies, each way with its own code, and the next request is served', async t => {
  const stage = await openStage(t, {
    'p.rego': rules(`permit contains {"id": "everyone", "endpoints": [endpoint]} if endpoint := {"far": concat("", ["no", "where"])}[input.request.reason]

permit contains {"id": "plain", "endpoints": ["eu"]} if input.request.reason == null

f(_) := 1

f(x) := 2 if x == "conflict"

permit contains {"id": "two", "endpoints": ["eu"]} if f(input.request.reason) == 2

oblige contains {"id": "a", "type": "require_reason"} if input.request.reason == "obliged"

oblige contains {"id": "a", "type": concat("", ["tele", "port"])} if input.request.reason == "teleport"

oblige contains {"id": "a", "type": "mark", "n": n} if { input.request.reason == "obliged"; some n in [1, 2] }

forbid contains {"code": "never"} if {
  input.request.reason == "slow"
  xs := numbers.range(1, 3000)
  some a in xs
  some b in xs
  some c in xs
  a + b + c == -1
}
`)
  }, { deadline: '300ms' })
  const cases: Array<[reason: string, code: string]> = [
    ['conflict', 'GW_POLICY_CONFLICT'], ['obliged', 'GW_POLICY_CONFLICT'], ['teleport', 'GW_POLICY_INVALID'],
    ['far', 'GW_POLICY_INVALID'], ['slow', 'GW_POLICY_TIMEOUT'], ['\ud800', 'GW_POLICY_ERROR']
  ]
  for (const [reason, code] of cases) {
    const { error, permitted, decision } = await stage.decide({ request: { ...view.request, reason } })
    t.match({ code: error?.code, permitted, decision }, { code, permitted: false, decision: null }, `${JSON.stringify(reason)}: ${code}`)
    t.match(await stage.decide(), { permitted: true, decision: { reasons: ['plain'] } })
  }
})

t.test('an answer is judged with the decision\'s own input', async t => {
  const stage = await openStage(t, {
    'p.rego': rules(permitAll),
    'r.rego': `package gateway.response.test

block contains {"code": "phi"} if { some label, _ in input.response.classification.labels; startswith(label, "phi.") }

redact contains {"labels": ["pii.*"], "operator": "replace"}

oblige contains {"id": "who", "type": "mark", "by": input.subject.id}

oblige contains {"id": "who", "type": "mark", "by": "another"} if input.response.finish == "twice"
`
  })
  const { decision } = await stage.decide()
  const judge = decision?.judge ?? null
  if (judge === null) throw new Error('the decision has no judge')
  const found = (label: string): Record<string, unknown> => ({ ...nothing, classification: { labels: { [label]: { count: 1 } } } })
  t.match(await judge(nothing, signal), { effect: 'permit', reasons: [], obligations: [{ id: 'who', type: 'mark', parameters: { by: 'u-17' } }] })
  t.match(await judge(found('phi.medical_record_number'), signal), { effect: 'block', reasons: ['phi'] })
  t.match(await judge(found('pii.email_address'), signal), { effect: 'redact', redactions: [{ labels: ['pii.*'], operator: 'replace' }] })
  await t.rejects(judge({ ...nothing, finish: 'twice' }, signal), { code: 'GW_POLICY_CONFLICT' })
  await t.rejects(judge(nothing, AbortSignal.abort()), 'an aborted request is not judged')
})

t.test('a folder with faults does not start, and check tells each with its place', async t => {
  await t.rejects(openStage(t, { 'p.rego': rules('permit contains {"id": "a", "endpoints": ["nowhere"]}\n') }), /p\.rego:3:43: policy_value_error: nowhere is not a configured endpoint/)
  await t.rejects(openStage(t, {}), /holds no \.rego file/)
  t.match(gateway.endpoints, { eu: {} })
})
