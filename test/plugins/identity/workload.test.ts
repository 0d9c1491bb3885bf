/** Workload identity tokens and their proofs (draft-ietf-wimse-workload-creds, draft-ietf-wimse-wpt). */
import t, { type Test } from 'tap'
import { generateKeyPair } from 'jose'
import { GatewayError } from '../../../core/errors.ts'
import type { Credential } from '../../../core/pipeline/plugin.ts'
import identityAgent from '../../../plugins/identity/agent/index.ts'
import identityApiKey from '../../../plugins/identity/api-key/index.ts'
import identityJwt from '../../../plugins/identity/jwt/index.ts'
import identityMtls from '../../../plugins/identity/mtls/index.ts'
import { createIssuer, defaultClaims } from '../../helpers/issuer.ts'
import { createProofClient } from '../../helpers/proof.ts'
import { createWorkload, digest, type ProvenTokens } from '../../helpers/workload.ts'
import { entryOf, faultsOf, openPlugin, type OpenOptions, type Opened } from './parts.ts'

const url = 'https://ai.example/v1/chat/completions'
const people = await createIssuer()
const authority = await createIssuer({ issuer: 'https://workloads.example' })
const writer = await createWorkload(authority)
const identity = await writer.identify()
const files = { 'jwks.json': people.jwks, 'workloads.json': authority.jwks }
const workloads = { issuer: authority.issuer, algorithms: ['ES256'], jwks_file: 'workloads.json', tenants: ['acme'] }
const both = { issuers: [{ ...entryOf(people), tenants: ['acme'], dpop: 'optional' }], workloads: [workloads] }
const seconds = Math.floor(Date.now() / 1000)

async function open (t: Test, config: unknown = both, options: OpenOptions = {}): Promise<Opened> {
  return await openPlugin(t, identityAgent, config, { files, publicUrl: 'https://ai.example', ...options })
}

/** What the workload presents: its token, a proof for all that is presented, and what else. */
async function present (claims: Readonly<Record<string, unknown>> = {}, header: Readonly<Record<string, unknown>> = {}, more: Partial<Credential> = {}, tokens: ProvenTokens = { identity }): Promise<Partial<Credential>> {
  const proof = await writer.prove(tokens, claims, header)
  const authorization = tokens.access === undefined ? [] : [`Bearer ${tokens.access}`]
  return { authorization, url, workload: { identity: [tokens.identity], proof: [proof], transaction: [] }, ...more }
}

const shared = await openPlugin(t, identityAgent, both, { files, publicUrl: 'https://ai.example' })

t.test('a workload is who its token says, an agent, confirmed by the key that it proved', async t => {
  t.match(await shared.ask(await present()), { type: 'agent', issuer: 'https://workloads.example', subject: 'spiffe://acme.example/agents/writer', tenant: 'acme', actors: [], method: 'agent', confirmation: /^jkt:[A-Za-z0-9_-]{43}$/ })
})

t.test('its token comes without iss where one issuer alone vouches for workloads', async t => {
  const nameless = await writer.identify({ iss: undefined })
  t.match(await shared.ask(await present({}, {}, {}, { identity: nameless })), { issuer: 'https://workloads.example' })
  const stage = await open(t, { workloads: [workloads, { ...workloads, issuer: 'https://other.example' }] })
  t.equal(await stage.ask(await present({}, {}, {}, { identity: nameless })), 'GW_IDENTITY_INVALID')
})

t.test('beside an access token it is who acts, the nearest', async t => {
  const access = await people.sign({ ...defaultClaims, act: { sub: 'planner' } })
  t.match(await shared.ask(await present({}, {}, {}, { identity, access })), { subject: 'u-17', roles: ['clinician'], actors: [{ issuer: 'https://workloads.example', id: 'spiffe://acme.example/agents/writer' }, { id: 'planner' }], confirmation: null })
})

t.test('an access token that is bound to a key is proven by its own proof beside that of the workload', async t => {
  const client = await createProofClient({ method: 'POST', url })
  const access = await people.sign({ ...defaultClaims, cnf: { jkt: client.thumbprint } })
  const authorization = [`DPoP ${access}`]
  t.match(await shared.ask(await present({}, {}, { authorization, proofs: [await client.prove(access)] }, { identity, access })), { subject: 'u-17', actors: { length: 1 }, confirmation: `jkt:${client.thumbprint}` })
  t.equal(await shared.ask(await present({}, {}, { authorization }, { identity, access })), 'GW_IDENTITY_PROOF_MISSING')
})

