/** Roles and groups from outside: what they add, and when nothing is decided any more. */
import t, { type Test } from 'tap'
import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pino } from 'pino'
import { GatewayError } from '../../../core/errors.ts'
import type { PrincipalsConfig } from '../../../core/config/types.ts'
import type { Principal } from '../../../core/pipeline/facts.ts'
import { PrincipalsData } from '../../../core/principals/data.ts'
import { keyOf, readEntries, scimExtension, type PrincipalEntry } from '../../../core/principals/entries.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const log = pino({ level: 'silent' })
const issuer = 'https://idp.example'
const principal: Principal = { type: 'user', issuer, subject: 'u-17', tenant: 'acme', roles: ['reader'], role: null, groups: ['g1'], method: 'jwt', assurance: null, expiresMs: null, actors: [], confirmation: null }
const base: PrincipalsConfig = { source: { file: '' }, subject: 'userName', issuer: null, tenant: null, maxAgeMs: 60_000, refreshMs: 60_000 }

function entriesOf (document: unknown, changes: Partial<PrincipalsConfig> = {}): Map<string, PrincipalEntry> {
  const entries = new Map<string, PrincipalEntry>()
  readEntries(document, { ...base, ...changes }, entries)
  return entries
}

/** The data as it stands after one load, under a clock that the test moves. */
async function dataOf (load: () => ReadonlyMap<string, PrincipalEntry> | null, maxAgeMs = 1000) {
  const state = { nowMs: 0, load }
  const data = new PrincipalsData(async () => state.load(), maxAgeMs, log, () => state.nowMs)
  const closing = new AbortController().signal
  await data.refresh(closing)
  return { state, data, refresh: async () => { await data.refresh(closing) } }
}

function codeOf (work: () => unknown): string {
  try {
    work()
    return 'completed'
  } catch (thrown) {
    return thrown instanceof GatewayError ? thrown.code : String(thrown)
  }
}

const entry = { issuer, tenant: 'acme', subject: 'u-17', roles: ['writer', 'reader'], groups: ['g2'] }

t.test('an entry adds its roles and groups, and nothing else', async t => {
  const { data } = await dataOf(() => entriesOf({ principals: [entry] }))
  t.strictSame(data.complete(principal), { ...principal, roles: ['reader', 'writer'], groups: ['g1', 'g2'] })
})

t.test('tenant, issuer and subject all count', async t => {
  const { data } = await dataOf(() => entriesOf({ principals: [entry, { ...entry, tenant: null, subject: 'nobody' }] }))
  for (const other of [{ tenant: 'globex' }, { tenant: null }, { issuer: 'https://other.example' }, { subject: 'u-18' }]) t.same(data.complete({ ...principal, ...other }).roles, ['reader'], JSON.stringify(other))
  t.same(data.complete({ ...principal, tenant: null, subject: 'nobody' }).roles, ['reader', 'writer'])
})

t.test('no two subjects share a key, however their names are cut', async t => {
  t.not(keyOf('a', 'b', 'c'), keyOf('a,b', '', 'c'))
  t.not(keyOf(null, 'b', 'c'), keyOf('null', 'b', 'c'))
})

t.test('roles that the source of identity may not give are not added', async t => {
  const { data } = await dataOf(() => entriesOf({ principals: [{ ...entry, roles: ['writer', 'root'] }] }))
  t.same(data.complete({ ...principal, rolesAllowed: ['reader', 'writer'] }).roles, ['reader', 'writer'])
  t.same(data.complete({ ...principal, rolesAllowed: [] }).roles, ['reader'])
})

t.test('a subject that is closed there is refused', async t => {
  const { data } = await dataOf(() => entriesOf({ principals: [{ ...entry, active: false }] }))
  t.equal(codeOf(() => data.complete(principal)), 'GW_IDENTITY_REVOKED')
  t.equal(codeOf(() => data.complete({ ...principal, subject: 'u-18' })), 'completed')
})

