/** What a refused credential says stands in no log, no record, no metric and no answer; what an accepted one says stands in its record alone. */
import t from 'tap'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { issuerDocument, writeConfiguration } from '../helpers/configuration.ts'
import { temporaryFolder, writeFiles } from '../helpers/folder.ts'
import { chat, records, startChild } from '../helpers/gateway.ts'
import { createIssuer } from '../helpers/issuer.ts'
import { createProofClient } from '../helpers/proof.ts'
import { startUpstream } from '../helpers/upstream.ts'
import { createWorkload, signTransaction } from '../helpers/workload.ts'

const canary = (name: string): string => `canary-${name}-${randomBytes(6).toString('hex')}`

t.test('no claim of a refused credential comes out', async t => {
  const said = { subject: canary('subject'), tenant: canary('tenant'), role: canary('role'), actor: canary('actor'), workload: canary('workload'), transaction: canary('transaction'), jti: canary('jti'), audience: canary('audience'), issuer: `https://${canary('issuer')}.example`, key: `spk_0123456789abcdef_${randomBytes(32).toString('base64url')}`, opaque: canary('opaque') }
  const issuer = await createIssuer()
  const upstream = await startUpstream(t)
  const folder = temporaryFolder(t)
  const log = join(folder, 'gateway.log')
  const url = 'https://ai.example/v1/chat/completions'
  const client = await createProofClient({ method: 'POST', url })
  const authority = await createIssuer({ issuer: 'https://workloads.example' })
  const service = await createIssuer({ issuer: 'https://transactions.example' })
  const writer = await createWorkload(authority, { subject: `spiffe://acme.example/${said.workload}` })
  writeFiles(folder, { 'keys.json': { keys: [] }, 'workloads.json': authority.jwks, 'transactions.json': service.jwks })
  const configuration = writeConfiguration(folder, {
    issuer,
    endpoints: { main: upstream },
    stages: ([, ...others]) => [{
      any: [
        { plugin: 'identity.jwt', config: { issuers: [{ ...issuerDocument(issuer), tenants: ['acme'], dpop: 'optional' }] } },
        { plugin: 'identity.api_key', config: { keys: 'keys.json', tenant: 'acme' } },
        {
          plugin: 'identity.agent',
          config: {
            workloads: [{ issuer: authority.issuer, algorithms: ['ES256'], jwks_file: 'workloads.json', tenants: ['acme'] }],
            transactions: [{ issuer: service.issuer, audience: 'acme.example', algorithms: ['ES256'], jwks_file: 'transactions.json', tenants: ['acme'] }]
          }
        }
      ]
    }, ...others],
    extra: { log: { level: 'trace', file: log }, public_url: 'https://ai.example' }
  })
  const gateway = await startChild(t, configuration)
  const base = { sub: said.subject, aud: 'sallyport', tenant: 'acme', roles: [said.role], jti: said.jti }
  const bound = await issuer.sign({ ...base, cnf: { jkt: client.thumbprint } })
  const identity = await writer.identify()
  const transaction = await signTransaction(service, { sub: said.subject, txn: said.transaction, tenant: said.tenant })
  const credentials: ReadonlyArray<Readonly<Record<string, string>>> = [
    { authorization: `Bearer ${await issuer.sign({ ...base, aud: said.audience })}` },
    { authorization: `Bearer ${await issuer.sign({ ...base, tenant: said.tenant })}` },
    { authorization: `Bearer ${await issuer.sign({ ...base, iss: said.issuer })}` },
    { authorization: `Bearer ${await issuer.sign({ ...base, act: { sub: said.actor, act: { sub: said.actor } } })}` },
    { authorization: `Bearer ${await issuer.sign(base, { expiresInSeconds: -500 })}` },
    { authorization: `Bearer ${await issuer.sign(base)}x` },
    { authorization: `Bearer ${bound}` },
    { authorization: `DPoP ${bound}`, dpop: await client.prove(bound, { jti: said.jti, htm: 'GET' }) },
    { authorization: `Bearer ${said.opaque}` },
    { 'x-api-key': said.key },
    { 'workload-identity-token': identity },
    { 'workload-identity-token': identity, 'workload-proof-token': await writer.prove({ identity }, { jti: said.jti, aud: said.audience }) },
    { 'workload-identity-token': identity, 'workload-proof-token': await writer.prove({ identity, transaction }), 'txn-token': transaction }
  ]
  const answers = await Promise.all(credentials.map(async headers => await chat(gateway, 'hi', { headers })))
  for (const [index, answer] of answers.entries()) t.equal(answer.status, 401, String(index))
  const bodies = await Promise.all(answers.map(async answer => await answer.text()))
  const heads = answers.map(answer => JSON.stringify([...answer.headers]))
  const metrics = await fetch(`${gateway.adminAddress}/metrics`).then(async answer => await answer.text())
  const recorded = await records(join(folder, 'data'))
  await gateway.close()
  const denials = recorded.filter(({ body }) => body.kind === 'decision')
  t.equal(denials.length, credentials.length, 'each refusal is a recorded denial')
  for (const { body } of denials) t.match(body, { decision: 'deny', principal: null })
  const places: Readonly<Record<string, string>> = { answers: bodies.join(), headers: heads.join(), metrics, records: JSON.stringify(recorded), log: readFileSync(log, 'utf8'), output: gateway.stdout() + gateway.stderr() }
  t.match(places['log'], /request refused/, 'the log was read')
  for (const [place, text] of Object.entries(places)) {
    for (const [name, value] of Object.entries(said)) t.notOk(text.includes(value), `${name} is not in ${place}`)
    for (const headers of credentials) for (const value of Object.values(headers)) t.notOk(text.includes(value.replace(/^\w+ /, '')), `no credential is in ${place}`)
  }
})
