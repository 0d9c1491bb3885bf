/** Client certificates on a real TLS listener, alone and beside tokens. Every certificate is OpenSSL's. */
import t from 'tap'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { call, type Called } from '../helpers/call.ts'
import { createAuthority, issueBy, selfSigned, type Certificate } from '../helpers/certificates.ts'
import { writeConfiguration, issuerDocument } from '../helpers/configuration.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { recordsOf, startHere } from '../helpers/gateway.ts'
import { createIssuer, defaultClaims } from '../helpers/issuer.ts'
import { startUpstream } from '../helpers/upstream.ts'

const folder = temporaryFolder(t)
const authority = createAuthority(join(folder, 'authority'))
const server = authority.issue({ usage: 'serverAuth', names: ['IP:127.0.0.1'], subject: '/CN=gateway' })
const batch = authority.issue({ names: ['URI:spiffe://acme.example/batch'] })
const issuer = await createIssuer()
const upstream = await startUpstream(t)
const configuration = writeConfiguration(folder, {
  issuer,
  endpoints: { main: upstream },
  stages: ([, ...others]) => [{
    any: [
      { plugin: 'identity.mtls', config: { map: [{ match: 'spiffe://acme.example/**', tenant: 'acme', roles: ['batch'] }], revoked: 'revoked' } },
      { plugin: 'identity.jwt', config: { issuers: [{ ...issuerDocument(issuer), tenants: ['acme'] }] } }
    ]
  }, ...others],
  extra: { listen: { address: '127.0.0.1:0', tls: { certificate: server.certificateFile, key: server.keyFile, client_authorities: authority.certificateFile, client_certificate: 'optional' } } }
})
const revoked = authority.issue({ names: ['URI:spiffe://acme.example/gone'] })
writeFileSync(join(folder, 'revoked'), revoked.fingerprint)
const gateway = await startHere(t, configuration)
const token = await issuer.sign()

async function ask (certificate: Certificate | null, headers: Readonly<Record<string, string>> = {}): Promise<Called> {
  return await call({ address: gateway.address, authority: authority.certificate, headers, ...(certificate === null ? {} : { certificate }) })
}

const bearer = (text: string): Record<string, string> => ({ authorization: `Bearer ${text}` })

t.test('a certificate alone is its caller\'s identity, on record', async t => {
  const answer = await ask(batch)
  t.equal(answer.status, 200, answer.body)
  const { decision } = await recordsOf(join(folder, 'data'), String(answer.headers['sallyport-decision-id']))
  t.match(decision, { principal: { type: 'service', issuer: 'spiffe://acme.example', subject: 'spiffe://acme.example/batch', tenant: 'acme', roles: ['batch'], method: 'mtls', confirmation: `x5t#S256:${batch.thumbprint}` } })
})

t.test('a token alone is its caller\'s', async t => {
  t.equal((await ask(null, bearer(token))).status, 200)
})

t.test('neither is 401 with a challenge', async t => {
  const answer = await ask(null)
  t.same([answer.status, answer.code], [401, 'GW_IDENTITY_MISSING'])
  t.match(answer.headers['www-authenticate'], /^Bearer realm/)
})

t.test('a token and a certificate that it does not name are a conflict', async t => {
  t.same([(await ask(batch, bearer(token))).code], ['GW_IDENTITY_CONFLICT'])
})

t.test('a token and the certificate that it names are one proof', async t => {
  const bound = await issuer.sign({ ...defaultClaims, cnf: { 'x5t#S256': batch.thumbprint } })
  const answer = await ask(batch, bearer(bound))
  t.equal(answer.status, 200, answer.body)
  const { decision } = await recordsOf(join(folder, 'data'), String(answer.headers['sallyport-decision-id']))
  t.match(decision, { principal: { subject: 'u-17', method: 'jwt', confirmation: `x5t#S256:${batch.thumbprint}` } })
  t.equal((await ask(null, bearer(bound))).code, 'GW_IDENTITY_PROOF_MISSING')
})

t.test('a revoked certificate is refused, as proof of a token too', async t => {
  t.equal((await ask(revoked)).code, 'GW_IDENTITY_REVOKED')
  t.equal((await ask(revoked, bearer(await issuer.sign({ ...defaultClaims, cnf: { 'x5t#S256': revoked.thumbprint } })))).code, 'GW_IDENTITY_REVOKED')
})

const constrained = authority.subordinate({ extensions: ['nameConstraints=critical,permitted;DNS:acme.example'] })
const foreign = createAuthority(join(folder, 'foreign'))

const wrong: ReadonlyArray<[name: string, certificate: Certificate]> = [
  ['self-signed', selfSigned(join(folder, 'self'), { names: ['URI:spiffe://acme.example/batch'] })],
  ['of an authority that is not trusted', foreign.issue({ names: ['URI:spiffe://acme.example/batch'] })],
  ['of an authority with the same name', createAuthority(join(folder, 'namesake')).issue({ names: ['URI:spiffe://acme.example/batch'] })],
  ['expired', authority.issue({ names: ['URI:spiffe://acme.example/batch'], days: -1 })],
  ['for servers', authority.issue({ names: ['URI:spiffe://acme.example/batch'], usage: 'serverAuth' })],
  ['issued by a client\'s certificate', issueBy(join(folder, 'forger'), batch, { names: ['URI:spiffe://acme.example/root'] })]
]

for (const [name, certificate] of wrong) {
  t.test(`a certificate ${name} is refused, a good token beside it or not`, async t => {
    for (const headers of [{}, bearer(token)]) {
      const answer = await ask(certificate, headers)
      t.same([answer.status, answer.code], [401, 'GW_IDENTITY_INVALID'])
    }
  })
}

t.test('a certificate against its authority\'s name constraints is refused', async t => {
  const outside = constrained.issue({ names: ['DNS:evil.example'] })
  const chain = { ...outside, certificate: outside.certificate + constrained.certificate }
  t.same([(await ask(chain)).code], ['GW_IDENTITY_INVALID'])
})

t.test('no certificate and no token of a caller reaches the endpoint', async t => {
  for (const { headers } of upstream.requests) for (const name of ['authorization', 'client-cert', 'x-client-cert', 'x-forwarded-client-cert']) t.equal(headers[name], undefined)
  t.ok(upstream.requests.length > 0)
})

t.test('a listener that requires a certificate lets no other connection come to a request', async t => {
  const strict = writeConfiguration(temporaryFolder(t), {
    issuer,
    endpoints: { main: upstream },
    stages: ([, ...others]) => [{ plugin: 'identity.mtls' }, ...others],
    extra: { listen: { address: '127.0.0.1:0', tls: { certificate: server.certificateFile, key: server.keyFile, client_authorities: authority.certificateFile, client_certificate: 'required' } } }
  })
  const { address } = await startHere(t, strict)
  t.equal((await call({ address, authority: authority.certificate, certificate: batch })).status, 200)
  await t.rejects(call({ address, authority: authority.certificate }))
  await t.rejects(call({ address, authority: authority.certificate, certificate: foreign.issue() }))
})
