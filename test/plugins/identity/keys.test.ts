/** Where an issuer's keys come from, how they change, and what a hostile key server can do. */
import t from 'tap'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { generateKeyPairSync, sign } from 'node:crypto'
import { GatewayError } from '../../../core/errors.ts'
import { coolDownMs, IssuerKeys, refreshMs, retryMs, staleMs } from '../../../plugins/identity/issuer/keys.ts'
import { isInside } from '../../../plugins/identity/issuer/address.ts'
import { IssuerClient } from '../../../plugins/identity/issuer/client.ts'
import type { IssuerEntry } from '../../../plugins/identity/issuer/config.ts'
import { createAuthority } from '../../helpers/certificates.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { createIssuer, defaultClaims } from '../../helpers/issuer.ts'
import { credentialOf, encode, entryOf, json, openStage, serve } from './parts.ts'

const issuer = await createIssuer()
const next = await createIssuer({ keyId: 'test-2' })
const query = { algorithm: 'ES256', keyId: 'test-1' }

/** Keys under a clock that the test moves, and a source that it changes. */
function keysOf (first: () => unknown) {
  const state = { nowMs: 0, loads: 0, load: first }
  const keys = new IssuerKeys(async () => {
    state.loads++
    return state.load() as never
  }, () => state.nowMs, () => {})
  return { state, keys }
}

const fails = (): never => { throw new Error('no keys') }

async function codeOf (work: Promise<unknown>): Promise<string> {
  return await work.then(() => 'found', (thrown: unknown) => thrown instanceof GatewayError ? thrown.code : String(thrown))
}

t.test('keys are fetched at the first need, once for all who wait', async t => {
  const { state, keys } = keysOf(() => issuer.jwks.keys)
  await Promise.all(Array.from({ length: 20 }, async () => await keys.find(query)))
  t.equal(state.loads, 1)
})

t.test('an unknown key causes one fetch a cool-down, however many ask', async t => {
  const { state, keys } = keysOf(() => issuer.jwks.keys)
  await keys.find(query)
  state.nowMs += coolDownMs
  for (let asked = 0; asked < 50; asked++) t.equal(await codeOf(keys.find({ algorithm: 'ES256', keyId: `unknown-${asked}` })), 'GW_IDENTITY_INVALID')
  t.equal(state.loads, 2)
  state.nowMs += coolDownMs
  await codeOf(keys.find({ algorithm: 'ES256', keyId: 'unknown' }))
  t.equal(state.loads, 3)
})

t.test('a rotated key is found by the first token that it signed', async t => {
  const { state, keys } = keysOf(() => issuer.jwks.keys)
  const { version } = await keys.find(query)
  state.nowMs += coolDownMs
  state.load = () => next.jwks.keys
  t.not((await keys.find({ algorithm: 'ES256', keyId: 'test-2' })).version, version)
  t.equal(await codeOf(keys.find(query)), 'GW_IDENTITY_INVALID', 'the old one is gone')
})

t.test('keys are fetched again when they grow old, beside the requests that use them', async t => {
  const { state, keys } = keysOf(() => issuer.jwks.keys)
  await keys.find(query)
  state.nowMs += refreshMs
  state.load = () => next.jwks.keys
  t.equal(await codeOf(keys.find(query)), 'found')
  await new Promise(resolve => setImmediate(resolve))
  t.equal(state.loads, 2)
  t.equal(await codeOf(keys.find({ algorithm: 'ES256', keyId: 'test-2' })), 'found')
})

t.test('while the issuer cannot be reached the keys stay, and not for ever', async t => {
  const { state, keys } = keysOf(() => issuer.jwks.keys)
  await keys.find(query)
  state.load = fails
  for (const age of [refreshMs, refreshMs * 10, staleMs - 1]) {
    state.nowMs = age
    t.equal(await codeOf(keys.find(query)), 'found', String(age))
  }
  state.nowMs = staleMs
  t.equal(keys.version(), null)
  t.equal(await codeOf(keys.find(query)), 'GW_IDENTITY_KEYS_UNAVAILABLE')
})

t.test('an issuer that never answered is asked again after a while, not by every request', async t => {
  const { state, keys } = keysOf(fails)
  for (let asked = 0; asked < 20; asked++) t.equal(await codeOf(keys.find(query)), 'GW_IDENTITY_KEYS_UNAVAILABLE')
  t.equal(state.loads, 1)
  state.nowMs += retryMs
  state.load = () => issuer.jwks.keys
  t.equal(await codeOf(keys.find(query)), 'found')
})

