/** A TLS session that is resumed brings the caller's certificate without the chain behind it: a revoked authority in it would not be seen. Nor can a connection change whose it is. */
import t from 'tap'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { createAuthority } from '../helpers/certificates.ts'
import { writeConfiguration } from '../helpers/configuration.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { startHere } from '../helpers/gateway.ts'
import { createIssuer } from '../helpers/issuer.ts'
import { startUpstream } from '../helpers/upstream.ts'

const folder = temporaryFolder(t)
const authority = createAuthority(join(folder, 'authority'))
const server = authority.issue({ usage: 'serverAuth', names: ['IP:127.0.0.1'], subject: '/CN=gateway' })
const below = authority.subordinate()
const client = below.issue({ names: ['URI:spiffe://acme.example/batch'] })

const request = 'POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'

/** The status line, and the session that the listener offers. */
async function ask (port: number, version: 'TLSv1.2' | 'TLSv1.3', session: Buffer | null): Promise<{ readonly status: string, readonly session: Buffer | null, readonly isResumed: boolean }> {
  return await new Promise((resolve, reject) => {
    let got = ''
    let offered: Buffer | null = null
    let isResumed = false
    const socket: TLSSocket = connect({
      host: '127.0.0.1', port, ca: authority.certificate, cert: client.certificate + below.certificate, key: client.key, minVersion: version, maxVersion: version, ...(session === null ? {} : { session })
    }, () => {
      isResumed = socket.isSessionReused()
      socket.write(request)
    })
    socket.on('session', made => { offered = made })
    socket.on('data', chunk => { got += chunk.toString() })
    socket.on('error', reject)
    socket.on('close', () => { resolve({ status: got.split('\r\n')[0] ?? '', session: offered, isResumed }) })
  })
}

t.test('a caller under a revoked authority', async t => {
  const upstream = await startUpstream(t)
  writeFileSync(join(folder, 'revoked'), below.fingerprint)
  const { address } = await startHere(t, writeConfiguration(folder, {
    issuer: await createIssuer(),
    endpoints: { main: upstream },
    stages: ([, ...others]) => [{ plugin: 'identity.mtls', config: { map: [{ match: '**', tenant: 'acme' }], revoked: 'revoked' } }, ...others],
    extra: { listen: { address: '127.0.0.1:0', tls: { certificate: server.certificateFile, key: server.keyFile, client_authorities: authority.certificateFile, client_certificate: 'required' } } }
  }))
  const port = Number(new URL(address).port)
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    await t.test(`is refused on a new connection and on one that would resume it (${version})`, async t => {
      const first = await ask(port, version, null)
      t.match(first.status, / 401 /)
      const second = await ask(port, version, first.session)
      t.match(second.status, / 401 /)
      t.notOk(second.isResumed)
    })
  }

  await t.test('cannot bring another certificate within the connection', async t => {
    const socket = connect({ host: '127.0.0.1', port, ca: authority.certificate, cert: client.certificate + below.certificate, key: client.key, maxVersion: 'TLSv1.2' })
    await once(socket, 'secureConnect')
    const ended = new Promise<unknown>(resolve => { socket.on('error', resolve).on('close', () => { resolve(null) }) })
    socket.renegotiate({}, () => {})
    t.match(await ended, /no renegotiation/)
  })
})
