/** API keys: issued here, kept as digests, ended by time or by hand. */
import t, { type Test } from 'tap'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import identityApiKey from '../../../plugins/identity/api-key/index.ts'
import type { IdentityApiKeyConfig } from '../../../plugins/identity/api-key/config.ts'
import type { KeyEntry } from '../../../plugins/identity/api-key/file.ts'
import { hashKey, isKeyOf, newKey, readKey } from '../../../plugins/identity/api-key/key.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { run } from '../../helpers/command.ts'
import { openPlugin, type Opened } from './parts.ts'

const key = newKey()

function entryFor (text: string, changes: Partial<KeyEntry> = {}): KeyEntry {
  return {
    id: readKey(text)?.id ?? '', hash: hashKey(text, null), subject: 'batch', tenant: 'acme', type: 'service', roles: ['writer', 'batch'], groups: ['g'], issued: '2026-01-01T00:00:00Z', expires: null, revoked: null, ...changes
  }
}

async function open (t: Test, entries: readonly unknown[], config: Partial<IdentityApiKeyConfig> = {}, files: Readonly<Record<string, unknown>> = {}): Promise<Opened> {
  return await openPlugin(t, identityApiKey, { keys: 'keys.json', ...config }, { files: { 'keys.json': { keys: entries }, ...files } })
}

const inAMinute = new Date(Date.now() + 60_000).toISOString()
const aMinuteAgo = new Date(Date.now() - 60_000).toISOString()

t.test('a key is who its entry says', async t => {
  const stage = await open(t, [entryFor(key.text, { expires: inAMinute })])
  t.strictSame(await stage.ask({ apiKeys: [key.text] }), {
    type: 'service', issuer: 'sallyport:api_key', subject: 'batch', tenant: 'acme', roles: ['batch', 'writer'], role: null, groups: ['g'], method: 'api_key', assurance: null, expiresMs: Date.parse(inAMinute), actors: [], confirmation: null, rolesAllowed: null
  })
})

t.test('a key may come as a bearer token: the branch knows it by its prefix', async t => {
  const stage = await open(t, [entryFor(key.text)])
  for (const credential of [{ authorization: [`Bearer ${key.text}`] }, { apiKeys: [key.text] }]) {
    t.equal(stage.applies(credential), true)
    t.match(await stage.ask(credential), { subject: 'batch' })
  }
  for (const credential of [{}, { authorization: ['Bearer opaque'] }, { authorization: ['Basic x'] }]) t.equal(stage.applies(credential), false)
})

t.test('a key is refused when it is', async t => {
  const cases: ReadonlyArray<[name: string, changes: Partial<KeyEntry>, code: string]> = [
    ['expired', { expires: aMinuteAgo }, 'GW_IDENTITY_EXPIRED'],
    ['revoked', { revoked: aMinuteAgo }, 'GW_IDENTITY_REVOKED'],
    ['revoked and expired', { revoked: aMinuteAgo, expires: aMinuteAgo }, 'GW_IDENTITY_REVOKED'],
    ['of another digest', { hash: hashKey(newKey().text, null) }, 'GW_IDENTITY_INVALID'],
    ['of another id', { id: '0123456789abcdef' }, 'GW_IDENTITY_INVALID']
  ]
  for (const [name, changes, code] of cases) t.equal(await (await open(t, [entryFor(key.text, changes)])).ask({ apiKeys: [key.text] }), code, name)
  t.match(await (await open(t, [entryFor(key.text, { revoked: inAMinute })])).ask({ apiKeys: [key.text] }), { subject: 'batch' }, 'a revocation to come')
})

t.test('whatever is no key of ours is refused', async t => {
  const stage = await open(t, [entryFor(key.text)])
  for (const text of ['', 'spk_', key.text.slice(0, -1), `${key.text}x`, ` ${key.text}`, key.text.toUpperCase(), key.text.replace('spk_', 'sk_'), newKey().text, key.id, entryFor(key.text).hash]) {
    t.equal(await stage.ask({ apiKeys: [text] }), 'GW_IDENTITY_INVALID', text.slice(0, 12))
  }
})

t.test('every letter of the secret counts', async t => {
  const stage = await open(t, [entryFor(key.text)])
  for (let at = 21; at < key.text.length; at++) {
    const other = key.text[at] === 'A' ? 'B' : 'A'
    t.equal(await stage.ask({ apiKeys: [key.text.slice(0, at) + other + key.text.slice(at + 1)] }), 'GW_IDENTITY_INVALID')
  }
})

t.test('another credential beside the key is a conflict', async t => {
  const stage = await open(t, [entryFor(key.text)])
  for (const beside of [{ authorization: ['Bearer x'] }, { apiKeys: [key.text, key.text] }, { certificates: [new Uint8Array(1)] }, { proofs: ['x'] }]) {
    t.equal(await stage.ask({ apiKeys: [key.text], ...beside }), 'GW_IDENTITY_CONFLICT', Object.keys(beside).join())
  }
  t.equal(await stage.ask({}), 'GW_IDENTITY_MISSING')
  t.equal(await stage.ask({ authorization: [`DPoP ${key.text}`] }), 'GW_IDENTITY_INVALID')
})

