import t from 'tap'
import { claimsFor, developmentIssuers } from '../../../core/cli/development-issuers.ts'
import type { PipelineEntry, StageEntry } from '../../../core/config/types.ts'

const path = ['pipelines', 'p', 0]
const stage = (...issuers: unknown[]): StageEntry => ({ plugin: 'identity.jwt', config: { issuers }, optional: false, path })
const pipeline = (...entries: PipelineEntry[]) => ({ name: 'p', entries, path })
const issuer = { issuer: 'https://a.example', audience: 'x', algorithms: ['ES256'], development: true }
const person = { subject: 'ada', tenant: 'acme', roles: ['r'], groups: ['g'] }

t.test('only issuers marked with development: true are found', async (t) => {
  const found = developmentIssuers([pipeline(stage(issuer, { ...issuer, issuer: 'https://b.example', development: false }, { ...issuer, issuer: 'https://c.example', development: 'true' }))])
  t.same(found.map((entry) => entry.issuer), ['https://a.example'])
})

t.test('an issuer in a choice, or in two pipelines, is found once', async (t) => {
  const found = developmentIssuers([pipeline({ any: [stage(issuer)], path }), pipeline(stage(issuer))])
  t.equal(found.length, 1)
})

t.test('a stage without issuers, or with nonsense for them, is passed over', async (t) => {
  t.same(developmentIssuers([pipeline({ ...stage(), config: {} }, stage(null, 7, 'x', [issuer]))]), [])
})

t.test('claims stand where the issuer\'s pointers look, nested and escaped', async (t) => {
  const claims = { tenant: '/https:~1~1a.example~1tenant', roles: '/realm_access/roles', groups: '/realm_access/groups' }
  const [found] = developmentIssuers([pipeline(stage({ ...issuer, claims }))])
  t.ok(found)
  if (found === undefined) return
  t.same(claimsFor(found, person), { sub: 'ada', 'https://a.example/tenant': 'acme', realm_access: { roles: ['r'], groups: ['g'] } })
})

t.test('without pointers the defaults hold, and what is not given is not claimed', async (t) => {
  const [found] = developmentIssuers([pipeline(stage(issuer))])
  t.ok(found)
  if (found === undefined) return
  t.same(claimsFor(found, person), { sub: 'ada', tenant: 'acme', roles: ['r'], groups: ['g'] })
  t.same(claimsFor(found, { ...person, tenant: null, roles: [], groups: [] }), { sub: 'ada' })
})

t.test('a claim whose pointer is null is left out', async (t) => {
  const [found] = developmentIssuers([pipeline(stage({ ...issuer, claims: { tenant: null } }))])
  t.ok(found)
  if (found !== undefined) t.notOk('tenant' in claimsFor(found, person))
})

t.test('of several audiences the first is used', async (t) => {
  t.match(developmentIssuers([pipeline(stage({ ...issuer, audience: ['one', 'two'] }))]), [{ audience: 'one' }])
})
