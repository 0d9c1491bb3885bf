import t from 'tap'
import { startExample } from '../helpers/example.ts'
import { startUpstream } from '../helpers/upstream.ts'

t.test('a plain REST service behind the same doors', async (t) => {
  const service = await startUpstream(t, { kind: 'json', body: { id: 7, name: 'record seven' } })
  const example = await startExample(t, 'generic-api', { 'records-service': { url: service.url.replace(/\/v1$/, '') } })
  const reader = await example.token('kim', 'reader')
  const editor = await example.token('lee', 'editor')
  const call = async (method: string, path: string, token: string, body: unknown = null): Promise<Response> =>
    await fetch(`${example.gateway.address}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body === null ? {} : { 'content-type': 'application/json' }) },
      ...(body === null ? {} : { body: JSON.stringify(body) })
    })

  await t.test('a reader reads: the prefix is gone, path and query are as they were', async (t) => {
    const answer = await call('GET', '/api/patients/7?view=short', reader)
    t.equal(answer.status, 200)
    t.same(await answer.json(), { id: 7, name: 'record seven' })
    t.match(service.requests.at(-1), { method: 'GET', url: '/patients/7?view=short' })
    t.equal(service.requests.at(-1)?.headers['authorization'], undefined)
    const { decision, outcome } = await example.recorded(answer)
    t.match(decision, { decision: 'permit', reasons: ['readers'], endpoints: ['records-service'] })
    t.match(outcome, { endpoint: 'records-service', end: 'ok' })
  })

  await t.test('a reader may not write, and the service is not called', async (t) => {
    const before = service.requests.length
    const answer = await call('POST', '/api/patients', reader, { name: 'new' })
    t.equal(answer.status, 403)
    t.match(answer.headers.get('content-type'), /^application\/problem\+json/)
    t.match(await answer.json(), { code: 'GW_POLICY_DENIED' })
    t.equal(service.requests.length, before)
  })

  await t.test('an editor writes, byte for byte', async (t) => {
    const answer = await call('POST', '/api/patients', editor, { name: 'new' })
    t.equal(answer.status, 200)
    t.equal(service.bodies().at(-1), '{"name":"new"}')
  })

  await t.test('nobody deletes', async (t) => {
    const answer = await call('DELETE', '/api/patients/7', editor)
    t.equal(answer.status, 403)
    const { decision } = await example.recorded(answer)
    t.match(decision, { decision: 'deny', reasons: ['records_are_kept'] })
  })

  await t.test('a secret is refused in the query as in the body', async (t) => {
    const secret = ['AKIA', 'Q3RT5UVW7XYZ2ABC'].join('')
    const before = service.requests.length
    const inQuery = await call('GET', `/api/patients?name=${secret}`, reader)
    const inBody = await call('POST', '/api/patients', editor, { note: `key ${secret}` })
    t.same([inQuery.status, inBody.status], [403, 403])
    t.equal(service.requests.length, before)
  })

  t.match(await example.verified(), { code: 0, open: [], violations: [], broken: null })
})