t.test('whom may_act names is the only workload that may', async t => {
  const good = await people.sign({ ...defaultClaims, may_act: { iss: authority.issuer, sub: 'spiffe://acme.example/agents/writer' } })
  t.match(await shared.ask(await present({}, {}, {}, { identity, access: good })), { subject: 'u-17' })
  const bad = await people.sign({ ...defaultClaims, may_act: { iss: authority.issuer, sub: 'spiffe://acme.example/agents/reader' } })
  t.equal(await shared.ask(await present({}, {}, {}, { identity, access: bad })), 'GW_IDENTITY_INVALID')
})

t.test('a chain that is full, or has the workload in it already, takes no workload', async t => {
  const stage = await open(t, { ...both, max_actors: 1 })
  const full = await people.sign({ ...defaultClaims, act: { sub: 'planner' } })
  t.equal(await stage.ask(await present({}, {}, {}, { identity, access: full })), 'GW_IDENTITY_INVALID')
  const loop = await people.sign({ ...defaultClaims, act: { iss: authority.issuer, sub: 'spiffe://acme.example/agents/writer' } })
  t.equal(await shared.ask(await present({}, {}, {}, { identity, access: loop })), 'GW_IDENTITY_INVALID')
})

t.test('every request needs a proof of its own, the token being known already', async t => {
  const once = await present()
  t.match(await shared.ask(once), { type: 'agent' })
  t.equal(await shared.ask(once), 'GW_IDENTITY_PROOF_INVALID')
  t.match(await shared.ask(await present()), { type: 'agent' })
})

t.test('a proof that is refused is not used up by it', async t => {
  const proof = await present()
  t.equal(await shared.ask({ ...proof, url: 'https://ai.example/v1/embeddings' }), 'GW_IDENTITY_PROOF_INVALID')
  t.match(await shared.ask(proof), { type: 'agent' })
})

t.test('proofs for a name of the gateway are taken where it is configured', async t => {
  const named = { ...workloads, audience: ['sallyport.acme.example'] }
  const stage = await open(t, { workloads: [named] }, { publicUrl: null })
  const credential = await present({ aud: 'sallyport.acme.example' }, {}, { url: null })
  t.match(await stage.ask(credential), { type: 'agent' })
  t.match(await stage.ask(await present({ aud: ['sallyport.acme.example'] }, {}, { url: null })), { type: 'agent' }, 'as a list of one')
  t.equal(await stage.ask(await present({}, {}, { url: null })), 'GW_IDENTITY_PROOF_INVALID')
  t.match(await faultsOf(identityAgent, { workloads: [workloads] }), [/public_url/])
  t.same(await faultsOf(identityAgent, { workloads: [named] }), [])
})

for (const algorithm of ['ES384', 'EdDSA', 'PS256']) {
  t.test(`a workload with a key for ${algorithm} is accepted`, async t => {
    const other = await createWorkload(authority, { algorithm })
    const token = await other.identify()
    t.match(await shared.ask({ url, workload: { identity: [token], proof: [await other.prove({ identity: token })], transaction: [] } }), { type: 'agent' })
  })
}

t.test('a store that cannot say denies', async t => {
  const stage = await open(t, both, { replay: { claim: async () => { throw new GatewayError('GW_LIMIT_STORE_UNAVAILABLE') } } })
  t.equal(await stage.ask(await present()), 'GW_IDENTITY_STORE_UNAVAILABLE')
})

t.test('the trust domains of an issuer are those it may name', async t => {
  const stage = await open(t, { workloads: [{ ...workloads, trust_domains: ['acme.example'] }] })
  t.match(await stage.ask(await present()), { type: 'agent' })
  const foreign = await createWorkload(authority, { subject: 'wimse://globex.example/agents/writer' })
  const token = await foreign.identify()
  const credential = async (): Promise<Partial<Credential>> => ({ url, workload: { identity: [token], proof: [await foreign.prove({ identity: token })], transaction: [] } })
  t.equal(await stage.ask(await credential()), 'GW_IDENTITY_UNTRUSTED_ISSUER')
  t.match(await shared.ask(await credential()), { subject: 'wimse://globex.example/agents/writer' })
})

t.test('in a choice the stage takes the tokens of its own issuers', async t => {
  t.equal(shared.applies(await present()), true)
  t.equal(shared.applies({ workload: { identity: [await writer.identify({ iss: 'https://other.example' })], proof: [], transaction: [] } }), false)
  t.equal(shared.applies({ workload: { identity: ['token'], proof: [], transaction: [] } }), false)
  t.equal(shared.applies({}), false)
})