t.test('a key is used for what it is for', async t => {
  const [key] = issuer.jwks.keys
  for (const changes of [{ use: 'enc' }, { key_ops: ['sign'] }, { alg: 'ES384' }, { crv: 'P-384' }, { kty: 'RSA' }]) {
    const { keys } = keysOf(() => [{ ...key, ...changes }])
    t.equal(await codeOf(keys.find(query)), 'GW_IDENTITY_INVALID', JSON.stringify(changes))
  }
})

t.test('an RSA key of less than 2048 bits verifies nothing', async t => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const weak = { ...publicKey.export({ format: 'jwk' }), kid: 'weak', alg: 'RS256' }
  const stage = await openStage(t, { issuers: [entryOf(issuer, { algorithms: ['RS256'] })] }, { 'jwks.json': { keys: [weak] } })
  const input = `${encode({ alg: 'RS256', kid: 'weak' })}.${encode({ ...defaultClaims, iss: issuer.issuer, exp: Math.floor(Date.now() / 1000) + 300 })}`
  t.equal(await stage.ask(`${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`), 'GW_IDENTITY_INVALID')
})

t.test('keys at a URL', async t => {
  const server = await serve(t, issuer.jwks)
  const stage = await openStage(t, { issuers: [entryOf(issuer, { jwks_uri: server.url })] })
  t.match(await stage.ask(await issuer.sign()), { subject: 'u-17' })
  t.match(await stage.ask(await issuer.sign()), { subject: 'u-17' })
  t.same(server.asked, ['/keys'])
})

const hostile: ReadonlyArray<[name: string, document: unknown]> = [
  ['101 keys', { keys: Array.from({ length: 101 }, () => issuer.jwks.keys[0]) }],
  ['10,000 keys', { keys: Array.from({ length: 10_000 }, (_, index) => ({ kty: 'EC', kid: String(index) })) }],
  ['10 MiB', { keys: issuer.jwks.keys, padding: 'x'.repeat(10 * 1024 * 1024) }],
  ['no key set', { jwks: issuer.jwks }],
  ['a list', issuer.jwks.keys]
]

for (const [name, document] of hostile) {
  t.test(`a key server that answers ${name} gives no keys`, async t => {
    const server = await serve(t, document)
    const stage = await openStage(t, { issuers: [entryOf(issuer, { jwks_uri: server.url })] })
    t.equal(await stage.ask(await issuer.sign()), 'GW_IDENTITY_KEYS_UNAVAILABLE')
  })
}

t.test('a redirect is not followed', async t => {
  const inside = await serve(t, issuer.jwks)
  const server = await serve(t, null)
  for (const status of [301, 302, 303, 307, 308]) {
    server.respond = (_request, response) => { response.writeHead(status, { location: inside.url }).end() }
    const stage = await openStage(t, { issuers: [entryOf(issuer, { jwks_uri: server.url })] })
    t.equal(await stage.ask(await issuer.sign()), 'GW_IDENTITY_KEYS_UNAVAILABLE', String(status))
  }
  t.same(inside.asked, [])
})

t.test('an answer that is no JSON, no UTF-8 or an error gives no keys', async t => {
  const server = await serve(t, null)
  for (const respond of [
    (response: { end: (body: string | Uint8Array) => void }) => { response.end('<html>') },
    (response: { end: (body: string | Uint8Array) => void }) => { response.end(Buffer.from([0x7b, 0xff, 0x7d])) }
  ]) {
    server.respond = (_request, response) => { respond(response) }
    const stage = await openStage(t, { issuers: [entryOf(issuer, { jwks_uri: server.url })] })
    t.equal(await stage.ask(await issuer.sign()), 'GW_IDENTITY_KEYS_UNAVAILABLE')
  }
})