t.test('data beyond its age denies everybody, those without an entry too', async t => {
  const { state, data, refresh } = await dataOf(() => entriesOf({ principals: [entry] }))
  state.load = () => { throw new Error('gone') }
  state.nowMs = 1000
  await refresh()
  t.equal(codeOf(() => data.complete(principal)), 'completed')
  state.nowMs = 1001
  t.equal(codeOf(() => data.complete(principal)), 'GW_IDENTITY_PRINCIPALS_UNAVAILABLE')
  t.equal(codeOf(() => data.complete({ ...principal, subject: 'u-18' })), 'GW_IDENTITY_PRINCIPALS_UNAVAILABLE')
  state.load = () => null
  await refresh()
  t.equal(codeOf(() => data.complete(principal)), 'completed', 'confirmed unchanged')
})

t.test('a source that never answered denies everybody', async t => {
  const { data } = await dataOf(() => { throw new Error('gone') })
  t.equal(codeOf(() => data.complete(principal)), 'GW_IDENTITY_PRINCIPALS_UNAVAILABLE')
})

t.test('SCIM users', async t => {
  const user = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], id: '2819c223', externalId: 'u-17', userName: 'kim', active: true, roles: [{ value: 'writer', primary: true }], groups: [{ value: 'e9e30dba', display: 'Ward 4' }, { value: 'plain' }] }
  const list = { schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'], totalResults: 1, Resources: [user] }
  const place = { issuer, tenant: 'acme' }
  t.same(entriesOf(list, place).get(keyOf('acme', issuer, 'kim')), { roles: ['writer'], groups: ['Ward 4', 'plain'], active: true })
  t.ok(entriesOf(list, { ...place, subject: 'externalId' }).has(keyOf('acme', issuer, 'u-17')))
  t.ok(entriesOf(list, { ...place, subject: 'id' }).has(keyOf('acme', issuer, '2819c223')))
  t.ok(entriesOf({ Resources: [{ ...user, [scimExtension]: { issuer: 'https://b.example', tenant: 'globex' } }] }, place).has(keyOf('globex', 'https://b.example', 'kim')))
  t.equal(entriesOf({ Resources: [{ ...user, active: false }] }, place).get(keyOf('acme', issuer, 'kim'))?.active, false)
})

t.test('a user is active where nothing is said of it, and never by a word that only looks like false', async t => {
  t.equal(entriesOf({ principals: [entry] }).get(keyOf('acme', issuer, 'u-17'))?.active, true)
  for (const active of ['false', 'False', 0, null, '']) t.throws(() => entriesOf({ principals: [{ ...entry, active }] }), JSON.stringify(active))
})