t.test('where it is not taken, a workload\'s token beside a good credential is a conflict', async t => {
  const jwt = await openPlugin(t, identityJwt, { issuers: [entryOf(people)] }, { files })
  const access = await people.sign()
  t.match(await jwt.ask(access), { subject: 'u-17' })
  for (const workload of [{ identity: [identity], proof: [], transaction: [] }, { identity: [], proof: ['x'], transaction: [] }, { identity: [], proof: [], transaction: ['x'] }]) {
    t.equal(await jwt.ask({ authorization: [`Bearer ${access}`], workload }), 'GW_IDENTITY_CONFLICT')
  }
  const mtls = await openPlugin(t, identityMtls, {})
  t.equal(await mtls.ask({ certificates: [new Uint8Array(1)], workload: { identity: [identity], proof: [], transaction: [] } }), 'GW_IDENTITY_CONFLICT')
  const keys = await openPlugin(t, identityApiKey, { keys: 'keys.json' }, { files: { 'keys.json': { keys: [] } } })
  t.equal(await keys.ask({ apiKeys: ['spk_x'], workload: { identity: [identity], proof: [], transaction: [] } }), 'GW_IDENTITY_CONFLICT')
})

t.test('an explanation names the steps, and the one that refused last', async t => {
  const { steps, result } = await shared.explain(await present())
  t.match(result, { type: 'agent' })
  t.same(steps.map(({ step }) => step), ['tokens', 'agreement', 'form', 'issuer', 'algorithm', 'signature', 'audience', 'times', 'binding', 'subject', 'tenant', 'revocation', 'key', 'proof of a workload'])
  const refused = await shared.explain(await present({ aud: 'https://other.example/' }))
  t.equal(refused.steps.at(-1)?.step, 'proof of a workload')
})

/** A rule: what is so presented is refused with this code. */
function refuses (name: string, make: () => Promise<Partial<Credential>>, code = 'GW_IDENTITY_PROOF_INVALID'): void {
  t.test(name, async t => { t.equal(await shared.ask(await make()), code) })
}

async function withToken (claims: Readonly<Record<string, unknown>>, header: Readonly<Record<string, unknown>> = {}): Promise<Partial<Credential>> {
  return await present({}, {}, {}, { identity: await writer.identify(claims, header) })
}

