/** A terminating proxy in front hands the caller's certificate on (RFC 9440): from a Unix socket of one user, or under a pinned certificate. */
import t from 'tap'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { call, type Called } from '../helpers/call.ts'
import { createAuthority, type Certificate } from '../helpers/certificates.ts'
import { issuerDocument, writeConfiguration } from '../helpers/configuration.ts'
import { temporaryFolder, type Teardown } from '../helpers/folder.ts'
import { recordsOf, startHere } from '../helpers/gateway.ts'
import { createIssuer, defaultClaims } from '../helpers/issuer.ts'
import { startUpstream } from '../helpers/upstream.ts'

const folder = temporaryFolder(t)
const authority = createAuthority(join(folder, 'authority'))
const caller = authority.issue({ names: ['URI:spiffe://acme.example/batch'] })
const issuer = await createIssuer()
const upstream = await startUpstream(t)

async function start (t: Teardown, listen: unknown, more: Readonly<Record<string, unknown>> = {}): Promise<{ address: string, data: string }> {
  const own = temporaryFolder(t)
  const configuration = writeConfiguration(own, {
    issuer,
    endpoints: { main: upstream },
    stages: ([, ...others]) => [{
      any: [
        { plugin: 'identity.mtls', config: { map: [{ match: 'spiffe://acme.example/**', tenant: 'acme' }] } },
        { plugin: 'identity.jwt', config: { issuers: [{ ...issuerDocument(issuer), tenants: ['acme'], certificate: 'actor' }] } }
      ]
    }, ...others],
    extra: { listen, ...more }
  })
  return { address: (await startHere(t, configuration)).address, data: join(own, 'data') }
}

const item = ({ der }: Pick<Certificate, 'der'>): string => `:${Buffer.from(der).toString('base64')}:`
const user = process.getuid?.() ?? 0

t.test('over a Unix socket', async t => {
  const socket = join(temporaryFolder(t), 'gateway.sock')
  const { address, data } = await start(t, { unix: socket, trusted_peers: [user], client_certificate_header: 'Client-Cert' })
  const ask = async (headers: Readonly<Record<string, string | readonly string[]>>): Promise<Called> => await call({ address, headers })

  await t.test('the socket is its user\'s alone, and nothing is left beside it', async t => {
    const { mode, uid } = statSync(socket)
    t.same([mode & 0o777, uid, address], [0o600, user, socket])
    t.same(readdirSync(join(socket, '..')), ['gateway.sock'])
  })

  await t.test('the certificate in the header is the caller\'s', async t => {
    const answer = await ask({ 'client-cert': item(caller) })
    t.equal(answer.status, 200, answer.body)
    const { decision } = await recordsOf(data, String(answer.headers['sallyport-decision-id']))
    t.match(decision, { principal: { subject: 'spiffe://acme.example/batch', method: 'mtls', confirmation: `x5t#S256:${caller.thumbprint}` } })
  })

  await t.test('its chain comes in the header beside it', async t => {
    t.equal((await ask({ 'client-cert': item(caller), 'client-cert-chain': `${item(authority)}, ${item(authority)}` })).status, 200)
  })

  await t.test('it proves a token that names it, and acts for one that does not', async t => {
    const bound = await issuer.sign({ ...defaultClaims, cnf: { 'x5t#S256': caller.thumbprint } })
    t.equal((await ask({ 'client-cert': item(caller), authorization: `Bearer ${bound}` })).status, 200)
    t.equal((await ask({ authorization: `Bearer ${bound}` })).code, 'GW_IDENTITY_PROOF_MISSING')
    const acted = await ask({ 'client-cert': item(caller), authorization: `Bearer ${await issuer.sign()}` })
    t.match((await recordsOf(data, String(acted.headers['sallyport-decision-id']))).decision, { principal: { subject: 'u-17', actors: [{ issuer: 'spiffe://acme.example', id: 'spiffe://acme.example/batch' }] } })
  })

  await t.test('a caller without a certificate is one without', async t => {
    t.equal((await ask({})).code, 'GW_IDENTITY_MISSING')
    t.equal((await ask({ authorization: `Bearer ${await issuer.sign()}` })).status, 200)
  })

  const malformed: ReadonlyArray<[name: string, headers: Readonly<Record<string, string | readonly string[]>>]> = [
    ['twice', { 'client-cert': [item(caller), item(caller)] }],
    ['two in one', { 'client-cert': `${item(caller)}, ${item(caller)}` }],
    ['without its colons', { 'client-cert': Buffer.from(caller.der).toString('base64') }],
    ['with parameters', { 'client-cert': `${item(caller)};a=1` }],
    ['as PEM', { 'client-cert': caller.certificate.replaceAll('\n', ' ') }],
    ['empty', { 'client-cert': '' }],
    ['a text', { 'client-cert': '"cert"' }],
    ['that is no certificate', { 'client-cert': ':AAAA:' }],
    ['cut short', { 'client-cert': `:${Buffer.from(caller.der.slice(0, 100)).toString('base64')}:` }],
    ['a chain without a leaf', { 'client-cert-chain': item(authority) }],
    ['with a malformed chain', { 'client-cert': item(caller), 'client-cert-chain': 'x' }],
    ['expired', { 'client-cert': item(authority.issue({ days: -1 })) }],
    ['of an authority', { 'client-cert': item(authority) }]
  ]
  for (const [name, headers] of malformed) {
    await t.test(`a certificate ${name} is refused, though a token stand beside it`, async t => {
      for (const more of [{}, { authorization: `Bearer ${await issuer.sign()}` }]) t.equal((await ask({ ...headers, ...more })).status, 401)
    })
  }
})