t.test('a SCIM list of nobody is a list', async t => {
  t.equal(entriesOf({ schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'], totalResults: 0 }).size, 0)
  t.throws(() => entriesOf({ totalResults: 1 }))
})

t.test('two entries of one subject are joined, and one that is closed closes it', async t => {
  const entries = entriesOf({ principals: [entry, { ...entry, roles: ['auditor'], active: false }] })
  t.match(entries.get(keyOf('acme', issuer, 'u-17')), { roles: ['writer', 'reader', 'auditor'], active: false })
})

t.test('a document that is not in its form adds nothing at all', async t => {
  const wrong: readonly unknown[] = [null, [], {}, { principals: {} }, { principals: ['x'] }, { principals: [{ ...entry, issuer: undefined }] }, { principals: [{ ...entry, tenant: '' }] }, { principals: [{ ...entry, subject: 7 }] }, { principals: [{ ...entry, roles: 'writer' }] }, { principals: [{ ...entry, roles: [''] }] }, { principals: [{ ...entry, roles: ['a\nb'] }] }, { principals: [{ ...entry, groups: [{}] }] }]
  for (const document of wrong) t.throws(() => entriesOf(document), JSON.stringify(document))
})

async function serve (t: Test, respond: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(respond)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/scim/v2/Users`
}

async function opened (t: Test, config: Partial<PrincipalsConfig>): Promise<PrincipalsData> {
  const closing = new AbortController()
  t.teardown(() => { closing.abort() })
  return await PrincipalsData.open({ ...base, ...config }, log, closing.signal)
}

async function until (t: Test, holds: () => boolean): Promise<void> {
  for (let waited = 0; waited < 100 && !holds(); waited++) await new Promise(resolve => setTimeout(resolve, 20))
  t.ok(holds())
}

t.test('a URL is polled with the tag that it gave, and a 304 confirms what is there', async t => {
  const asked: Array<{ tag: string | undefined, authorization: string | undefined }> = []
  let version = 1
  const url = await serve(t, (request, response) => {
    asked.push({ tag: request.headers['if-none-match'], authorization: request.headers.authorization })
    response.setHeader('etag', `"${version}"`)
    if (request.headers['if-none-match'] === `"${version}"`) response.writeHead(304).end()
    else response.end(JSON.stringify({ principals: [{ ...entry, roles: [`v${version}`] }] }))
  })
  const data = await opened(t, { source: { url, token: 'secret', authorities: null }, refreshMs: 30 })
  t.same(data.complete(principal).roles, ['reader', 'v1'])
  t.same(asked[0], { tag: undefined, authorization: 'Bearer secret' })
  await until(t, () => asked.length > 2)
  t.equal(asked[1]?.tag, '"1"')
  t.same(data.complete(principal).roles, ['reader', 'v1'])
  version = 2
  await until(t, () => data.complete(principal).roles.includes('v2'))
  t.same(data.complete(principal).roles, ['reader', 'v2'])
})

t.test('all pages of a SCIM list are read', async t => {
  const users = Array.from({ length: 5 }, (_, index) => ({ userName: `u-${index}`, roles: [{ value: 'r' }] }))
  const url = await serve(t, (request, response) => {
    const start = Number(new URL(request.url ?? '', 'http://x').searchParams.get('startIndex') ?? 1)
    response.end(JSON.stringify({ totalResults: 5, startIndex: start, Resources: users.slice(start - 1, start + 1) }))
  })
  const data = await opened(t, { source: { url, token: null, authorities: null }, issuer, tenant: 'acme' })
  for (const { userName } of users) t.same(data.complete({ ...principal, subject: userName }).roles, ['r', 'reader'])
})

t.test('a list that ends before its total, an error, a redirect, too much: none replaces what is there', async t => {
  const answers: ReadonlyArray<(response: ServerResponse) => void> = [
    response => { response.end(JSON.stringify({ totalResults: 5, Resources: [] })) },
    response => { response.writeHead(500).end(JSON.stringify({ principals: [] })) },
    response => { response.writeHead(302, { location: '/elsewhere' }).end() },
    response => { response.writeHead(304).end() },
    response => { response.end('{') },
    response => { response.end(JSON.stringify({ principals: [], padding: 'x'.repeat(17 * 1024 * 1024) })) },
    response => { response.destroy() }
  ]
  let asked = 0
  const url = await serve(t, (_request, response) => {
    const answer = answers[asked++ - 1]
    if (answer === undefined) response.end(JSON.stringify({ principals: [{ ...entry, roles: [asked === 1 ? 'first' : 'last'] }] }))
    else answer(response)
  })
  const data = await opened(t, { source: { url, token: null, authorities: null }, refreshMs: 30 })
  t.same(data.complete(principal).roles, ['first', 'reader'])
  await until(t, () => {
    const { roles } = data.complete(principal)
    return asked > answers.length + 1 && roles.includes('last')
  })
})

t.test('a file is read again', async t => {
  const file = join(temporaryFolder(t), 'principals.json')
  writeFileSync(file, JSON.stringify({ principals: [entry] }))
  const data = await opened(t, { source: { file }, refreshMs: 20 })
  t.same(data.complete(principal).roles, ['reader', 'writer'])
  writeFileSync(file, JSON.stringify({ principals: [] }))
  await until(t, () => data.complete(principal).roles.length === 1)
})
