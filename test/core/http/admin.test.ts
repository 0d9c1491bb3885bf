import t from 'tap'
import { request as httpRequest } from 'node:http'
import { listenForAdmin, type AdminServer, type AdminSources } from '../../../core/http/admin.ts'
import type { AdminConfig } from '../../../core/config/types.ts'
import { QuestionError } from '../../../core/endpoints/question.ts'
import { Metrics } from '../../../core/http/metrics.ts'
import type { Teardown } from '../../helpers/folder.ts'

const loopback: AdminConfig = { host: '127.0.0.1', port: 0, tls: null, token: 'swordfish' }

interface Watched { readonly server: AdminServer, readonly reloads: () => number, unready: string[] }

async function listen (t: Teardown, admin: AdminConfig, reload: () => Promise<void> = async () => {}): Promise<Watched> {
  let reloads = 0
  const watched = { unready: [] as string[] }
  const sources: AdminSources = {
    metrics: async () => await new Metrics({ auditReady: () => true, auditSpace: () => 'ample', auditWitnessed: () => true, open: () => 0, storeReady: () => true, endpoints: () => ({}) }).read(),
    readiness: () => ({ unready: watched.unready, notes: ['a note'] }),
    endpoints: () => ({}),
    explain: parts => {
      if (parts['model'] !== 'known') throw new QuestionError('there is no such model')
      return { model: 'known' }
    },
    pipelines: () => ({ default: { steps: [] } }),
    reload: async () => {
      reloads++
      await reload()
    }
  }
  const server = await listenForAdmin(admin, sources)
  t.teardown(() => server.close())
  return Object.assign(watched, { server, reloads: () => reloads })
}

/** A call with any Host, which fetch would not send. */
async function call (address: string, path: string, options: { readonly method?: string, readonly headers?: Record<string, string> } = {}): Promise<{ status: number, body: string }> {
  return await new Promise((resolve, reject) => {
    const request = httpRequest(`${address}${path}`, { method: options.method ?? 'GET', headers: options.headers ?? {} }, response => {
      let body = ''
      response.on('data', chunk => { body += String(chunk) }).on('end', () => { resolve({ status: response.statusCode ?? 0, body }) })
    })
    request.on('error', reject).end()
  })
}

const token = { authorization: 'Bearer swordfish' }

t.test('liveness, readiness, metrics and proofs are readable on loopback', async t => {
  const admin = await listen(t, loopback)
  const { address } = admin.server
  t.equal((await call(address, '/healthz')).status, 200)
  t.match(await call(address, '/readyz'), { status: 200, body: /a note/ })
  t.match(await call(address, '/metrics'), { status: 200, body: /^# HELP sallyport_/m })
  t.match(await call(address, '/pipelines'), { status: 200, body: '{"default":{"steps":[]}}' })
  t.match(await call(address, '/route?model=known'), { status: 200, body: '{"model":"known"}' })
  t.match(await call(address, '/route?model=other'), { status: 400, body: /there is no such model/ })
  admin.unready.push('audit')
  t.match(await call(address, '/readyz'), { status: 503, body: /"unready":\["audit"\]/ })
  t.equal((await call(address, '/healthz')).status, 200, 'it lives all the same')
})

t.test('what changes something needs POST and the token, and takes no Origin and no foreign Host', async t => {
  const admin = await listen(t, loopback)
  const { address } = admin.server
  t.equal((await call(address, '/reload', { headers: token })).status, 404, 'GET changes nothing')
  t.equal((await call(address, '/reload', { method: 'POST' })).status, 401)
  t.equal((await call(address, '/reload', { method: 'POST', headers: { authorization: 'Bearer wrong' } })).status, 401)
  t.equal((await call(address, '/reload', { method: 'POST', headers: { ...token, origin: 'http://127.0.0.1' } })).status, 403)
  t.equal((await call(address, '/reload', { method: 'POST', headers: { ...token, host: 'attacker.example' } })).status, 403)
  t.equal(admin.reloads(), 0)
  t.equal((await call(address, '/reload', { method: 'POST', headers: token })).status, 200)
  t.equal(admin.reloads(), 1)
})

t.test('without a configured token nothing can be changed', async t => {
  const admin = await listen(t, { ...loopback, token: null })
  t.equal((await call(admin.server.address, '/reload', { method: 'POST', headers: { authorization: 'Bearer ' } })).status, 403)
  t.equal(admin.reloads(), 0)
})

t.test('beyond loopback only liveness and readiness answer without the token', async t => {
  const admin = await listen(t, { ...loopback, host: '0.0.0.0' })
  const address = admin.server.address.replace('0.0.0.0', '127.0.0.1')
  t.equal((await call(address, '/healthz')).status, 200)
  t.equal((await call(address, '/readyz')).status, 200)
  t.equal((await call(address, '/metrics')).status, 401)
  t.equal((await call(address, '/pipelines')).status, 401)
  t.equal((await call(address, '/pipelines', { headers: token })).status, 200)
})

t.test('a reload that is refused says so and answers 409', async t => {
  const admin = await listen(t, loopback, async () => { throw new Error('listen cannot change') })
  t.match(await call(admin.server.address, '/reload', { method: 'POST', headers: token }), { status: 409, body: /listen cannot change/ })
})
