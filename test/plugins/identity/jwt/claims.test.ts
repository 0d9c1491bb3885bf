/** From claims to the principal. */
import t, { type Test } from 'tap'
import type { IssuerEntry } from '../../../../plugins/identity/issuer/config.ts'
import { openFor, openForge } from '../parts.ts'

const { header, claims, make, issuer } = await openForge()

async function ask (t: Test, changes: Readonly<Record<string, unknown>>, entry: Partial<IssuerEntry> = {}) {
  const stage = await openFor(t, issuer, entry)
  return await stage.ask(await make(header, claims(changes)))
}

t.test('the whole principal, from the default places', async t => {
  const exp = Number(claims()['exp'])
  t.strictSame(await ask(t, { tenant: 'acme', roles: ['nurse', 'clinician', 'nurse'], groups: 'ward-4', acr: 'aal2' }), {
    type: 'user',
    issuer: issuer.issuer,
    subject: 'u-17',
    tenant: 'acme',
    roles: ['clinician', 'nurse'],
    role: null,
    groups: ['ward-4'],
    method: 'jwt',
    assurance: 'aal2',
    expiresMs: exp * 1000,
    actors: [],
    confirmation: null,
    transaction: null,
    rolesAllowed: null
  })
})

t.test('what the claims leave out is empty', async t => {
  t.match(await ask(t, {}), { tenant: null, roles: [], groups: [], assurance: null, actors: [] })
})

t.test('claims are found by JSON pointer, escapes included', async t => {
  const pointers = { tenant: '/org/id', roles: '/https:~1~1idp.example~1roles', groups: '/a~0b/0' }
  t.match(await ask(t, { org: { id: 'acme' }, 'https://idp.example/roles': ['r'], 'a~b': ['g'] }, { claims: pointers }), { tenant: 'acme', roles: ['r'], groups: ['g'] })
})

t.test('a pointer never leaves the claims', async t => {
  t.match(await ask(t, { tenant: 'acme' }, { claims: { tenant: '/constructor/name', roles: '/__proto__', groups: '/tenant/length' } }), { tenant: null, roles: [], groups: [] })
})

t.test('a claim that is not mapped is not read', async t => {
  t.match(await ask(t, { tenant: 'acme', roles: ['r'] }, { claims: { tenant: null, roles: null } }), { tenant: null, roles: [] })
})

t.test('malformed roles, groups and tenants are refused, not passed over', async t => {
  for (const changes of [{ roles: [1] }, { roles: { admin: true } }, { roles: [''] }, { roles: [null] }, { groups: 7 }, { tenant: ['acme'] }, { tenant: '' }, { roles: Array.from({ length: 1001 }, (_, i) => `r${i}`) }]) {
    t.equal(await ask(t, changes), 'GW_IDENTITY_INVALID', JSON.stringify(changes).slice(0, 40))
  }
})

t.test('roles_allowed cuts the others', async t => {
  t.match(await ask(t, { roles: ['admin', 'clinician'] }, { roles_allowed: ['clinician', 'auditor'] }), { roles: ['clinician'] })
})

t.test('a claimed tenant outside the list is refused, and so is none', async t => {
  t.match(await ask(t, { tenant: 'acme' }, { tenants: ['acme', 'globex'] }), { tenant: 'acme' })
  t.equal(await ask(t, { tenant: 'evil' }, { tenants: ['acme', 'globex'] }), 'GW_IDENTITY_TENANT')
  t.equal(await ask(t, {}, { tenants: ['acme', 'globex'] }), 'GW_IDENTITY_TENANT')
})

t.test('beside a fixed tenant a claimed one is absent or equal', async t => {
  t.match(await ask(t, {}, { tenant: 'acme' }), { tenant: 'acme' })
  t.match(await ask(t, { tenant: 'acme' }, { tenant: 'acme' }), { tenant: 'acme' })
  t.equal(await ask(t, { tenant: 'globex' }, { tenant: 'acme' }), 'GW_IDENTITY_TENANT')
})

t.test('a client that acts for nobody but itself is a service', async t => {
  t.match(await ask(t, { sub: undefined, client_id: 'batch' }), { type: 'service', subject: 'batch' })
  t.match(await ask(t, { sub: 'batch', client_id: 'batch' }), { type: 'service', subject: 'batch' })
  t.match(await ask(t, { sub: 'u-17', client_id: 'app' }), { type: 'user', subject: 'u-17' })
})

t.test('a mapped type is taken, and an unknown one refused', async t => {
  const entry = { claims: { type: '/kind' } }
  t.match(await ask(t, { kind: 'agent' }, entry), { type: 'agent' })
  t.match(await ask(t, { kind: 'service' }, entry), { type: 'service' })
  t.match(await ask(t, {}, entry), { type: 'user' })
  t.equal(await ask(t, { kind: 'root' }, entry), 'GW_IDENTITY_INVALID')
})

t.test('the type claim means nothing where it is not mapped', async t => {
  t.match(await ask(t, { type: 'agent' }), { type: 'user' })
})

t.test('actors are listed nearest first, under their own issuer or the token\'s', async t => {
  const act = { sub: 'agent-2', iss: 'https://agents.example', act: { sub: 'agent-1', act: { client_id: 'app' } } }
  t.match(await ask(t, { act }), {
    subject: 'u-17',
    type: 'user',
    actors: [{ id: 'agent-2', issuer: 'https://agents.example' }, { id: 'agent-1', issuer: issuer.issuer }, { id: 'app', issuer: issuer.issuer }]
  })
})

t.test('four actors are accepted, five are not', async t => {
  const chain = (length: number): object => length === 1 ? { sub: 'a1' } : { sub: `a${length}`, act: chain(length - 1) }
  t.match(await ask(t, { act: chain(4) }), { actors: { length: 4 } })
  t.equal(await ask(t, { act: chain(5) }), 'GW_IDENTITY_INVALID')
})

t.test('an actor without a name, or that is no object, is refused', async t => {
  for (const act of [{}, { iss: 'https://x.example' }, 'agent', ['agent'], null, { sub: 5 }, { sub: 'a', act: 'b' }]) t.equal(await ask(t, { act }), 'GW_IDENTITY_INVALID', JSON.stringify(act))
})

t.test('the principal cannot be changed by who gets it', async t => {
  const principal = await ask(t, { roles: ['r'], act: { sub: 'a' } })
  t.ok(typeof principal === 'object' && Object.isFrozen(principal) && Object.isFrozen(principal.roles) && Object.isFrozen(principal.actors) && Object.isFrozen(principal.actors[0]))
})
