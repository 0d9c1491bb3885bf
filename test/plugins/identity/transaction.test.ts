/** Transaction tokens (draft-ietf-oauth-transaction-tokens): for whom, and within which bounds; never who. */
import t, { type Test } from 'tap'
import { join } from 'node:path'
import type { Credential } from '../../../core/pipeline/plugin.ts'
import identityAgent from '../../../plugins/identity/agent/index.ts'
import { createAuthority } from '../../helpers/certificates.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { createIssuer, defaultClaims } from '../../helpers/issuer.ts'
import { createWorkload, digest, signTransaction } from '../../helpers/workload.ts'
import { entryOf, faultsOf, openPlugin, type Opened } from './parts.ts'

const url = 'https://ai.example/v1/chat/completions'
const people = await createIssuer()
const authority = await createIssuer({ issuer: 'https://workloads.example' })
const service = await createIssuer({ issuer: 'https://transactions.example' })
const writer = await createWorkload(authority)
const identity = await writer.identify()
const files = { 'jwks.json': people.jwks, 'workloads.json': authority.jwks, 'transactions.json': service.jwks }
const fence = { algorithms: ['ES256'], tenants: ['acme'] }
const transactions = { issuer: service.issuer, audience: 'acme.example', jwks_file: 'transactions.json', ...fence }
const workloads = { issuer: authority.issuer, jwks_file: 'workloads.json', ...fence }
const issuers = [{ ...entryOf(people), tenants: ['acme'] }]

async function open (t: Test, changes: Readonly<Record<string, unknown>> = {}, others: Readonly<Record<string, unknown>> = { issuers, workloads: [workloads] }): Promise<Opened> {
  return await openPlugin(t, identityAgent, { ...others, transactions: [{ ...transactions, ...changes }] }, { files, publicUrl: 'https://ai.example' })
}

/** A workload that acts within a transaction. */
async function acting (transaction: string, claims: Readonly<Record<string, unknown>> = {}, more: Partial<Credential> = {}): Promise<Partial<Credential>> {
  return { url, workload: { identity: [identity], proof: [await writer.prove({ identity, transaction }, claims)], transaction: [transaction] }, ...more }
}

/** A person within a transaction. */
function asking (access: string, transaction: string): Partial<Credential> {
  return { url, authorization: [`Bearer ${access}`], workload: { identity: [], proof: [], transaction: [transaction] } }
}

const ada = { ...defaultClaims, sub: 'ada', roles: ['analyst', 'editor'] }

t.test('a transaction token says for whom the workload acts, and names the transaction', async t => {
  const stage = await open(t)
  t.match(await stage.ask(await acting(await signTransaction(service))), {
    type: 'agent', issuer: 'https://transactions.example', subject: 'ada', tenant: 'acme', roles: ['analyst', 'editor'], actors: [{ issuer: 'https://workloads.example', id: 'spiffe://acme.example/agents/writer' }], transaction: '97053963-771d-49cc-a4e3-20aad399c312'
  })
})

t.test('its context narrows roles and never adds one', async t => {
  const stage = await open(t, { narrow_roles: '/tctx/roles' })
  t.match(await stage.ask(await acting(await signTransaction(service, { tctx: { roles: ['analyst', 'root'] } }))), { roles: ['analyst'] })
})

t.test('beside an access token of the same subject it narrows what that gives', async t => {
  const stage = await open(t, { narrow_roles: '/rctx/roles' })
  const access = await people.sign(ada)
  const narrow = await signTransaction(service, { rctx: { roles: ['analyst', 'root'] }, roles: ['root'] })
  t.match(await stage.ask(asking(access, narrow)), { issuer: people.issuer, subject: 'ada', roles: ['analyst'], rolesAllowed: ['analyst', 'root'], actors: [], transaction: '97053963-771d-49cc-a4e3-20aad399c312' })
  t.match(await stage.ask(asking(access, await signTransaction(service))), { roles: ['analyst', 'editor'], rolesAllowed: null })
})

t.test('what the issuer of transactions may give at most narrows too, within what the issuer of people may', async t => {
  const stage = await open(t, { roles_allowed: ['analyst', 'root'] }, { issuers: [{ ...issuers[0], roles_allowed: ['analyst', 'editor'] }] })
  t.match(await stage.ask(asking(await people.sign(ada), await signTransaction(service))), { roles: ['analyst'], rolesAllowed: ['analyst'] })
})

t.test('the principal ends with the earlier of the two', async t => {
  const stage = await open(t)
  const exp = Math.floor(Date.now() / 1000) + 20
  t.match(await stage.ask(asking(await people.sign(ada), await signTransaction(service, { exp }))), { expiresMs: exp * 1000 })
})

t.test('all three together: the person, narrowed, and the workload that acts', async t => {
  const stage = await open(t, { narrow_roles: '/tctx/roles' })
  const access = await people.sign(ada)
  const transaction = await signTransaction(service, { tctx: { roles: ['editor'] } })
  const proof = await writer.prove({ identity, access, transaction })
  t.match(await stage.ask({ url, authorization: [`Bearer ${access}`], workload: { identity: [identity], proof: [proof], transaction: [transaction] } }), { subject: 'ada', roles: ['editor'], actors: [{ id: 'spiffe://acme.example/agents/writer' }] })
})

