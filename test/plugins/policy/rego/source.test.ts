import { generateKeyPairSync } from 'node:crypto'
import { readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import type { PolicyLoad } from '../../../../core/enforce/policy-standing.ts'
import type { SigningKey } from '../../../../rego/bundle/signature.ts'
import { writeFiles } from '../../../helpers/folder.ts'
import { bundles, numbered, numberOf, publicText, signing, until } from './numbered.ts'
import { folderWith, gateway, openStage, permitAll, rules } from './parts.ts'

t.test('a watched folder goes live when it changed, and only where its check and its tests pass', async t => {
  const loads: PolicyLoad[] = []
  const test = (number: number): string => `package gateway.policy.test_test\n\ntest_number if data.number == ${number}\n`
  const stage = await openStage(t, { 'p.rego': numbered, 'p_test.rego': test(1), 'data.json': '{"number":1}' }, { watch: true }, gateway, { loaded: async load => { loads.push(load) } })
  t.equal(await numberOf(stage), 1)
  writeFiles(stage.folder, { 'data.json': '{"number":2}', 'p_test.rego': test(2) })
  await until(async () => await numberOf(stage) === 2, 'the change')
  for (const [files, reason] of [
    [{ 'p.rego': 'package gateway.policy.test\n\npermit contains {"id": 7}\n' }, /policy_value_error/],
    [{ 'p.rego': numbered, 'data.json': '{"number":3}' }, /test_fail: test_number/],
    [{ 'data.json': '{"number":3}', 'p_test.rego': test(3), '.manifest': '{"files":["p.rego","missing.rego"]}' }, /policy_manifest_error: the folder does not hold missing\.rego/]
  ] as const) {
    const before = loads.length
    writeFiles(stage.folder, files)
    await until(() => loads.length > before, String(reason))
    t.match(loads.at(-1), { accepted: false, policy: null, replaces: /^dir@/, reason })
    t.equal(await numberOf(stage), 2, 'the last good one stays')
  }
  writeFiles(stage.folder, { 'missing.rego': 'package own\n' })
  await until(async () => await numberOf(stage) === 3, 'the file that was missing')
  t.match(loads.map(({ accepted }) => accepted), [true, true, false, false, false, true])
})

t.test('without watch a folder stays as it was loaded', async t => {
  const stage = await openStage(t, { 'p.rego': numbered, 'data.json': '{"number":1}' })
  writeFiles(stage.folder, { 'data.json': '{"number":2}' })
  await new Promise(resolve => setTimeout(resolve, 300))
  t.equal(await numberOf(stage), 1)
})

t.test('a policy that does not come to an end is refused before it is in force', async t => {
  const endless = rules(`${permitAll}
forbid contains {"code": "never"} if {
  xs := numbers.range(1, 3000)
  some a in xs
  some b in xs
  some c in xs
  a + b + c == -1
}
`)
  await t.rejects(openStage(t, { 'p.rego': endless }), /does not answer within 1000 ms/)
})

const made = bundles(t)

async function make (number: number, key: SigningKey | null = null): Promise<Uint8Array> {
  return await (await made)(number, key)
}

t.test('a bundle file goes live when it is replaced; one that is damaged, unsigned, older or was replaced does not', async t => {
  const loads: PolicyLoad[] = []
  const folder = folderWith(t, { 'key.pem': publicText })
  const file = join(folder, 'policy.tar.gz')
  writeFileSync(file, await make(2, signing))
  const config = { bundle: file, watch: true, signature: { key: { file: join(folder, 'key.pem') }, algorithm: 'ES256' } }
  const stage = await openStage(t, {}, config, gateway, { loaded: async load => { loads.push(load) } })
  t.equal(await numberOf(stage), 2)
  const third = await make(3, signing)
  writeFileSync(file, third)
  await until(async () => await numberOf(stage) === 3, 'the third')
  const refused: Array<[archive: Uint8Array, reason: RegExp]> = [
    [third.subarray(0, 5000), /no whole gzip/],
    [await make(4), /not signed/],
    [await make(4, { ...signing, text: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }), /not signed by the key/],
    [await make(1, signing), /v1 is older than v3/]
  ]
  for (const [archive, reason] of refused) {
    const before = loads.length
    writeFileSync(file, archive)
    await until(() => loads.length > before, String(reason))
    t.match(loads.at(-1), { accepted: false, replaces: /^v3@/, reason })
    t.equal(await numberOf(stage), 3)
  }
  writeFileSync(file, await make(10, signing))
  await until(async () => await numberOf(stage) === 10, 'ten is more than three')
  const before = loads.length
  writeFileSync(file, third)
  await until(() => loads.length > before, 'the third again')
  t.match(loads.at(-1), { accepted: false, reason: /v3 was in force before/ })
})

interface BundleServer { readonly url: string, readonly asked: Array<Record<string, unknown>>, serve (next: Uint8Array | number): void }

async function bundleServer (t: Parameters<typeof openStage>[0]): Promise<BundleServer> {
  let served: Uint8Array | number = 503
  let tag = 0
  const asked: Array<Record<string, unknown>> = []
  const server = createServer((request, response) => {
    asked.push(request.headers)
    if (typeof served === 'number') response.writeHead(served, { location: '/elsewhere' }).end()
    else if (request.headers['if-none-match'] === `"${tag}"`) response.writeHead(304).end()
    else response.writeHead(200, { etag: `"${tag}"` }).end(served)
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  t.teardown(async () => { await new Promise(resolve => { server.close(resolve); server.closeAllConnections() }) })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/policy.tar.gz`, asked, serve: next => { served = next; tag++ } }
}

t.test('the bundle of a URL is polled by its ETag, with the token, and kept for a start without the network', async t => {
  const server = await bundleServer(t)
  server.serve(await make(1))
  const folder = folderWith(t, { token: 'secret-token' })
  const config = { bundle: server.url, poll: '100ms', token: { file: join(folder, 'token') } }
  const stage = await openStage(t, {}, config, gateway, {}, folder)
  t.equal(await numberOf(stage), 1)
  t.match(server.asked[0], { authorization: 'Bearer secret-token' })
  await until(() => server.asked.length > 1, 'a poll')
  t.match(server.asked.at(-1), { 'if-none-match': '"1"' })
  server.serve(await make(2))
  await until(async () => await numberOf(stage) === 2, 'the second')
  for (const next of [500, 302, Buffer.alloc(17 * 1024 * 1024), Buffer.from('nothing')]) {
    const before = server.asked.length
    server.serve(next)
    await until(() => server.asked.length > before + 1, 'two polls')
    t.equal(await numberOf(stage), 2, 'the last good one stays')
  }
  await stage.close()
  server.serve(503)
  const later = await openStage(t, {}, config, gateway, {}, folder)
  t.equal(await numberOf(later), 2, 'the last good one, without the network')
  server.serve(await make(1))
  const before = server.asked.length
  await until(() => server.asked.length > before + 1, 'two polls')
  t.equal(await numberOf(later), 2, 'an older one is refused, also after a restart')
  t.equal(readdirSync(join(folder, 'policy')).length, 2)
})

t.test('a gateway starts without its bundle, denies, and is ready as soon as it comes', async t => {
  const server = await bundleServer(t)
  const stood: boolean[] = []
  const stage = await openStage(t, {}, { bundle: server.url, poll: '100ms' }, gateway, { stands: isInForce => { stood.push(isInForce) } })
  t.equal(await numberOf(stage), 'GW_POLICY_UNAVAILABLE')
  t.same(stood, [false])
  server.serve(await make(5))
  await until(async () => await numberOf(stage) === 5, 'the bundle')
  t.same(stood, [false, true])
})

t.test('a policy that cannot be put on record is not put in force', async t => {
  let recorded = 0
  const stage = await openStage(t, { 'p.rego': numbered, 'data.json': '{"number":1}' }, { watch: true }, gateway, {
    loaded: async ({ accepted }) => {
      recorded++
      if (accepted && recorded > 1) throw new Error('the audit log cannot commit')
    }
  })
  writeFiles(stage.folder, { 'data.json': '{"number":2}' })
  await until(() => recorded >= 2, 'the second load')
  await new Promise(resolve => setTimeout(resolve, 100))
  t.equal(await numberOf(stage), 1)
})
