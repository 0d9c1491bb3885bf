import { request } from 'node:http'
import t from 'tap'
import { openScene } from '../helpers/scene.ts'

/** A GET whose path leaves as it is written: fetch would resolve dot segments before. */
async function asWritten (address: string, path: string, token: string): Promise<Response> {
  const { hostname, port } = new URL(address)
  return await new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path, headers: { authorization: `Bearer ${token}` } }, answer => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => { chunks.push(chunk) }).on('error', reject)
      answer.on('end', () => { resolve(new Response(Buffer.concat(chunks), { status: answer.statusCode ?? 0, headers: Object.entries(answer.headers).map(([name, value]) => [name, String(value)] as [string, string]) })) })
    })
    asked.on('error', reject).end()
  })
}

const policy = `package gateway.policy.test

permit contains {"id": "readers", "endpoints": ["records"]} if input.action.name == "http.get"

permit contains {"id": "writers", "endpoints": ["records"]} if {
  input.action.name == "http.post"
  input.resource.family == "/api/*"
}

forbid contains {"code": "secret_found"} if {
  some label, _ in input.classification.labels
  startswith(label, "secret.")
}

redact contains {"labels": ["pii.*"], "operator": "replace"}
`

t.test('any HTTP API behind the same doors', async t => {
  const scene = await openScene(t, { script: { kind: 'json', body: { ok: true } } })
  const guarded = await openScene(t, {
    endpoints: { records: { provider: 'http', url: scene.upstream.url, forward_headers: ['x-case'] } },
    models: {},
    policy: { 'p.rego': policy },
    routes: [{ path: '/api/*', protocol: 'http', pipeline: 'default', endpoint: 'records', strip_prefix: true }]
  })
  const call = async (path: string, init: RequestInit = {}): Promise<Response> => await fetch(guarded.gateway.address + path, {
    ...init, headers: { authorization: `Bearer ${guarded.token}`, ...init.headers as Record<string, string> }
  })
  t.test('a permitted GET reaches the endpoint with path and query', async t => {
    const answer = await call('/api/items/7?full=yes', { headers: { 'x-case': 'c1', 'x-other': 'no' } })
    t.equal(answer.status, 200)
    t.same(await answer.json(), { ok: true })
    const seen = scene.upstream.requests.at(-1)
    t.equal(seen?.url, '/v1/items/7?full=yes')
    t.equal(seen?.headers['x-case'], 'c1')
    t.equal(seen?.headers['x-other'], undefined)
    const { decision } = await guarded.recorded(answer)
    t.match(decision, { decision: 'permit', reasons: ['readers'], request: { route: '/api/*', protocol: 'http', method: 'GET' } })
  })
  t.test('a body is redacted before it is sent', async t => {
    const answer = await call('/api/notes', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"note":"ask jane.roe@example.com"}' })
    t.equal(answer.status, 200)
    t.equal(scene.upstream.requests.at(-1)?.body.toString(), '{"note":"ask [EMAIL_ADDRESS]"}')
  })
  const denied: Array<[name: string, path: string, status: number, code: string]> = [
    ['a value in the query that cannot be redacted', '/api/items?mail=jane.roe@example.com', 403, 'GW_POLICY_REDACTION'],
    ['a secret in the path', '/api/AKIAQ3EGRZ7VXLPWN2DC', 403, 'GW_POLICY_DENIED'],
    ['an encoded dot segment', '/api/%2e%2e/admin', 400, 'GW_REQUEST_PATH'],
    ['an encoded slash', '/api/a%2Fb', 400, 'GW_REQUEST_PATH'],
    ['a doubly encoded value', '/api/a%252e', 400, 'GW_REQUEST_PATH'],
    ['a broken escape', '/api/a%zz', 400, 'GW_REQUEST_PATH']
  ]
  for (const [name, path, status, code] of denied) {
    await t.test(`${name}: ${code}, on record`, async t => {
      const before = scene.upstream.requests.length
      const answer = await asWritten(guarded.gateway.address, path, guarded.token)
      t.equal(answer.status, status)
      t.match(answer.headers.get('content-type'), /^application\/problem\+json/)
      t.match(await answer.json(), { code })
      t.equal(scene.upstream.requests.length, before)
      const { decision } = await guarded.recorded(answer)
      t.match(decision, { decision: 'deny' })
    })
  }
})
