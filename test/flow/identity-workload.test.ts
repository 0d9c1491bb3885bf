/** A workload that acts for a person within a transaction, through the whole gateway: what policy sees, what is recorded, what is sent. */
import t from 'tap'
import { join } from 'node:path'
import { request } from 'undici'
import { decisionFields, keysOf } from '../../core/audit/record-schema.ts'
import { writeConfiguration } from '../helpers/configuration.ts'
import { temporaryFolder, writeFiles } from '../helpers/folder.ts'
import { chat, recordsOf, startHere } from '../helpers/gateway.ts'
import { createIssuer } from '../helpers/issuer.ts'
import { startUpstream } from '../helpers/upstream.ts'
import { createWorkload, signTransaction } from '../helpers/workload.ts'

const folder = temporaryFolder(t)
const people = await createIssuer()
const authority = await createIssuer({ issuer: 'https://workloads.example' })
const service = await createIssuer({ issuer: 'https://transactions.example' })
const upstream = await startUpstream(t)
writeFiles(folder, { 'workloads.json': authority.jwks, 'transactions.json': service.jwks })
const fence = { algorithms: ['ES256'], tenants: ['acme'] }
const agent = {
  plugin: 'identity.agent',
  config: {
    workloads: [{ issuer: authority.issuer, jwks_file: 'workloads.json', ...fence }],
    transactions: [{ issuer: service.issuer, audience: 'acme.example', jwks_file: 'transactions.json', narrow_roles: '/tctx/roles', ...fence }]
  }
}
const configuration = writeConfiguration(folder, {
  issuer: people,
  endpoints: { main: upstream },
  stages: ([jwt, ...others]) => [{ any: [{ plugin: 'identity.jwt', config: { issuers: [{ ...(jwt?.config?.['issuers'] as object[])[0], tenants: ['acme'] }] } }, agent] }, ...others],
  extra: { public_url: 'https://ai.example' }
})
const gateway = await startHere(t, configuration)
const writer = await createWorkload(authority)
const identity = await writer.identify()

async function decisionOf (answer: Response) {
  return (await recordsOf(join(folder, 'data'), answer.headers.get('sallyport-decision-id') ?? '')).decision
}

t.test('subject, actor and transaction are on record, and policy sees the first two', async t => {
  const transaction = await signTransaction(service, { tctx: { roles: ['analyst'] } })
  const answer = await chat(gateway, 'hi', { headers: { 'workload-identity-token': identity, 'workload-proof-token': await writer.prove({ identity, transaction }), 'txn-token': transaction } })
  t.equal(answer.status, 200, await answer.text())
  const actors = [{ issuer: 'https://workloads.example', id: 'spiffe://acme.example/agents/writer' }]
  const decision = await decisionOf(answer)
  t.same(Object.keys(decision?.['principal'] as object).sort(), keysOf(decisionFields.principal.fields), 'as docs/record.md has it')
  t.match(decision, {
    principal: { type: 'agent', subject: 'ada', roles: ['analyst'], role: 'analyst', actors, transaction: '97053963-771d-49cc-a4e3-20aad399c312' },
    input: { subject: { type: 'agent', id: 'ada', roles: ['analyst'], actors } }
  })
})

t.test('none of the tokens reaches the endpoint', async t => {
  t.equal(upstream.requests.length, 1)
  const { headers } = upstream.requests[0] ?? { headers: {} }
  for (const name of ['workload-identity-token', 'workload-proof-token', 'txn-token']) t.notOk(Object.hasOwn(headers, name), name)
  t.notOk(JSON.stringify(headers).includes(identity))
})

t.test('a transaction beside the token of another branch is a conflict: what narrows is not passed over', async t => {
  const answer = await chat(gateway, 'hi', { token: await people.sign(), headers: { 'txn-token': await signTransaction(service) } })
  t.equal(answer.status, 401)
  t.match(await decisionOf(answer), { decision: 'deny', reasons: ['identity.conflict'], principal: null })
})

t.test('without a transaction the record has no such field', async t => {
  const answer = await chat(gateway, 'hi', { token: await people.sign() })
  t.equal(answer.status, 200, await answer.text())
  t.notOk(Object.hasOwn((await decisionOf(answer))?.['principal'] as object, 'transaction'))
})

t.test('two headers of one kind are refused', async t => {
  const proof = await writer.prove({ identity })
  const { statusCode, headers } = await request(`${gateway.address}/v1/chat/completions`, {
    method: 'POST',
    headers: ['Workload-Identity-Token', identity, 'workload-identity-token', identity, 'workload-proof-token', proof, 'content-type', 'application/json'],
    body: '{"model":"test-model","messages":[]}'
  })
  t.equal(statusCode, 401)
  t.match((await recordsOf(join(folder, 'data'), String(headers['sallyport-decision-id']))).decision, { reasons: ['identity.conflict'], principal: null })
})
