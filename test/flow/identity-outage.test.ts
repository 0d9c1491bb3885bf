/** What is needed to know who asks cannot be had: nobody is let in, each refusal is on record, and service comes back by itself. */
import t from 'tap'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { issuerDocument, writeConfiguration } from '../helpers/configuration.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { chat, records, recordsOf, startHere } from '../helpers/gateway.ts'
import { createIssuer } from '../helpers/issuer.ts'
import { startUpstream } from '../helpers/upstream.ts'

const issuer = await createIssuer()
const token = await issuer.sign()

/** A port at which nobody listens. */
async function freePort (): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}

t.test('an issuer whose keys cannot be had', async t => {
  const folder = temporaryFolder(t)
  const upstream = await startUpstream(t)
  const port = await freePort()
  const { jwks_file: _file, ...entry } = issuerDocument(issuer)
  const gateway = await startHere(t, writeConfiguration(folder, {
    issuer,
    endpoints: { main: upstream },
    stages: ([, ...others]) => [{ plugin: 'identity.jwt', config: { issuers: [{ ...entry, jwks_uri: `http://127.0.0.1:${port}/keys` }] } }, ...others],
    extra: { unidentified: { per_peer: '2/h', total: '2/h' } }
  }))
  const data = join(folder, 'data')

  await t.test('does not stop the start; its callers get 503, and a denial without a principal on record', async t => {
    for (let n = 0; n < 2; n++) {
      const answer = await chat(gateway, 'hi', { token })
      t.equal(answer.status, 503)
      t.match(await answer.json(), { error: { code: 'GW_IDENTITY_KEYS_UNAVAILABLE' } })
      t.equal(answer.headers.get('www-authenticate'), null)
      const { decision } = await recordsOf(data, String(answer.headers.get('sallyport-decision-id')))
      t.match(decision, { decision: 'deny', reasons: ['identity.keys_unavailable'], principal: null, received: null })
    }
  })

  await t.test('stays 503 beyond the rate of strangers, counted and not recorded', async t => {
    const before = (await records(data)).filter(({ body }) => body.kind === 'decision').length
    const answer = await chat(gateway, 'hi', { token })
    t.same([answer.status, answer.headers.get('sallyport-decision-id')], [503, null])
    t.equal((await records(data)).filter(({ body }) => body.kind === 'decision').length, before)
  })

  await t.test('is asked again, and its callers are served', async t => {
    const server = createServer((_request, response) => { response.end(JSON.stringify(issuer.jwks)) })
    await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
    t.teardown(() => { server.close() })
    let status = 0
    for (let waited = 0; waited < 100 && status !== 200; waited++) {
      await new Promise(resolve => setTimeout(resolve, 100))
      status = (await chat(gateway, 'hi', { token })).status
    }
    t.equal(status, 200)
  })
  t.equal(upstream.requests.length, 1)
})

t.test('principals data that cannot be had denies those who are known, with the full principal on record', async t => {
  const folder = temporaryFolder(t)
  const upstream = await startUpstream(t)
  const file = join(folder, 'principals.json')
  const gateway = await startHere(t, writeConfiguration(folder, { issuer, endpoints: { main: upstream }, extra: { principals: { file, max_age: '1h', refresh: '1s' } } }))
  const refused = await chat(gateway, 'hi', { token })
  t.equal(refused.status, 503)
  t.match(await refused.json(), { error: { code: 'GW_IDENTITY_PRINCIPALS_UNAVAILABLE' } })
  t.match((await recordsOf(join(folder, 'data'), String(refused.headers.get('sallyport-decision-id')))).decision, { decision: 'deny', reasons: ['identity.principals_unavailable'], principal: { subject: 'u-17', tenant: 'acme' } })
  writeFileSync(file, JSON.stringify({ principals: [{ issuer: issuer.issuer, tenant: 'acme', subject: 'u-17', roles: ['auditor'] }] }))
  let answer = refused
  for (let waited = 0; waited < 100 && answer.status !== 200; waited++) {
    await new Promise(resolve => setTimeout(resolve, 100))
    answer = await chat(gateway, 'hi', { token })
  }
  t.match((await recordsOf(join(folder, 'data'), String(answer.headers.get('sallyport-decision-id')))).decision, { principal: { subject: 'u-17', roles: ['auditor', 'clinician'] } })
})
