/** Identity comes from the credential: no header, field or address says who asks, of which tenant, or in which role beyond those held. */
import t from 'tap'
import { chat, records } from '../helpers/gateway.ts'
import { openScene } from '../helpers/scene.ts'

const rego = `package gateway.policy.test

permit contains {"id": "clinicians", "endpoints": ["main"]} if "clinician" in input.subject.roles

forbid contains {"code": "root_seen"} if "root" in input.subject.roles

forbid contains {"code": "other_tenant"} if input.subject.tenant != "acme"
`

const asserted: ReadonlyArray<Readonly<Record<string, string>>> = [
  { 'sallyport-tenant': 'globex' }, { 'sallyport-subject': 'root' }, { 'sallyport-roles': 'root' }, { 'sallyport-principal': '{"roles":["root"]}' }, { 'sallyport-decision': 'permit' }, { 'sallyport-decision-id': 'x' },
  { 'sallyport-policy': 'none' }, { 'sallyport-classification': 'public' }, { 'x-forwarded-user': 'root' }, { 'x-forwarded-for': '127.0.0.1' }, { 'x-forwarded-host': 'evil.example' }, { 'x-forwarded-proto': 'https' },
  { 'x-forwarded-client-cert': 'Hash=x;URI=spiffe://acme.example/root' }, { 'x-client-cert': 'x' }, { 'client-cert': ':MAA=:' }, { 'ssl-client-verify': 'SUCCESS' }, { forwarded: 'for=127.0.0.1;host=evil.example' }, { 'x-real-ip': '127.0.0.1' },
  { 'x-tenant': 'globex' }, { 'x-user': 'root' }, { 'x-role': 'root' }, { 'x-auth-request-user': 'root' }, { 'x-amzn-oidc-identity': 'root' }, { 'remote-user': 'root' }, { 'openai-organization': 'globex' }, { 'x-original-authorization': 'Bearer x' },
  { 'proxy-authorization': 'Bearer x' }, { cookie: 'session=root' }
]

const scene = await openScene(t, { policy: { 'test.rego': rego }, extra: { unidentified: { per_peer: '1000/s', total: '1000/s' } } })

const bodies: ReadonlyArray<Readonly<Record<string, unknown>>> = [{ user: 'root' }, { metadata: { tenant: 'globex', roles: 'root' } }, { principal: { roles: ['root'] } }, { subject: 'root' }, { tenant: 'globex' }]
const roles = ['root', 'Clinician', 'clinician,root', '*', '']

/** Status and decision record of requests, in their order. */
async function askAll (requests: ReadonlyArray<{ readonly headers?: Readonly<Record<string, string>>, readonly fields?: Readonly<Record<string, unknown>> }>) {
  const answers: Response[] = []
  for (const { headers = {}, fields = {} } of requests) answers.push(await chat(scene.gateway, { model: 'test-model', messages: [{ role: 'user', content: 'hi' }], ...fields }, { token: scene.token, headers }))
  const decisions = new Map((await records(scene.data)).filter(({ body }) => body.kind === 'decision').map(({ body }) => [body['id'], body]))
  return answers.map(answer => ({ status: answer.status, decision: decisions.get(answer.headers.get('sallyport-decision-id') ?? '') }))
}

t.test('who asks is the same, whatever headers and fields say', async t => {
  const [reference, ...others] = await askAll([{}, ...asserted.map(headers => ({ headers })), ...bodies.map(fields => ({ fields }))])
  const subjectOf = (decision: Readonly<Record<string, unknown>> | undefined): unknown => (decision?.['input'] as { subject: unknown } | undefined)?.subject
  t.match(reference, { status: 200, decision: { principal: { subject: 'u-17', tenant: 'acme', roles: ['clinician'] } } })
  for (const [index, { status, decision }] of others.entries()) {
    const name = JSON.stringify([...asserted, ...bodies][index])
    t.equal(status, 200, name)
    t.strictSame(decision?.['principal'], reference?.decision?.['principal'], name)
    t.strictSame(subjectOf(decision), subjectOf(reference?.decision), name)
  }
})

t.test('a role that is not held is refused, with the full principal on record', async t => {
  for (const { status, decision } of await askAll(roles.map(role => ({ headers: { 'sallyport-role': role } })))) {
    t.equal(status, 403)
    t.match(decision, { decision: 'deny', reasons: ['policy.role_not_held'], principal: { subject: 'u-17', roles: ['clinician'] } })
  }
})

t.test('without a credential none of them is one', async t => {
  for (const headers of asserted) t.equal((await chat(scene.gateway, 'hi', { headers })).status, 401, Object.keys(headers).join())
})

t.test('none of them reaches the endpoint', async t => {
  const names = new Set(asserted.flatMap(headers => Object.keys(headers)))
  for (const { headers } of scene.upstream.requests) for (const name of names) t.equal(headers[name], undefined, name)
})