t.test('the fence holds for what the file says', async t => {
  t.match(await (await open(t, [entryFor(key.text)], { roles_allowed: ['batch'] })).ask({ apiKeys: [key.text] }), { roles: ['batch'], rolesAllowed: ['batch'] })
  t.equal(await (await open(t, [entryFor(key.text)], { tenants: ['globex'] })).ask({ apiKeys: [key.text] }), 'GW_IDENTITY_TENANT')
  t.equal(await (await open(t, [entryFor(key.text, { tenant: null })], { tenants: ['acme'] })).ask({ apiKeys: [key.text] }), 'GW_IDENTITY_TENANT')
  t.match(await (await open(t, [entryFor(key.text, { tenant: null })], { tenant: 'acme' })).ask({ apiKeys: [key.text] }), { tenant: 'acme' })
})

t.test('a pepper enters the digest', async t => {
  const peppered = entryFor(key.text, { hash: hashKey(key.text, 'pepper') })
  const files = { pepper: 'pepper\n', salt: 'salt' }
  t.match(await (await open(t, [peppered], { pepper: { file: 'pepper' } }, files)).ask({ apiKeys: [key.text] }), { subject: 'batch' })
  t.equal(await (await open(t, [peppered], { pepper: { file: 'salt' } }, files)).ask({ apiKeys: [key.text] }), 'GW_IDENTITY_INVALID')
  t.equal(await (await open(t, [peppered])).ask({ apiKeys: [key.text] }), 'GW_IDENTITY_INVALID')
})

t.test('two digests of one key differ, and both are its own', async t => {
  const [a, b] = [hashKey(key.text, null), hashKey(key.text, null)]
  t.not(a, b)
  t.ok(isKeyOf(key.text, a, null) && isKeyOf(key.text, b, null))
})

t.test('a file that is absent or not in its form lets nobody in', async t => {
  const malformed: readonly unknown[] = ['{', {}, { keys: {} }, { keys: [{}] }, { keys: [entryFor(key.text), entryFor(key.text)] }, { keys: [{ ...entryFor(key.text), admin: true }] }, { keys: [entryFor(key.text, { expires: 'soon' })] }]
  for (const file of malformed) {
    const stage = await openPlugin(t, identityApiKey, { keys: 'keys.json' }, { files: { 'keys.json': file } })
    t.equal(await stage.ask({ apiKeys: [key.text] }), 'GW_IDENTITY_KEYS_UNAVAILABLE', JSON.stringify(file).slice(0, 40))
  }
  t.equal(await (await openPlugin(t, identityApiKey, { keys: 'absent.json' })).ask({ apiKeys: [key.text] }), 'GW_IDENTITY_KEYS_UNAVAILABLE')
})

t.test('keys are issued, replaced with an overlap and revoked, and a running stage follows', async t => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'keys.json')
  const issue = async (...words: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(['keys', 'issue', '--file', file, ...words])
    t.equal(code, 0, stderr)
    return stdout.trim()
  }
  const old = await issue('--subject', 'batch', '--tenant', 'acme', '--role', 'batch', '--expires', '90d')
  const stage = await openPlugin(t, identityApiKey, { keys: file }, { folder })
  const until = async (text: string, code: string | null): Promise<void> => {
    for (let waited = 0; waited < 40; waited++) {
      const answer = await stage.ask({ apiKeys: [text] })
      if (code === null ? typeof answer === 'object' : answer === code) return
      await new Promise(resolve => setTimeout(resolve, 100))
    }
    t.fail(`still not ${code ?? 'accepted'}`)
  }
  t.match(await stage.ask({ apiKeys: [old] }), { subject: 'batch', tenant: 'acme', roles: ['batch'], type: 'service' })
  const next = await issue('--replaces', readKey(old)?.id ?? '', '--overlap', '1h')
  await until(next, null)
  t.match(await stage.ask({ apiKeys: [next] }), { subject: 'batch', tenant: 'acme', roles: ['batch'], expiresMs: null })
  const overlapping = await stage.ask({ apiKeys: [old] })
  t.ok(typeof overlapping === 'object' && Math.abs((overlapping.expiresMs ?? 0) - Date.now() - 3_600_000) < 60_000, 'the old one ends with the overlap')
  t.equal((await run(['keys', 'revoke', '--file', file, readKey(next)?.id ?? ''])).code, 0)
  await until(next, 'GW_IDENTITY_REVOKED')
  const kept = readFileSync(file, 'utf8')
  for (const text of [old, next]) t.notOk(kept.includes(text.slice(21)), 'no secret is on file')
  writeFileSync(file, '{')
  await until(old, 'GW_IDENTITY_KEYS_UNAVAILABLE')
})

t.test('a wrong command line issues nothing', async t => {
  const file = join(temporaryFolder(t), 'keys.json')
  for (const words of [[], ['--subject', 'a', '--type', 'root'], ['--subject', 'a', '--expires', 'soon'], ['--replaces', '0123456789abcdef'], ['--subject', 'a', '--replaces', '0123456789abcdef']]) {
    t.match(await run(['keys', 'issue', '--file', file, ...words]), { code: 2, stdout: '' }, words.join(' '))
  }
  t.equal((await run(['keys', 'revoke', '--file', file, '0123456789abcdef'])).code, 2)
})
