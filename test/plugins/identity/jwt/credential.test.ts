/** What stands around the token: headers, query, other credentials. */
import t from 'tap'
import { createIssuer } from '../../../helpers/issuer.ts'
import { openFor, openStage, entryOf } from '../parts.ts'

const issuer = await createIssuer()
const token = await issuer.sign()
const stage = await openFor(t, issuer)

t.test('no credential at all is GW_IDENTITY_MISSING', async t => {
  t.equal(await stage.ask({}), 'GW_IDENTITY_MISSING')
})

t.test('two Authorization headers are refused, even the same twice', async t => {
  t.equal(await stage.ask({ authorization: [`Bearer ${token}`, `Bearer ${token}`] }), 'GW_IDENTITY_CONFLICT')
  t.equal(await stage.ask({ authorization: [`Bearer ${token}`, 'Basic eDp5'] }), 'GW_IDENTITY_CONFLICT')
})

t.test('a token in the query is refused, beside a good header too', async t => {
  t.equal(await stage.ask({ tokenInQuery: true }), 'GW_IDENTITY_INVALID')
  t.equal(await stage.ask({ authorization: [`Bearer ${token}`], tokenInQuery: true }), 'GW_IDENTITY_INVALID')
})

t.test('an API key beside the token is refused', async t => {
  t.equal(await stage.ask({ authorization: [`Bearer ${token}`], apiKeys: ['k'] }), 'GW_IDENTITY_CONFLICT')
})

t.test('a client certificate beside the token is refused', async t => {
  t.equal(await stage.ask({ authorization: [`Bearer ${token}`], certificates: [new Uint8Array(1)] }), 'GW_IDENTITY_CONFLICT')
})

t.test('the scheme is read in any case', async t => {
  for (const scheme of ['Bearer', 'bearer', 'BEARER', 'bEaReR']) t.match(await stage.ask({ authorization: [`${scheme} ${token}`] }), { subject: 'u-17' }, scheme)
})

t.test('another scheme, and whatever is no single token, is refused', async t => {
  for (const value of ['', 'Bearer', 'Bearer ', `Basic ${token}`, token, `Bearer ${token} ${token}`, `Bearer ${token}, Bearer ${token}`, `Bearer\t${token}`, `Bearer "${token}"`]) {
    t.equal(await stage.ask({ authorization: [value] }), 'GW_IDENTITY_INVALID', value.slice(0, 20))
  }
})

t.test('in a choice the stage takes tokens of its own issuers and no others', async t => {
  const other = await createIssuer({ issuer: 'https://other.example' })
  t.equal(stage.applies(token), true)
  t.equal(stage.applies(await other.sign()), false)
  for (const credential of [{}, { apiKeys: ['k'] }, { authorization: ['Bearer opaque'] }, { authorization: ['Basic eDp5'] }]) t.equal(stage.applies(credential), false)
})

t.test('a choice by issuer believes nothing: a forged token of our issuer comes here to be refused', async t => {
  const forged = await issuer.sign({ sub: 'x' }, { key: (await createIssuer()).privateKey })
  t.equal(stage.applies(forged), true)
  t.equal(await stage.ask(forged), 'GW_IDENTITY_INVALID')
})

t.test('each of two issuers is verified with its own keys', async t => {
  const second = await createIssuer({ issuer: 'https://second.example', keyId: 'test-1' })
  const both = await openStage(t, {
    issuers: [entryOf(issuer, { tenant: 'acme' }), entryOf(second, { tenant: 'globex', jwks_file: 'second.json' })]
  }, { 'jwks.json': issuer.jwks, 'second.json': second.jwks })
  t.match(await both.ask(await issuer.sign({ sub: 'a', aud: 'sallyport' })), { tenant: 'acme', issuer: issuer.issuer })
  t.match(await both.ask(await second.sign({ sub: 'a', aud: 'sallyport' })), { tenant: 'globex', issuer: second.issuer })
  const crossed = await second.sign({ sub: 'a', aud: 'sallyport', iss: issuer.issuer })
  t.equal(await both.ask(crossed), 'GW_IDENTITY_INVALID')
})
