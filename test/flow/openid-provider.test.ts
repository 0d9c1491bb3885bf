/** Tokens of an OpenID provider nobody here wrote, through the whole gateway. */
import t from 'tap'
import { join } from 'node:path'
import { call, type Called } from '../helpers/call.ts'
import { createAuthority, type Certificate } from '../helpers/certificates.ts'
import { writeConfiguration } from '../helpers/configuration.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { recordsOf, startHere } from '../helpers/gateway.ts'
import { createIssuer } from '../helpers/issuer.ts'
import { createProofClient } from '../helpers/proof.ts'
import { startProvider } from '../helpers/provider.ts'
import { startUpstream } from '../helpers/upstream.ts'

const provider = await startProvider(t)
const folder = temporaryFolder(t)
const upstream = await startUpstream(t)
const here = createAuthority(join(folder, 'here'))
const server = here.issue({ usage: 'serverAuth', names: ['IP:127.0.0.1'] })
const common = { audience: 'sallyport', dpop: 'optional', tenants: ['acme'], authorities: provider.authority.certificateFile }
process.env['TEST_CLIENT_SECRET'] = 'gateway-secret'
const { address } = await startHere(t, writeConfiguration(folder, {
  issuer: await createIssuer(),
  endpoints: { main: upstream },
  stages: ([, ...others]) => [{
    any: [
      { plugin: 'identity.jwt', config: { issuers: [{ ...common, issuer: provider.issuer, algorithms: ['ES256'] }] } },
      { plugin: 'identity.introspection', config: { ...common, issuer: provider.issuer, introspection_endpoint: provider.introspectionEndpoint, client: { id: 'gateway', secret: { env: 'TEST_CLIENT_SECRET' } }, cache: '0s' } }
    ]
  }, ...others],
  extra: {
    public_url: 'https://ai.example',
    listen: { address: '127.0.0.1:0', tls: { certificate: server.certificateFile, key: server.keyFile, client_authorities: provider.authority.certificateFile, client_certificate: 'optional' } }
  }
}))

const url = 'https://ai.example/v1/chat/completions'
const atGateway = await createProofClient({ method: 'POST', url })

/** A proof by the same key at the provider's own endpoint. */
async function proofForProvider (): Promise<string> {
  return await atGateway.prove('', { htu: provider.tokenEndpoint, ath: undefined })
}

async function ask (headers: Readonly<Record<string, string>>, certificate?: Certificate): Promise<Called> {
  return await call({ address, authority: here.certificate, headers, ...(certificate === undefined ? {} : { certificate }) })
}

async function principalOf (answer: Called): Promise<unknown> {
  t.equal(answer.status, 200, answer.body)
  return (await recordsOf(join(folder, 'data'), String(answer.headers['sallyport-decision-id']))).decision?.['principal']
}

t.test('a token of RFC 9068, its keys learned by discovery over TLS', async t => {
  t.match(await principalOf(await ask({ authorization: `Bearer ${await provider.token()}` })), { type: 'service', issuer: provider.issuer, subject: 'app', tenant: 'acme', roles: ['clinician'], method: 'jwt', confirmation: null })
})

t.test('an opaque token, introspected', async t => {
  const token = await provider.token({ format: 'opaque' })
  t.match(await principalOf(await ask({ authorization: `Bearer ${token}` })), { type: 'service', issuer: provider.issuer, subject: 'app', tenant: 'acme', roles: ['clinician'], method: 'introspection' })
})

t.test('an opaque token that its provider revoked', async t => {
  const token = await provider.token({ format: 'opaque' })
  t.equal((await ask({ authorization: `Bearer ${token}` })).status, 200)
  await provider.revoke(token)
  t.same([(await ask({ authorization: `Bearer ${token}` })).code], ['GW_IDENTITY_INVALID'])
})

for (const format of ['jwt', 'opaque'] as const) {
  t.test(`a token that the provider bound to a key (${format})`, async t => {
    const token = await provider.token({ format, proof: await proofForProvider() })
    const present = async (): Promise<Record<string, string>> => ({ authorization: `DPoP ${token}`, dpop: await atGateway.prove(token) })
    t.match(await principalOf(await ask(await present())), { confirmation: `jkt:${atGateway.thumbprint}` })
    t.equal((await ask({ authorization: `Bearer ${token}` })).code, 'GW_IDENTITY_PROOF_MISSING')
    const used = await present()
    t.equal((await ask(used)).status, 200)
    t.equal((await ask(used)).code, 'GW_IDENTITY_PROOF_INVALID')
  })

  t.test(`a token that the provider bound to a certificate (${format})`, async t => {
    const certificate = provider.authority.issue({ subject: '/CN=app' })
    const other = provider.authority.issue({ subject: '/CN=other' })
    const token = await provider.token({ format, certificate })
    const headers = { authorization: `Bearer ${token}` }
    t.match(await principalOf(await ask(headers, certificate)), { subject: 'bound', confirmation: `x5t#S256:${certificate.thumbprint}` })
    t.equal((await ask(headers)).code, 'GW_IDENTITY_PROOF_MISSING')
    t.equal((await ask(headers, other)).code, 'GW_IDENTITY_PROOF_INVALID')
  })
}

t.test('keys that the provider rotates, and an outage', async t => {
  const old = await provider.token()
  await provider.rotate()
  const fresh = await provider.token()
  t.equal((await ask({ authorization: `Bearer ${fresh}` })).status, 200, 'the new key is looked for at once')
  t.equal((await ask({ authorization: `Bearer ${old}` })).code, 'GW_IDENTITY_INVALID', 'what the old one signed counts no more')
  await provider.close()
  t.equal((await ask({ authorization: `Bearer ${fresh}` })).status, 200, 'keys are kept while the provider is gone')
  const lost = await ask({ authorization: 'Bearer opaque' })
  t.same([lost.status, lost.code], [503, 'GW_IDENTITY_ISSUER_UNAVAILABLE'])
})
