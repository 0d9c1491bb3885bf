/** HS256 and its kin: with a secret that is one issuer's alone, or not at all. */
import t from 'tap'
import identityJwt from '../../../plugins/identity/jwt/index.ts'
import type { IssuerEntry } from '../../../plugins/identity/issuer/config.ts'
import { createIssuer } from '../../helpers/issuer.ts'
import { entryOf, faultsOf, openStage, signHmac } from './parts.ts'

const secret = 's'.repeat(32)
const issuer = 'https://legacy.example'
const entry: IssuerEntry = { issuer, audience: 'sallyport', algorithms: ['HS256'], secret: { file: 'secret' } }
const claims = { iss: issuer, aud: 'sallyport', sub: 'u-17', exp: Math.floor(Date.now() / 1000) + 300 }

t.test('a token under the shared secret is accepted', async t => {
  const stage = await openStage(t, { issuers: [entry] }, { secret: `${secret}\n` })
  t.match(await stage.ask(signHmac({ alg: 'HS256' }, claims, secret)), { subject: 'u-17', issuer })
  t.match(await stage.ask(signHmac({ alg: 'HS256', kid: 'any' }, claims, secret)), { subject: 'u-17' })
})

t.test('another secret, another algorithm and another issuer are not', async t => {
  const stage = await openStage(t, { issuers: [entry] }, { secret })
  t.equal(await stage.ask(signHmac({ alg: 'HS256' }, claims, 'x'.repeat(32))), 'GW_IDENTITY_INVALID')
  t.equal(await stage.ask(signHmac({ alg: 'HS512' }, claims, secret)), 'GW_IDENTITY_INVALID')
  t.equal(await stage.ask(signHmac({ alg: 'HS256' }, { ...claims, iss: 'https://other.example' }, secret)), 'GW_IDENTITY_UNTRUSTED_ISSUER')
})

t.test('the secret of one issuer signs for no other', async t => {
  const other = await createIssuer()
  const stage = await openStage(t, { issuers: [{ ...entry, tenant: 'a' }, entryOf(other, { tenant: 'b' })] }, { secret, 'jwks.json': other.jwks })
  t.equal(await stage.ask(signHmac({ alg: 'HS256', kid: 'test-1' }, { ...claims, iss: other.issuer }, secret)), 'GW_IDENTITY_INVALID')
  t.equal(await stage.ask(await other.sign({ ...claims, iss: issuer })), 'GW_IDENTITY_INVALID')
})

t.test('a secret that is shorter than its digest stops the start', async t => {
  await t.rejects(openStage(t, { issuers: [entry] }, { secret: 's'.repeat(31) }), /31 bytes/)
  await t.rejects(openStage(t, { issuers: [{ ...entry, algorithms: ['HS512'] }] }, { secret: 's'.repeat(63) }), /63 bytes/)
  await t.rejects(openStage(t, { issuers: [entry] }, {}), /cannot be read/)
})

t.test('check refuses HS without a secret, a secret without HS, and both kinds for one issuer', async t => {
  const { secret: _secret, ...without } = entry
  for (const wrong of [without, { ...entry, algorithms: ['ES256'] }, { ...entry, algorithms: ['HS256', 'ES256'] }]) {
    t.equal((await faultsOf(identityJwt, { issuers: [wrong] })).length, 1, JSON.stringify(wrong.algorithms))
  }
  t.same(await faultsOf(identityJwt, { issuers: [entry] }), [])
})
