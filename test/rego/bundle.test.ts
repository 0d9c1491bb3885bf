import { createHash, generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { CompactSign } from 'jose'
import t from 'tap'
import { packageFile } from '../../core/package.ts'
import type { PolicyData } from '../../core/pipeline/plugin.ts'
import { buildPolicy } from '../../rego/build.ts'
import { loadBundle, type LoadedBundle } from '../../rego/bundle/load.ts'
import { packPolicy } from '../../rego/bundle/pack.ts'
import { BundleRefused } from '../../rego/bundle/refusal.ts'
import { signFiles, type SigningKey, type VerificationKey } from '../../rego/bundle/signature.ts'
import { unpack } from '../../rego/bundle/unpack.ts'
import { startCompiler } from '../../rego/compiler/compiler.ts'
import { openEngine } from '../../rego/engine/engine.ts'
import { readValue } from '../../rego/engine/term.ts'
import { entrypoints, libraryModules } from '../../rego/library.ts'
import type { BuiltPolicy } from '../../rego/policy.ts'
import { temporaryFolder, writeFiles } from '../helpers/folder.ts'

const gateway: PolicyData = { endpoints: { eu: { labels: {} } }, models: { assistant: { family: null, endpoints: ['eu'] } }, tenants: null, routes: {}, taxonomy: { levels: ['low', 'high'] } }

const sources = {
  'a.rego': 'package gateway.policy.a\n\npermit contains {"id": "staff", "endpoints": ["eu"]} if input.subject.tenant == data.allowed\n',
  'tenants/acme/a.rego': 'package gateway.tenant.a\n\nforbid contains {"code": "closed"} if input.subject.id == "x"\n',
  'data.json': { allowed: 'acme' },
  '.manifest': { revision: 'r1' }
}

async function built (files: Readonly<Record<string, unknown>> = sources): Promise<BuiltPolicy> {
  const dir = temporaryFolder(t)
  writeFiles(dir, files)
  const { policy } = await buildPolicy({ dir, gateway })
  if (policy === null) throw new Error('the policy does not build')
  return policy
}

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const privateText = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const publicText = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()
const signing: SigningKey = { text: privateText, algorithm: 'ES256', keyId: 'k', scope: '' }
const verifying: VerificationKey = { text: publicText, algorithm: 'ES256', scope: '' }

async function load (archive: Uint8Array, key: VerificationKey | null = null): Promise<LoadedBundle> {
  return await loadBundle(archive, { gateway, key })
}

function decide ({ policy }: LoadedBundle, tenant: string): unknown {
  const input = { request: { id: 'r', model: 'assistant', server_side: [] }, subject: { tenant }, action: { name: 'chat' }, resource: { type: 'model' }, classification: { tag: 'low', rank: 0, complete: true, labels: {}, unscanned: [] } }
  const engine = openEngine(new WebAssembly.Module(new Uint8Array(policy.wasm)), policy.dataText)
  const [{ result }] = readValue(engine.evaluate(entrypoints.decision, JSON.stringify(input))) as [{ result: { effect: string } }]
  return result.effect
}

t.test('a bundle is loaded as the policy that it was built from, by the same version', async t => {
  const policy = await built()
  const loaded = await load(await packPolicy(policy))
  t.same(loaded.policy.version, policy.version)
  t.equal(loaded.revision, 'r1')
  t.equal(loaded.policy.judges, false)
  t.same([...loaded.policy.tenants.keys()], ['acme'])
  t.equal(decide(loaded, 'acme'), 'permit')
  t.equal(decide(loaded, 'other'), 'deny')
})

t.test('the gateway\'s own data is the deployment\'s, whatever the bundle holds', async t => {
  const archive = await packPolicy(await built())
  const elsewhere = await loadBundle(archive, { gateway: { ...gateway, endpoints: {}, models: {} }, key: null })
  t.match(JSON.parse(elsewhere.policy.dataText), { gateway: { endpoints: {} } })
  t.not(elsewhere.policy.version.digest, (await load(archive)).policy.version.digest, 'and it is another version')
})

t.test('twenty builds are the same bytes, in any folder and in any order of files', async t => {
  const compiler = await startCompiler()
  t.teardown(async () => { await compiler.close() })
  const own = [['policy/a.rego', sources['a.rego']], ['policy/b.rego', 'package gateway.policy.b\n\nforbid contains {"code": "b"} if input.subject.id == "b"\n']].map(([path = '', text = '']) => ({ path, text }))
  const digests = new Set<string>()
  for (let round = 0; round < 20; round++) {
    const modules = round % 2 === 0 ? [...libraryModules(), ...own] : [...own.toReversed(), ...libraryModules().toReversed()]
    const { wasm } = await compiler.policy({ modules, entrypoints: Object.values(entrypoints), known: null })
    digests.add(createHash('sha256').update(wasm ?? '').digest('hex'))
  }
  t.equal(digests.size, 1)
  t.same(await packPolicy(await built()), await packPolicy(await built()), 'archives of two folders')
})

t.test('a signed bundle is loaded by its key alone', async t => {
  const policy = await built()
  const archive = await packPolicy(policy, signing)
  t.same((await load(archive, verifying)).policy.version, policy.version)
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' }).toString()
  await t.rejects(load(archive, { ...verifying, text: other }), { message: 'the bundle is not signed by the key that is configured' })
  await t.rejects(load(archive, { ...verifying, algorithm: 'EdDSA' }), BundleRefused, 'another algorithm')
  await t.rejects(load(archive, { text: publicText, algorithm: 'HS256', scope: '' }), BundleRefused, 'the public key as a secret')
  await t.rejects(load(archive, { ...verifying, scope: 'write' }), { message: 'the signature is for another scope' })
  await t.rejects(load(archive), { message: 'the bundle is signed, and no key to verify it by is configured' })
  await t.rejects(load(await packPolicy(policy), verifying), { message: /^the bundle is not signed/ })
  t.ok((await load(await packPolicy(policy, { ...signing, scope: 'write' }), { ...verifying, scope: 'write' })).policy)
  const ed = generateKeyPairSync('ed25519')
  const byEd = await packPolicy(policy, { text: ed.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), algorithm: 'EdDSA', keyId: 'e', scope: '' })
  t.ok(await load(byEd, { text: ed.publicKey.export({ type: 'spki', format: 'pem' }).toString(), algorithm: 'EdDSA', scope: '' }))
})

