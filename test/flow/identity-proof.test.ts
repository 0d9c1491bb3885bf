/** Proofs of possession through the whole gateway: answers, the protected resource's document, and Redis between two instances. */
import t from 'tap'
import { join } from 'node:path'
import { writeConfiguration, issuerDocument } from '../helpers/configuration.ts'
import { temporaryFolder, type Teardown } from '../helpers/folder.ts'
import { chat, recordsOf, startHere } from '../helpers/gateway.ts'
import { createIssuer, defaultClaims } from '../helpers/issuer.ts'
import { createProofClient } from '../helpers/proof.ts'
import { startRedis } from '../helpers/redis.ts'
import { startUpstream } from '../helpers/upstream.ts'

const issuer = await createIssuer()
const upstream = await startUpstream(t)
const url = 'https://ai.example/gw/v1/chat/completions'
const client = await createProofClient({ method: 'POST', url })
const bound = await issuer.sign({ ...defaultClaims, cnf: { jkt: client.thumbprint } })

async function start (t: Teardown, changes: Readonly<Record<string, unknown>>, extra: Readonly<Record<string, unknown>> = {}) {
  const folder = temporaryFolder(t)
  const configuration = writeConfiguration(folder, {
    issuer,
    endpoints: { main: upstream },
    stages: ([, ...others]) => [{ plugin: 'identity.jwt', config: { issuers: [{ ...issuerDocument(issuer), ...changes }] } }, ...others],
    extra: { public_url: 'https://ai.example/gw', ...extra }
  })
  const gateway = await startHere(t, configuration)
  return { gateway, data: join(folder, 'data'), ask: async (headers: Readonly<Record<string, string>>) => await chat(gateway, 'hi', { headers }) }
}

t.test('a nonce is asked for, given, and then taken', async t => {
  const { ask, data } = await start(t, { dpop: 'required', dpop_nonce: true })
  const first = await ask({ authorization: `DPoP ${bound}`, dpop: await client.prove(bound) })
  t.equal(first.status, 401)
  const metadata = 'resource_metadata="https://ai.example/.well-known/oauth-protected-resource/gw"'
  t.match(first.headers.get('www-authenticate'), /^DPoP realm="sallyport", error="use_dpop_nonce", algs="ES256 [^"]+", /)
  t.ok(first.headers.get('www-authenticate')?.endsWith(metadata))
  t.match((await recordsOf(data, first.headers.get('sallyport-decision-id') ?? '')).decision, { decision: 'deny', principal: null, reasons: ['identity.nonce_required'] })
  const second = await ask({ authorization: `DPoP ${bound}`, dpop: await client.prove(bound, { nonce: first.headers.get('dpop-nonce') }) })
  t.equal(second.status, 200, await second.text())
  t.match((await recordsOf(data, second.headers.get('sallyport-decision-id') ?? '')).decision, { principal: { confirmation: `jkt:${client.thumbprint}` } })
})

t.test('the path as it was called is the one that counts, not Host', async t => {
  const { ask } = await start(t, { dpop: 'required' })
  t.equal((await ask({ authorization: `DPoP ${bound}`, dpop: await client.prove(bound, { htu: 'https://ai.example/v1/chat/completions' }) })).status, 401)
  t.equal((await ask({ authorization: `DPoP ${bound}`, dpop: await client.prove(bound, { htu: 'https://evil.example/gw/v1/chat/completions' }), 'x-forwarded-host': 'evil.example' })).status, 401)
  t.equal((await ask({ authorization: `DPoP ${bound}`, dpop: await client.prove(bound) })).status, 200)
})

t.test('the document of the resource tells who issues tokens, and is not on record', async t => {
  const { gateway } = await start(t, { dpop: 'required' })
  for (const path of ['/.well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource/gw']) {
    const answer = await fetch(gateway.address + path)
    t.equal(answer.status, 200)
    t.equal(answer.headers.get('sallyport-decision-id'), null)
    t.match(await answer.json(), {
      resource: 'https://ai.example/gw', authorization_servers: [issuer.issuer], bearer_methods_supported: ['header'], dpop_bound_access_tokens_required: true, dpop_signing_alg_values_supported: ['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'PS256', 'PS384', 'PS512', 'RS256']
    })
  }
  t.equal((await fetch(`${gateway.address}/.well-known/oauth-protected-resource/other`)).status, 404)
  t.same([(await fetch(`${gateway.address}/.well-known/oauth-protected-resource`, { method: 'POST' })).status], [405])
})

t.test('without public_url there is no such document, and no challenge names one', async t => {
  const { gateway, ask } = await start(t, {}, { public_url: undefined })
  t.equal((await fetch(`${gateway.address}/.well-known/oauth-protected-resource`)).status, 404)
  t.equal((await ask({})).headers.get('www-authenticate'), 'Bearer realm="sallyport"')
})

t.test('a proof that one instance took is used up at the other, by Redis; and nobody is let in without it', async t => {
  const redis = await startRedis(t)
  const extra = { store: { redis: { url: { env: 'TEST_REDIS_URL' } } } }
  process.env['TEST_REDIS_URL'] = redis.url
  const [a, b] = [await start(t, { dpop: 'required' }, extra), await start(t, { dpop: 'required' }, extra)]
  const present = async () => ({ authorization: `DPoP ${bound}`, dpop: await client.prove(bound) })
  const proof = await present()
  t.equal((await a.ask(proof)).status, 200)
  for (const { ask } of [b, a]) {
    const again = await ask(proof)
    t.same([again.status, (await again.json() as { error: { code: string } }).error.code], [401, 'GW_IDENTITY_PROOF_INVALID'])
  }
  t.equal((await b.ask(await present())).status, 200)
  const raced = await present()
  const statuses = await Promise.all([a, b, a, b, a, b].map(async ({ ask }) => (await ask(raced)).status))
  t.equal(statuses.filter(status => status === 200).length, 1, 'one of six at once')
  await redis.kill()
  const lost = await a.ask(await present())
  t.same([lost.status, (await lost.json() as { error: { code: string } }).error.code], [503, 'GW_IDENTITY_STORE_UNAVAILABLE'])
})
