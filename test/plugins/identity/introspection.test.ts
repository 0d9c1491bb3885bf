/** Tokens that their issuer is asked about (RFC 7662), over real HTTP. */
import t, { type Test } from 'tap'
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { TLSSocket } from 'node:tls'
import { jwtVerify } from 'jose'
import { checkConfiguration } from '../../../core/config/check.ts'
import identityIntrospection from '../../../plugins/identity/introspection/index.ts'
import type { IdentityIntrospectionConfig } from '../../../plugins/identity/introspection/config.ts'
import { createAuthority } from '../../helpers/certificates.ts'
import { writeConfiguration } from '../../helpers/configuration.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { createIssuer } from '../../helpers/issuer.ts'
import { createProofClient } from '../../helpers/proof.ts'
import { openPlugin, serve, type Opened } from './parts.ts'

const issuer = 'https://idp.opaque.example'
const exp = (): number => Math.floor(Date.now() / 1000) + 300
const active = (changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({ active: true, iss: issuer, sub: 'u-17', aud: 'sallyport', exp: exp(), tenant: 'acme', roles: ['clinician'], ...changes })

interface Asked { readonly form: URLSearchParams, readonly authorization: string | undefined }

/** An endpoint that answers what the test says, by the token asked for. */
async function openEndpoint (t: Test, answer: (token: string) => unknown) {
  const server = await serve(t, null)
  const asked: Asked[] = []
  server.respond = (request, response) => { read(request, response, asked, answer).catch(() => { request.socket.destroy() }) }
  return { server, asked, url: `${server.origin}/introspect` }
}

async function read (request: IncomingMessage, response: ServerResponse, asked: Asked[], answer: (token: string) => unknown): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const form = new URLSearchParams(Buffer.concat(chunks).toString())
  asked.push({ form, authorization: request.headers.authorization })
  const body = answer(form.get('token') ?? '')
  response.setHeader('content-type', 'application/json')
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

async function open (t: Test, url: string, changes: Partial<IdentityIntrospectionConfig> = {}, files: Readonly<Record<string, unknown>> = {}): Promise<Opened> {
  const config: IdentityIntrospectionConfig = { issuer, introspection_endpoint: url, client: { id: 'gateway', secret: { file: 'secret' } }, audience: 'sallyport', ...changes }
  return await openPlugin(t, identityIntrospection, config, { files: { secret: 's3cret&more', ...files }, publicUrl: 'https://ai.example' })
}

async function ask (t: Test, answer: unknown, changes: Partial<IdentityIntrospectionConfig> = {}) {
  const { url } = await openEndpoint(t, () => answer)
  return await (await open(t, url, changes)).ask('opaque-token')
}

t.test('an active token is who its issuer says', async t => {
  t.match(await ask(t, active()), { type: 'user', issuer, subject: 'u-17', tenant: 'acme', roles: ['clinician'], method: 'introspection' })
})

t.test('the gateway proves itself by its secret, encoded as RFC 6749 asks', async t => {
  const { url, asked } = await openEndpoint(t, () => active())
  await (await open(t, url)).ask('opaque')
  t.equal(Buffer.from((asked[0]?.authorization ?? '').replace('Basic ', ''), 'base64').toString(), 'gateway:s3cret%26more')
  t.same([...asked[0]?.form.keys() ?? []], ['token', 'token_type_hint'])
  await (await open(t, url, { client: { id: 'gateway', secret: { file: 'secret' }, secret_in: 'body' } })).ask('opaque')
  t.equal(asked[1]?.authorization, undefined)
  t.match(Object.fromEntries(asked[1]?.form ?? []), { client_id: 'gateway', client_secret: 's3cret&more' })
})

t.test('or by a private key, with an assertion for each question', async t => {
  const pairs = [
    generateKeyPairSync('ec', { namedCurve: 'P-256' }), generateKeyPairSync('ec', { namedCurve: 'P-384' }), generateKeyPairSync('ed25519'), generateKeyPairSync('rsa', { modulusLength: 2048 })
  ]
  for (const { publicKey, privateKey } of pairs) {
    const { url, asked } = await openEndpoint(t, () => active())
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
    const stage = await open(t, url, { client: { id: 'gateway', private_key: { file: 'key.pem' } }, cache: '0s' }, { 'key.pem': pem })
    for (let n = 0; n < 2; n++) t.match(await stage.ask('opaque'), { subject: 'u-17' })
    const ids = await Promise.all(asked.map(async ({ form }) => {
      t.equal(form.get('client_assertion_type'), 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
      const { payload } = await jwtVerify(form.get('client_assertion') ?? '', publicKey, { issuer: 'gateway', subject: 'gateway', audience: issuer, maxTokenAge: 60 })
      return payload.jti
    }))
    t.equal(new Set(ids).size, 2)
  }
})

t.test('or by a certificate', async t => {
  const folder = temporaryFolder(t)
  const authority = createAuthority(join(folder, 'authority'))
  const { certificate, key } = authority.issue({ usage: 'serverAuth', names: ['IP:127.0.0.1'] })
  const client = authority.issue({ subject: '/CN=gateway' })
  const names: string[] = []
  const server = createServer({ cert: certificate, key, ca: authority.certificate, requestCert: true, rejectUnauthorized: true }, (request, response) => {
    names.push(request.socket instanceof TLSSocket ? String(request.socket.getPeerCertificate().subject.CN) : '')
    response.end(JSON.stringify(active()))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/introspect`
  const stage = await open(t, url, { client: { id: 'gateway', certificate: { file: client.certificateFile }, key: { file: client.keyFile } }, authorities: authority.certificateFile })
  t.match(await stage.ask('opaque'), { subject: 'u-17' })
  t.same(names, ['gateway'])
  t.equal(await (await open(t, url, { authorities: authority.certificateFile })).ask('opaque'), 'GW_IDENTITY_ISSUER_UNAVAILABLE', 'without it the endpoint answers nothing')
})

const refused: ReadonlyArray<[name: string, answer: unknown, code?: string]> = [
  ['a token that is not active', { active: false }],
  ['a token that is not active, though all else is there', active({ active: false })],
  ['a token of another audience', active({ aud: 'other' })],
  ['a token without an audience', active({ aud: undefined })],
  ['a token of another issuer', active({ iss: 'https://other.example' }), 'GW_IDENTITY_UNTRUSTED_ISSUER'],
  ['a token without an end', active({ exp: undefined })],
  ['a token that has ended', active({ exp: 1 }), 'GW_IDENTITY_EXPIRED'],
  ['a token that is not valid yet', active({ nbf: exp() + 3600 })],
  ['a token of nobody', active({ sub: undefined })],
  ['a token bound to a key', active({ cnf: { jkt: 'x'.repeat(43) } }), 'GW_IDENTITY_PROOF_MISSING'],
  ['an answer that does not say whether it is active', { sub: 'u-17' }, 'GW_IDENTITY_ISSUER_UNAVAILABLE'],
  ['"active" as a text', active({ active: 'true' }), 'GW_IDENTITY_ISSUER_UNAVAILABLE'],
  ['an answer that says it twice', '{"active":false,"active":true,"sub":"u-17"}', 'GW_IDENTITY_ISSUER_UNAVAILABLE'],
  ['an answer that is no object', '[]', 'GW_IDENTITY_ISSUER_UNAVAILABLE'],
  ['an answer that is no JSON', '<html>', 'GW_IDENTITY_ISSUER_UNAVAILABLE'],
  ['an answer of 2 MiB', active({ padding: 'x'.repeat(2 * 1024 * 1024) }), 'GW_IDENTITY_ISSUER_UNAVAILABLE']
]
for (const [name, answer, code = 'GW_IDENTITY_INVALID'] of refused) t.test(`refused: ${name}`, async t => { t.equal(await ask(t, answer), code) })

t.test('an endpoint that errs, redirects or is gone denies', async t => {
  const { server, url } = await openEndpoint(t, () => active())
  const answers = server.respond
  for (const status of [302, 400, 401, 403, 404, 429, 500, 503]) {
    server.respond = (_request, response) => { response.writeHead(status, { location: url }).end(JSON.stringify(active())) }
    t.equal(await (await open(t, url)).ask('opaque'), 'GW_IDENTITY_ISSUER_UNAVAILABLE', String(status))
  }
  server.respond = request => { request.socket.destroy() }
  t.equal(await (await open(t, url)).ask('opaque'), 'GW_IDENTITY_ISSUER_UNAVAILABLE', 'cut')
  server.respond = answers
  t.match(await (await open(t, url)).ask('opaque'), { subject: 'u-17' })
  await server.close()
  t.equal(await (await open(t, url)).ask('opaque'), 'GW_IDENTITY_ISSUER_UNAVAILABLE', 'gone')
})

t.test('an answer is remembered no longer than the ceiling and the token allow', async t => {
  const soon = Math.floor(Date.now() / 1000) + 2
  const { url, asked } = await openEndpoint(t, token => active(token === 'short' ? { exp: soon } : {}))
  const stage = await open(t, url, { clock_skew: '0s' })
  for (let n = 0; n < 3; n++) await stage.ask('long')
  t.equal(asked.length, 1)
  const uncached = await open(t, url, { cache: '0s' })
  for (let n = 0; n < 3; n++) await uncached.ask('long')
  t.equal(asked.length, 4)
  t.match(await stage.ask('short'), { subject: 'u-17' })
  await new Promise(resolve => setTimeout(resolve, soon * 1000 - Date.now() + 10))
  t.equal(await stage.ask('short'), 'GW_IDENTITY_EXPIRED')
  t.equal(asked.length, 6)
})

t.test('an answer that is remembered does not outlive an outage', async t => {
  const { server, url } = await openEndpoint(t, () => active())
  const stage = await open(t, url, { cache: '1s' })
  t.match(await stage.ask('opaque'), { subject: 'u-17' })
  await server.close()
  t.match(await stage.ask('opaque'), { subject: 'u-17' })
  await new Promise(resolve => setTimeout(resolve, 1100))
  t.equal(await stage.ask('opaque'), 'GW_IDENTITY_ISSUER_UNAVAILABLE')
})

t.test('a token that is asked for many times at once causes one question, and an inactive one no flood', async t => {
  const { url, asked } = await openEndpoint(t, token => token === 'dead' ? { active: false } : active())
  const stage = await open(t, url)
  await Promise.all(Array.from({ length: 30 }, async () => await stage.ask('opaque')))
  t.equal(asked.length, 1)
  for (let n = 0; n < 10; n++) t.equal(await stage.ask('dead'), 'GW_IDENTITY_INVALID')
  t.equal(asked.length, 2)
})

t.test('a token that is bound to a key is proven', async t => {
  const url = 'https://ai.example/v1/chat/completions'
  const client = await createProofClient({ method: 'POST', url })
  const endpoint = await openEndpoint(t, () => active({ cnf: { jkt: client.thumbprint } }))
  const stage = await open(t, endpoint.url, { dpop: 'optional' })
  t.match(await stage.ask({ authorization: ['DPoP opaque'], proofs: [await client.prove('opaque')], url }), { confirmation: `jkt:${client.thumbprint}` })
  t.equal(await stage.ask({ authorization: ['DPoP opaque'], proofs: [await client.prove('other')], url }), 'GW_IDENTITY_PROOF_INVALID')
})

t.test('a token that is too long is not sent anywhere', async t => {
  const { url, asked } = await openEndpoint(t, () => active())
  t.equal(await (await open(t, url)).ask('x'.repeat(16_385)), 'GW_IDENTITY_INVALID')
  t.equal(asked.length, 0)
})

t.test('check refuses a client with two ways to prove itself, or none, or half of one', async t => {
  const folder = temporaryFolder(t)
  const reference = { file: 'secret' }
  const check = async (client: Readonly<Record<string, unknown>>): Promise<boolean> => {
    const file = writeConfiguration(folder, {
      issuer: await createIssuer(),
      endpoints: { main: { provider: 'openai', url: 'https://model.example/v1' } },
      stages: ([, ...others]) => [{ plugin: 'identity.introspection', config: { issuer, introspection_endpoint: 'https://idp.opaque.example/introspect', client, audience: 'a' } }, ...others]
    })
    return (await checkConfiguration(file)).accepted
  }
  t.ok(await check({ id: 'g', secret: reference }))
  for (const client of [{ id: 'g' }, { id: 'g', secret: reference, private_key: reference }, { id: 'g', certificate: reference }, { id: 'g', secret: 'literal' }, { id: 'g', private_key: reference, secret_in: 'body' }]) t.notOk(await check(client), JSON.stringify(client))
})