t.test('what was changed after it was signed is refused, file by file', async t => {
  const files = unpack(await packPolicy(await built(), signing))
  const changed = (change: (copy: Map<string, Uint8Array>) => void): Uint8Array => {
    const copy = new Map(files)
    change(copy)
    return archiveOf(copy)
  }
  t.ok(await load(changed(() => {}), verifying))
  for (const name of files.keys()) {
    if (name === '.signatures.json') continue
    await t.rejects(load(changed(copy => { copy.delete(name) }), verifying), BundleRefused, `${name} is missing`)
    await t.rejects(load(changed(copy => { copy.set(name, altered(name, files.get(name) ?? new Uint8Array())) }), verifying), { message: new RegExp(`${name.replaceAll('.', '\\.')} is not the file that was signed`) }, `${name} is another`)
  }
  await t.rejects(load(changed(copy => { copy.set('more.rego', Buffer.from('package more')) }), verifying), { message: 'the signature does not cover more.rego' })
  t.ok(await load(changed(copy => { copy.set('data.json', Buffer.from(JSON.stringify(JSON.parse(Buffer.from(files.get('data.json') ?? '').toString()), null, 2))) }), verifying).catch((error: unknown) => error instanceof BundleRefused && error.message.includes('digest')), 'another layout of JSON is the same to the signature, and not to our own digests')
})