t.test('the peers of a Unix socket are not counted one by one', async t => {
  const { address } = await start(t, { unix: join(temporaryFolder(t), 'gateway.sock'), trusted_peers: [user] }, { unidentified: { per_peer: '1/h', total: '100/s' } })
  const statuses = await Promise.all(Array.from({ length: 5 }, async () => (await call({ address })).status))
  t.same(statuses, [401, 401, 401, 401, 401])
})

t.test('a socket goes with its gateway', async t => {
  const socket = join(temporaryFolder(t), 'gateway.sock')
  await t.test('here', async t => {
    await start(t, { unix: socket, trusted_peers: [user] })
    t.ok(existsSync(socket))
  })
  t.notOk(existsSync(socket))
})

t.test('another user cannot connect', { skip: user === 0 && hasUser('nobody') ? false : 'only root can become somebody else' }, async t => {
  const socket = join(temporaryFolder(t), 'gateway.sock')
  await start(t, { unix: socket, trusted_peers: [user], client_certificate_header: 'Client-Cert' })
  t.equal(connectAs('nobody', socket), 'EACCES')
})

t.test('root hands the socket to the user of the proxy', { skip: user === 0 && hasUser('nobody') ? false : 'only root can give files away' }, async t => {
  const socket = join(temporaryFolder(t), 'gateway.sock')
  const nobody = Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }))
  await start(t, { unix: socket, trusted_peers: [nobody], client_certificate_header: 'Client-Cert' })
  t.same([statSync(socket).uid, statSync(socket).mode & 0o777], [nobody, 0o600])
})

function hasUser (name: string): boolean {
  try {
    return execFileSync('id', ['-u', name], { stdio: ['ignore', 'pipe', 'ignore'] }).length > 0
  } catch {
    return false
  }
}

/** What connecting as another user comes to: `connected`, or the error's code. */
function connectAs (name: string, socket: string): string {
  const uid = Number(execFileSync('id', ['-u', name], { encoding: 'utf8' }))
  const script = `process.setuid(${uid}); const s = require('net').connect(${JSON.stringify(socket)}); s.on('connect', () => { console.log('connected'); s.destroy() }); s.on('error', e => console.log(e.code))`
  return execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }).trim()
}

t.test('under a pinned certificate', async t => {
  const server = authority.issue({ usage: 'serverAuth', names: ['IP:127.0.0.1'] })
  const proxy = authority.issue({ subject: '/CN=proxy', names: ['URI:spiffe://acme.example/proxy'] })
  const colons = proxy.fingerprint.toUpperCase().replace(/(..)(?=.)/g, '$1:')
  const tls = { certificate: server.certificateFile, key: server.keyFile, client_authorities: authority.certificateFile, client_certificate: 'required' }
  const { address, data } = await start(t, { address: '127.0.0.1:0', tls, trusted_peers: [colons], client_certificate_header: 'Client-Cert' })
  const ask = async (certificate: Certificate, headers: Readonly<Record<string, string>> = {}): Promise<Called> => await call({ address, authority: authority.certificate, certificate, headers })

  await t.test('the proxy may hand a certificate on, and its own is nobody\'s credential', async t => {
    const answer = await ask(proxy, { 'client-cert': item(caller) })
    t.equal(answer.status, 200, answer.body)
    t.match((await recordsOf(data, String(answer.headers['sallyport-decision-id']))).decision, { principal: { subject: 'spiffe://acme.example/batch' } })
    t.equal((await ask(proxy)).code, 'GW_IDENTITY_MISSING')
  })

  await t.test('anybody else is who he is, and may hand nothing on', async t => {
    t.equal((await ask(caller)).status, 200)
    const other = authority.issue({ names: ['URI:spiffe://acme.example/other'] })
    t.equal((await ask(other, { 'client-cert': item(caller) })).code, 'GW_IDENTITY_INVALID')
    t.equal((await ask(other, { 'client-cert': item(caller), authorization: `Bearer ${await issuer.sign()}` })).code, 'GW_IDENTITY_INVALID')
  })
})

t.test('where no header is configured it means nothing', async t => {
  const { address } = await start(t, '127.0.0.1:0')
  t.equal((await call({ address, headers: { 'client-cert': item(caller) } })).code, 'GW_IDENTITY_MISSING')
  t.equal((await call({ address, headers: { 'client-cert': item(caller), authorization: `Bearer ${await issuer.sign()}` } })).status, 200)
})
