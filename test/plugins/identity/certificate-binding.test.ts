/** A certificate beside a token: its proof (RFC 8705 section 3), an actor, or a conflict. */
import t, { type Test } from 'tap'
import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import identityJwt from '../../../plugins/identity/jwt/index.ts'
import type { IdentityJwtConfig } from '../../../plugins/identity/jwt/config.ts'
import type { IssuerEntry } from '../../../plugins/identity/issuer/config.ts'
import { createAuthority } from '../../helpers/certificates.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { createIssuer, defaultClaims } from '../../helpers/issuer.ts'
import { createProofClient } from '../../helpers/proof.ts'
import { entryOf, openPlugin, type Opened } from './parts.ts'

const issuer = await createIssuer()
const folder = temporaryFolder(t)
const authority = createAuthority(join(folder, 'authority'))
const agent = authority.issue({ names: ['URI:spiffe://acme.example/agents/writer'] })
const other = authority.issue({ names: ['URI:spiffe://acme.example/agents/other'] })
const bound = await issuer.sign({ ...defaultClaims, cnf: { 'x5t#S256': agent.thumbprint } })
const free = await issuer.sign()

async function open (t: Test, changes: Partial<IssuerEntry> = {}, more: Partial<IdentityJwtConfig> = {}): Promise<Opened> {
  return await openPlugin(t, identityJwt, { issuers: [entryOf(issuer, changes)], ...more }, { files: { 'jwks.json': issuer.jwks }, folder, publicUrl: 'https://ai.example' })
}

function present (token: string, certificate: typeof agent | null) {
  return { authorization: [`Bearer ${token}`], certificates: certificate === null ? [] : [certificate.der] }
}

t.test('the certificate that a token names is its proof, and stands in the record', async t => {
  t.match(await (await open(t)).ask(present(bound, agent)), { subject: 'u-17', type: 'user', method: 'jwt', actors: [], confirmation: `x5t#S256:${agent.thumbprint}` })
})

t.test('a bound token without a certificate is refused, again and again', async t => {
  const stage = await open(t)
  t.match(await stage.ask(present(bound, agent)), { subject: 'u-17' })
  t.equal(await stage.ask(present(bound, null)), 'GW_IDENTITY_PROOF_MISSING')
})

t.test('a bound token with another certificate is refused', async t => {
  t.equal(await (await open(t)).ask(present(bound, other)), 'GW_IDENTITY_PROOF_INVALID')
  t.equal(await (await open(t, { certificate: 'actor' })).ask(present(bound, other)), 'GW_IDENTITY_PROOF_INVALID')
})

t.test('a token bound to a key and to a certificate needs both', async t => {
  const url = 'https://ai.example/v1/chat/completions'
  const client = await createProofClient({ method: 'POST', url })
  const token = await issuer.sign({ ...defaultClaims, cnf: { jkt: client.thumbprint, 'x5t#S256': agent.thumbprint } })
  const stage = await open(t, { dpop: 'optional' })
  const proven = async () => ({ authorization: [`DPoP ${token}`], proofs: [await client.prove(token)], url })
  t.match(await stage.ask({ ...await proven(), certificates: [agent.der] }), { confirmation: `jkt:${client.thumbprint} x5t#S256:${agent.thumbprint}` })
  t.equal(await stage.ask(await proven()), 'GW_IDENTITY_PROOF_MISSING')
  t.equal(await stage.ask({ ...await proven(), proofs: [], certificates: [agent.der] }), 'GW_IDENTITY_PROOF_MISSING')
})

t.test('a thumbprint in another form proves nothing', async t => {
  const stage = await open(t)
  for (const value of [agent.fingerprint, `${agent.thumbprint}=`, '', 7, null, [agent.thumbprint]]) {
    t.equal(await stage.ask(present(await issuer.sign({ ...defaultClaims, cnf: { 'x5t#S256': value } }), agent)), 'GW_IDENTITY_PROOF_MISSING', JSON.stringify(value))
  }
})

t.test('an unknown way of being bound beside a known one is refused', async t => {
  t.equal(await (await open(t)).ask(present(await issuer.sign({ ...defaultClaims, cnf: { 'x5t#S256': agent.thumbprint, kid: 'x' } }), agent)), 'GW_IDENTITY_PROOF_MISSING')
})

t.test('a certificate beside a token that does not name it is a conflict', async t => {
  t.equal(await (await open(t)).ask(present(free, agent)), 'GW_IDENTITY_CONFLICT')
})

t.test('with certificate: actor it is who acts now', async t => {
  const stage = await open(t, { certificate: 'actor' })
  t.match(await stage.ask(present(free, agent)), { subject: 'u-17', actors: [{ issuer: 'spiffe://acme.example', id: 'spiffe://acme.example/agents/writer' }] })
  t.match(await stage.ask(present(free, null)), { subject: 'u-17', actors: [] })
  const chained = await issuer.sign({ ...defaultClaims, act: { sub: 'planner' } })
  t.match(await stage.ask(present(chained, agent)), { actors: [{ id: 'spiffe://acme.example/agents/writer' }, { id: 'planner' }] })
})

t.test('whom may_act names is the only one who may, by certificate too', async t => {
  const stage = await open(t, { certificate: 'actor' })
  const may = await issuer.sign({ ...defaultClaims, may_act: { iss: 'spiffe://acme.example', sub: 'spiffe://acme.example/agents/writer' } })
  t.match(await stage.ask(present(may, agent)), { actors: { length: 1 } })
  t.equal(await stage.ask(present(may, other)), 'GW_IDENTITY_INVALID')
})

t.test('a certificate that names somebody in the chain makes a loop', async t => {
  const stage = await open(t, { certificate: 'actor' })
  const chained = await issuer.sign({ ...defaultClaims, act: { sub: 'planner', act: { iss: 'spiffe://acme.example', sub: 'spiffe://acme.example/agents/writer' } } })
  t.equal(await stage.ask(present(chained, agent)), 'GW_IDENTITY_INVALID')
})

t.test('a chain that is full takes no certificate', async t => {
  const stage = await open(t, { certificate: 'actor' })
  const full = await issuer.sign({ ...defaultClaims, act: { sub: 'a', act: { sub: 'b', act: { sub: 'c', act: { sub: 'd' } } } } })
  t.equal(await stage.ask(present(full, agent)), 'GW_IDENTITY_INVALID')
})

t.test('which certificates count is configured beside the issuers', async t => {
  const revoked = join(folder, 'revoked')
  writeFileSync(revoked, agent.fingerprint)
  t.equal(await (await open(t, { certificate: 'actor' }, { certificates: { trust_domains: ['globex.example'] } })).ask(present(free, agent)), 'GW_IDENTITY_UNTRUSTED_ISSUER')
  t.equal(await (await open(t, {}, { certificates: { revoked } })).ask(present(bound, agent)), 'GW_IDENTITY_REVOKED')
  const server = authority.issue({ usage: 'serverAuth' })
  const named = await issuer.sign({ ...defaultClaims, cnf: { 'x5t#S256': server.thumbprint } })
  t.equal(await (await open(t)).ask(present(named, server)), 'GW_IDENTITY_INVALID')
})