t.test('signatures of other forms are refused', async t => {
  const files = new Map(unpack(await packPolicy(await built())))
  const signed = async (text: string): Promise<unknown> => await load(archiveOf(new Map([...files, ['.signatures.json', Buffer.from(text)]])), verifying)
  const one = JSON.parse(await signFiles(files, signing)) as { signatures: [string] }
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${one.signatures[0].split('.')[1] ?? ''}.`
  const md5 = await new CompactSign(Buffer.from(JSON.stringify({ files: [{ name: 'data.json', hash: '', algorithm: 'MD5' }] }))).setProtectedHeader({ alg: 'ES256' }).sign(pair.privateKey)
  const bare = await new CompactSign(Buffer.from('{}')).setProtectedHeader({ alg: 'ES256' }).sign(pair.privateKey)
  t.ok(await signed(JSON.stringify(one)))
  for (const text of ['', '{}', '[]', '{"signatures":[]}', JSON.stringify({ signatures: [none] }), JSON.stringify({ signatures: [...one.signatures, ...one.signatures] }), JSON.stringify({ signatures: [md5] }), JSON.stringify({ signatures: [bare] }), JSON.stringify({ signatures: [7] })]) {
    await t.rejects(signed(text), BundleRefused, text.slice(0, 60))
  }
})

t.test('bundles that OPA\'s own tool built and signed are loaded', async t => {
  const stock = (name: string): Buffer => readFileSync(packageFile(`test/rego/bundles/${name}`))
  const loaded = await load(stock('stock.tar.gz'))
  t.match(loaded.policy.version.version, /^r7@sha256:/)
  t.equal(loaded.policy.judges, true, 'nothing says that no rule judges answers')
  t.equal(decide(loaded, 'acme'), 'permit')
  t.equal(decide(loaded, 'other'), 'deny')
  const key: VerificationKey = { text: stock('stock-signed.pem').toString(), algorithm: 'ES256', scope: '' }
  t.equal(decide(await load(stock('stock-signed.tar.gz'), key), 'acme'), 'permit')
  await t.rejects(load(stock('stock.tar.gz'), key), BundleRefused)
})

t.test('an archive that is damaged, too large or strays out of itself is refused', async t => {
  const whole = Buffer.from(await packPolicy(await built()))
  const tar = gunzipSync(whole)
  const files = unpack(whole)
  const withFile = (name: string, content: string | Uint8Array = 'x', type = '0'): Uint8Array => gzipSync(Buffer.concat([...tarEntry(name, Buffer.from(content), type), tar]))
  const without = (name: string): Uint8Array => archiveOf(new Map([...files].filter(([file]) => file !== name)))
  const having = (name: string, content: Uint8Array | string): Uint8Array => archiveOf(new Map([...files].filter(([file]) => file !== '.manifest').concat([[name, Buffer.from(content)]])))
  const cases: Array<[name: string, archive: Uint8Array, message: RegExp]> = [
    ['nothing', new Uint8Array(), /no whole gzip/],
    ['what is no archive', Buffer.from('hello'), /no whole gzip/],
    ['a gzip that is cut off', whole.subarray(0, whole.length - 200), /no whole gzip/],
    ['a tar that is cut off in a file', gzipSync(tar.subarray(0, 700)), /cut off/],
    ['a tar without its end', gzipSync(tar.subarray(0, tar.length - 1024)), /cut off/],
    ['a tar whose header was changed', gzipSync(Buffer.concat([Buffer.from('X'), tar.subarray(1)])), /no tar archive/],
    ['text in gzip', gzipSync('x'.repeat(2000)), /no tar archive/],
    ['a bomb', gzipSync(Buffer.alloc(200 * 1024 * 1024)), /unpacks to more than/],
    ['an archive beyond the bound', Buffer.alloc(17 * 1024 * 1024), /at most/],
    ['a path above it', withFile('../outside.json'), /no path within/],
    ['a path above it, within', withFile('/a/../../outside'), /no path within/],
    ['an absolute path that goes up', withFile('//../etc/passwd'), /no path within/],
    ['a path of another system', withFile('a\\..\\b'), /no path within/],
    ['an empty path', withFile('/'), /no path within/],
    ['a symbolic link', withFile('data.json', '', '2'), /no plain file/],
    ['a hard link', withFile('data.json', '', '1'), /no plain file/],
    ['a device', withFile('null', '', '3'), /no plain file/],
    ['a long name of another form', withFile('x', 'y', 'x'), /no plain file/],
    ['a file twice', withFile('data.json', '{}'), /twice/],
    ['the same file by another name', withFile('./data.json', '{}'), /twice/],
    ['too many files', gzipSync(Buffer.concat([...Array.from({ length: 4200 }, (_, index) => tarEntry(`f${index}`, Buffer.from('')))].flat().concat([Buffer.alloc(1024)]))), /more than 4096/],
    ['no policy.wasm', without('policy.wasm'), /policy\.wasm/],
    ['a policy.wasm that is none', having('policy.wasm', 'hello'), /policy\.wasm/],
    ['a delta', having('patch.json', '{"data":[]}'), /delta/],
    ['data of 4 MB', having('more/data.json', JSON.stringify({ x: 'x'.repeat(4_000_000) })), /must be less than/],
    ['data with a key twice', having('more/data.json', '{"a":1,"a":2}'), /more\/data\.json cannot be read/],
    ['data given twice', having('allowed/data.json', '{"a":1}'), /allowed/],
    ['a manifest that is none', having('.manifest', '[]'), /\.manifest/],
    ['a manifest whose revision would not fit a header', having('.manifest', '{"revision":"a b"}'), /revision/],
    ['a file that is not what the manifest says', archiveOf(new Map([...files, ['data.json', Buffer.from('{}')]])), /digest/],
    ['a file less than the manifest says', without('schemas/input.json'), /does not hold schemas\/input\.json/]
  ]
  for (const [name, archive, message] of cases) {
    await t.rejects(load(archive), { name: 'BundleRefused', message }, name)
  }
})

t.test('a module of another kind is refused: without our entry points, or with imports of its own', async t => {
  const compiler = await startCompiler()
  t.teardown(async () => { await compiler.close() })
  const { wasm } = await compiler.build({ modules: [{ path: 'a.rego', text: 'package gateway\n\ndecision := {}\n' }], entrypoints: ['gateway/decision'] })
  const bundle = (content: Uint8Array): Uint8Array => archiveOf(new Map<string, Uint8Array>([['policy.wasm', content], ['data.json', Buffer.from('{}')]]))
  await t.rejects(load(bundle(wasm)), { message: /no entry point gateway\/judgement/ })
  await t.rejects(load(bundle(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]))), BundleRefused)
})

t.test('no archive, however it was damaged, does anything but load or be refused', async t => {
  const whole = Buffer.from(await packPolicy(await built(), signing))
  const tar = gunzipSync(whole)
  let loaded = 0
  await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.nat(tar.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }), fc.boolean(), async (changes, isTar) => {
    const bytes = Buffer.from(isTar ? tar : whole)
    for (const [at, value] of changes) bytes[at % bytes.length] = value
    const outcome = await load(isTar ? gzipSync(bytes, { level: 1 }) : bytes, verifying).then(() => 'loaded', (thrown: unknown) => thrown instanceof BundleRefused ? 'refused' : thrown)
    if (outcome === 'loaded') loaded++ // padding and times are nobody's content
    if (outcome !== 'refused' && outcome !== 'loaded') throw outcome
  }), { numRuns: 120, seed: 9 })
  t.ok(loaded < 60, `${loaded} were loaded`)
})

/** A change that changes what a file says. */
function altered (name: string, content: Uint8Array): Uint8Array {
  const text = Buffer.from(content).toString('latin1')
  return name.endsWith('.wasm') ? Buffer.from(`${text}\0`, 'latin1') : Buffer.from(text.replace(/[a-z]{4}/, 'xxxx'), 'latin1')
}

function archiveOf (files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  return gzipSync(Buffer.concat([...[...files].flatMap(([name, content]) => tarEntry(name, Buffer.from(content))), Buffer.alloc(1024)]), { level: 1 })
}

/** One entry of a ustar archive. */
function tarEntry (name: string, content: Buffer, type = '0'): Buffer[] {
  const header = Buffer.alloc(512)
  header.write(name, 0)
  header.write('0000644\x000000000\x000000000\0', 100)
  header.write(`${content.length.toString(8).padStart(11, '0')}\x0000000000000\0`, 124)
  header.write(`        ${type}`, 148)
  header.write('ustar\x0000', 257)
  header.write(`${header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `, 148)
  return [header, content, Buffer.alloc((512 - content.length % 512) % 512)]
}