refuses('a workload\'s token without a proof is refused: it is no bearer token', async () => await present({}, {}, { workload: { identity: [identity], proof: [], transaction: [] } }), 'GW_IDENTITY_PROOF_MISSING')
refuses('a workload\'s token under Authorization is refused', async () => ({ authorization: [`Bearer ${identity}`], url }), 'GW_IDENTITY_INVALID')
refuses('two tokens of workloads are refused', async () => await present({}, {}, { workload: { identity: [identity, identity], proof: [await writer.prove({ identity })], transaction: [] } }), 'GW_IDENTITY_CONFLICT')
refuses('two proofs are refused', async () => await present({}, {}, { workload: { identity: [identity], proof: [await writer.prove({ identity }), await writer.prove({ identity })], transaction: [] } }))
refuses('a proof without its token is refused', async () => await present({}, {}, { workload: { identity: [], proof: [await writer.prove({ identity })], transaction: [] } }), 'GW_IDENTITY_INVALID')
refuses('an API key beside it is a conflict', async () => await present({}, {}, { apiKeys: ['spk_x'] }), 'GW_IDENTITY_CONFLICT')
refuses('a certificate beside it is a conflict', async () => await present({}, {}, { certificates: [new Uint8Array(1)] }), 'GW_IDENTITY_CONFLICT')
refuses('a DPoP proof beside it is refused', async () => await present({}, {}, { proofs: ['x'] }))
refuses('a token in the query is refused beside it too', async () => await present({}, {}, { tokenInQuery: true }), 'GW_IDENTITY_INVALID')
refuses('a bad access token beside it is refused', async () => await present({}, {}, {}, { identity, access: await people.sign(defaultClaims, { expiresInSeconds: -90 }) }), 'GW_IDENTITY_EXPIRED')
refuses('a proof that leaves out the access token is refused', async () => await present({ ath: undefined }, {}, {}, { identity, access: await people.sign() }))
refuses('a proof for another access token is refused', async () => await present({ ath: digest('other') }, {}, {}, { identity, access: await people.sign() }))
refuses('a proof for an access token that is not there is refused', async () => await present({ ath: digest('other') }))
refuses('a proof for a transaction token that is not there is refused', async () => await present({ tth: digest('other') }))
refuses('a proof that names tokens not known here is refused', async () => await present({ oth: { 'x-token': digest('x') } }))
refuses('a proof for another identity token is refused', async () => await present({ wth: digest('other') }))
refuses('a proof without the digest of its token is refused', async () => await present({ wth: undefined }))
refuses('a proof for another target is refused', async () => await present({ aud: 'https://ai.example/v1/embeddings' }))
refuses('a proof for another host is refused', async () => await present({ aud: 'https://ai.example.evil/v1/chat/completions' }))
refuses('a proof for two recipients is refused', async () => await present({ aud: [url, 'https://other.example/'] }))
refuses('a proof without a recipient is refused', async () => await present({ aud: undefined }))
refuses('a proof without an end is refused', async () => await present({ exp: undefined }))
refuses('an expired proof is refused', async () => await present({ exp: seconds - 10 }))
refuses('a proof that lives too long is refused', async () => await present({ exp: seconds + 3600 }))
refuses('an end that is no time is refused', async () => await present({ exp: 'soon' }))
refuses('a proof from the future is refused', async () => await present({ iat: seconds + 60 }))
refuses('a proof without a name is refused', async () => await present({ jti: undefined }))
refuses('a proof of another type is refused', async () => await present({}, { typ: 'dpop+jwt' }))
refuses('a proof without a type is refused', async () => await present({}, { typ: undefined }))
refuses('a proof by another key than the token\'s is refused, whatever key it shows', async () => {
  const { privateKey } = await generateKeyPair('ES256')
  const other = await createWorkload(authority)
  const proof = await writer.prove({ identity }, {}, { jwk: other.publicKey }, privateKey)
  return await present({}, {}, { workload: { identity: [identity], proof: [proof], transaction: [] } })
})
refuses('a proof by another algorithm than the key names is refused', async () => await withToken({ cnf: { jwk: { ...writer.publicKey, alg: 'ES384' } } }))
refuses('a key without an algorithm proves nothing', async () => await withToken({ cnf: { jwk: { ...writer.publicKey, alg: undefined } } }))
refuses('a private key in the token is refused', async () => await withToken({ cnf: { jwk: { ...writer.publicKey, d: 'x' } } }))
refuses('a shared secret in the token is refused', async () => await withToken({ cnf: { jwk: { kty: 'oct', k: 'x', alg: 'HS256' } } }))
refuses('a token without a key is refused', async () => await withToken({ cnf: undefined }), 'GW_IDENTITY_PROOF_MISSING')
refuses('a token with the thumbprint of a key in place of the key is refused', async () => await withToken({ cnf: { jkt: digest('x') } }), 'GW_IDENTITY_PROOF_MISSING')
refuses('a token of another type is refused', async () => await withToken({}, { typ: 'JWT' }), 'GW_IDENTITY_INVALID')
refuses('a token without a type is refused', async () => await withToken({}, { typ: undefined }), 'GW_IDENTITY_INVALID')
refuses('a token of an issuer that vouches for people alone is refused', async () => {
  const token = await (await createWorkload(people)).identify()
  return await present({}, {}, {}, { identity: token })
}, 'GW_IDENTITY_UNTRUSTED_ISSUER')
refuses('a token without a subject is refused', async () => await withToken({ sub: undefined }), 'GW_IDENTITY_INVALID')
refuses('a subject that is no URI is refused', async () => await withToken({ sub: 'writer' }), 'GW_IDENTITY_INVALID')
refuses('a SPIFFE ID that is not in its form is refused', async () => await withToken({ sub: 'spiffe://acme.example/agents//writer' }), 'GW_IDENTITY_INVALID')
refuses('an audience that is not ours is refused where the token has one', async () => await withToken({ aud: 'other' }), 'GW_IDENTITY_INVALID')
refuses('an expired token is refused', async () => await withToken({ exp: seconds - 90 }), 'GW_IDENTITY_EXPIRED')
refuses('a token of a tenant that is not its issuer\'s is refused', async () => await withToken({ tenant: 'globex' }), 'GW_IDENTITY_TENANT')
refuses('a token of nobody is refused', async () => await withToken({ iss: 'https://other.example' }), 'GW_IDENTITY_UNTRUSTED_ISSUER')