t.test('another subject or another tenant than the access token\'s is a conflict', async t => {
  const stage = await open(t, { tenants: ['acme', 'globex'] })
  const access = await people.sign(ada)
  t.equal(await stage.ask(asking(access, await signTransaction(service, { sub: 'bob' }))), 'GW_IDENTITY_CONFLICT')
  t.equal(await stage.ask(asking(access, await signTransaction(service, { tenant: 'globex' }))), 'GW_IDENTITY_CONFLICT')
})

t.test('it proves nobody: alone it is refused, and so is a configuration that takes nothing else', async t => {
  const stage = await open(t)
  const transaction = await signTransaction(service)
  t.equal(await stage.ask({ url, workload: { identity: [], proof: [], transaction: [transaction] } }), 'GW_IDENTITY_PROOF_MISSING')
  t.equal(await stage.ask(transaction), 'GW_IDENTITY_INVALID', 'under Authorization')
  t.match(await faultsOf(identityAgent, { transactions: [transactions] }), [/proves nobody/])
  t.same(await faultsOf(identityAgent, { transactions: [{ ...transactions, certificate: 'actor' }] }), [])
})

t.test('a certificate says who acts within it where that is configured, and not elsewhere', async t => {
  const ca = createAuthority(join(temporaryFolder(t), 'ca'))
  const certificates = [ca.issue({ names: ['URI:spiffe://acme.example/batch'] }).der]
  const transaction = await signTransaction(service)
  const credential = { url, certificates, workload: { identity: [], proof: [], transaction: [transaction] } }
  t.match(await (await open(t, { certificate: 'actor' }, {})).ask(credential), { subject: 'ada', actors: [{ issuer: 'spiffe://acme.example', id: 'spiffe://acme.example/batch' }] })
  t.equal(await (await open(t)).ask(credential), 'GW_IDENTITY_CONFLICT')
})

t.test('one that is bound to a certificate needs it, and one that is bound to a key is not taken', async t => {
  const stage = await open(t)
  const access = await people.sign(ada)
  for (const cnf of [{ 'x5t#S256': digest('x') }, { jkt: digest('x') }]) {
    const transaction = await signTransaction(service, { cnf })
    t.equal(await stage.ask(asking(access, transaction)), 'GW_IDENTITY_PROOF_MISSING', JSON.stringify(cnf))
    t.equal(await stage.ask(await acting(transaction)), 'GW_IDENTITY_PROOF_MISSING', JSON.stringify(cnf))
  }
})

t.test('in a choice the stage takes those of its own issuers', async t => {
  const stage = await open(t)
  const of = (transaction: string): Partial<Credential> => ({ workload: { identity: [], proof: [], transaction: [transaction] } })
  t.equal(stage.applies(of(await signTransaction(service))), true)
  t.equal(stage.applies(of(await signTransaction(people))), false)
})

const shared = await openPlugin(t, identityAgent, { issuers, workloads: [workloads], transactions: [transactions] }, { files, publicUrl: 'https://ai.example' })

/** A rule: a workload with such a transaction token is refused. */
function refuses (name: string, make: () => Promise<Partial<Credential>>, code = 'GW_IDENTITY_INVALID'): void {
  t.test(name, async t => { t.equal(await shared.ask(await make()), code) })
}

refuses('a token of another trust domain is refused', async () => await acting(await signTransaction(service, { aud: 'globex.example' })))
refuses('a token without a trust domain is refused', async () => await acting(await signTransaction(service, { aud: undefined })))
refuses('a token without its transaction\'s name is refused', async () => await acting(await signTransaction(service, { txn: undefined })))
refuses('a token whose transaction has no plain name is refused', async () => await acting(await signTransaction(service, { txn: { id: 1 } })))
refuses('a token of another type is refused', async () => await acting(await signTransaction(service, {}, { typ: 'JWT' })))
refuses('a token without a type is refused', async () => await acting(await signTransaction(service, {}, { typ: undefined })))
refuses('an access token in its header is refused', async () => await acting(await people.sign(ada)))
refuses('an expired token is refused', async () => await acting(await signTransaction(service, { exp: Math.floor(Date.now() / 1000) - 90 })), 'GW_IDENTITY_EXPIRED')
refuses('a token of an issuer that vouches for others alone is refused', async () => await acting(await signTransaction(authority)), 'GW_IDENTITY_UNTRUSTED_ISSUER')
refuses('a proof that leaves the transaction out is refused', async () => await acting(await signTransaction(service), { tth: undefined }), 'GW_IDENTITY_PROOF_INVALID')
refuses('a proof for another transaction is refused', async () => await acting(await signTransaction(service), { tth: digest('other') }), 'GW_IDENTITY_PROOF_INVALID')
refuses('two transaction tokens are refused', async () => {
  const transaction = await signTransaction(service)
  return await acting(transaction, {}, { workload: { identity: [identity], proof: [], transaction: [transaction, transaction] } })
}, 'GW_IDENTITY_CONFLICT')