t.test('discovery', async t => {
  const server = await serve(t, null)
  const origin = await createIssuer({ issuer: server.origin })
  const open = async (document: unknown, changes: Partial<IssuerEntry> = {}) => {
    server.asked.length = 0
    server.respond = (request, response) => { (request.url === '/keys' ? json(origin.jwks) : json(document))(request, response) }
    return await openStage(t, { issuers: [{ issuer: origin.issuer, audience: 'sallyport', algorithms: ['ES256'], ...changes }] })
  }

  await t.test('leads to the keys', async t => {
    const stage = await open({ issuer: origin.issuer, jwks_uri: server.url })
    t.match(await stage.ask(await origin.sign()), { subject: 'u-17' })
    t.same(server.asked, ['/.well-known/openid-configuration', '/keys'])
  })

  await t.test('of another issuer counts for nothing', async t => {
    for (const other of [`${origin.issuer}/`, 'https://evil.example', undefined, [origin.issuer]]) {
      t.equal(await (await open({ issuer: other, jwks_uri: server.url })).ask(await origin.sign()), 'GW_IDENTITY_KEYS_UNAVAILABLE')
      t.same(server.asked, ['/.well-known/openid-configuration'])
    }
  })

  await t.test('leads nowhere but to the issuer\'s host and those that are named', async t => {
    const elsewhere = await serve(t, origin.jwks)
    for (const uri of [elsewhere.url, 'https://evil.example/keys', 'http://169.254.169.254/latest', 'file:///etc/passwd', '//evil.example/keys', 'keys', 7, null]) {
      t.equal(await (await open({ issuer: origin.issuer, jwks_uri: uri })).ask(await origin.sign()), 'GW_IDENTITY_KEYS_UNAVAILABLE', String(uri))
    }
    t.same(elsewhere.asked, [])
  })
})

t.test('an https issuer of a private authority', async t => {
  const folder = temporaryFolder(t)
  const authority = createAuthority(join(folder, 'authority'))
  const { certificate, key } = authority.issue({ usage: 'serverAuth', names: ['DNS:localhost'], subject: '/CN=localhost' })
  const server = createServer({ cert: certificate, key }, (_request, response) => { response.end(JSON.stringify(issuer.jwks)) })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => { server.close() })
  const uri = `https://localhost:${(server.address() as AddressInfo).port}/keys`
  t.match(await (await openStage(t, { issuers: [entryOf(issuer, { jwks_uri: uri, authorities: authority.certificateFile })] })).ask(await issuer.sign()), { subject: 'u-17' })
  t.equal(await (await openStage(t, { issuers: [entryOf(issuer, { jwks_uri: uri })] })).ask(await issuer.sign()), 'GW_IDENTITY_KEYS_UNAVAILABLE')
})

t.test('addresses inside are known in every spelling', async t => {
  for (const address of ['127.0.0.1', '10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '::1', '::', 'fe80::1', 'fd00::1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '64:ff9b::a00:1', '2002:7f00:1::', 'localhost', '']) t.ok(isInside(address), address)
  for (const address of ['1.1.1.1', '172.32.0.1', '8.8.8.8', '2606:4700::1111']) t.notOk(isInside(address), address)
})

t.test('a learned URL that leads inside is not dialled, however its host is written', async t => {
  const server = await serve(t, issuer.jwks)
  const { port } = new URL(server.origin)
  const ask = async (host: string, allowInside: boolean): Promise<number | null> => {
    const client = new IssuerClient({ allowInside, authorities: null, identity: null, connections: 1 })
    const answer = await client.ask(new URL(`http://${host}:${port}/keys`), { method: 'GET', headers: {}, signal: new AbortController().signal }).catch(() => null)
    client.close()
    return answer?.status ?? null
  }
  for (const host of ['127.0.0.1', 'localhost', '2130706433', '0x7f.1', '127.1', '[::ffff:127.0.0.1]']) t.equal(await ask(host, false), null, host)
  t.same(server.asked, [])
  t.equal(await ask('localhost', true), 200)
  t.equal(await ask('127.0.0.1', true), 200)
})

t.test('a caller who leaves is not kept waiting for an issuer; the others get the keys that were asked for', async t => {
  const server = await serve(t, null)
  let release = (): void => {}
  server.respond = (request, response) => { release = () => { json(issuer.jwks)(request, response) } }
  const { stage } = await openStage(t, { issuers: [entryOf(issuer, { jwks_uri: server.url })] })
  const credential = credentialOf(await issuer.sign())
  const leaving = new AbortController()
  const [left, stayed] = [stage.run({ credential }, leaving.signal), stage.run({ credential }, new AbortController().signal)]
  for (let waited = 0; waited < 200 && server.asked.length === 0; waited++) await new Promise(resolve => setTimeout(resolve, 20))
  leaving.abort()
  t.match(await left, { kind: 'halt' })
  t.match(await stage.run({ credential }, leaving.signal), { kind: 'halt' }, 'who has left already')
  release()
  t.match(await stayed, { kind: 'continue', facts: { principal: { subject: 'u-17' } } })
  t.same(server.asked, ['/keys'])
})
