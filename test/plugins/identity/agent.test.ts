/** Agents: who asks for whom, through whom (RFC 8693). */
import fc from 'fast-check'
import t, { type Test } from 'tap'
import identityAgent from '../../../plugins/identity/agent/index.ts'
import type { AgentIssuerEntry, IdentityAgentConfig } from '../../../plugins/identity/agent/config.ts'
import { createIssuer } from '../../helpers/issuer.ts'
import { entryOf, openPlugin, type Opened } from './parts.ts'

const issuer = await createIssuer()

async function open (t: Test, changes: Partial<AgentIssuerEntry> = {}, more: Partial<IdentityAgentConfig> = {}): Promise<Opened> {
  return await openPlugin(t, identityAgent, { issuers: [{ ...entryOf(issuer), ...changes }], ...more }, { files: { 'jwks.json': issuer.jwks } })
}

async function token (claims: Readonly<Record<string, unknown>>): Promise<string> {
  return await issuer.sign({ sub: 'u-17', aud: 'sallyport', ...claims })
}

type Act = { sub: string, iss?: string, act?: Act }

/** The nearest first. */
function chain (names: readonly string[]): { act?: Act } {
  return names.reduceRight<{ act?: Act }>((inner, sub) => ({ act: { sub, ...inner } }), {})
}

t.test('the principal is an agent, and subject and actors stay apart', async t => {
  t.match(await (await open(t)).ask(await token({ tenant: 'acme', roles: ['analyst'], act: { sub: 'writer', act: { sub: 'planner', iss: 'https://agents.example' } } })), {
    type: 'agent', method: 'agent', subject: 'u-17', tenant: 'acme', roles: ['analyst'], actors: [{ issuer: issuer.issuer, id: 'writer' }, { issuer: 'https://agents.example', id: 'planner' }]
  })
})

t.test('an agent that asks for itself is an agent too', async t => {
  t.match(await (await open(t)).ask(await token({ sub: 'crawler', client_id: 'crawler' })), { type: 'agent', subject: 'crawler', actors: [] })
})

t.test('the chain is as long as is configured, and no longer', async t => {
  for (const most of [0, 1, 4, 16]) {
    const stage = await open(t, {}, { max_actors: most })
    const names = Array.from({ length: most + 1 }, (_, index) => `a${index}`)
    t.match(await stage.ask(await token(chain(names.slice(1)))), { actors: { length: most } }, String(most))
    t.equal(await stage.ask(await token(chain(names))), 'GW_IDENTITY_INVALID', String(most + 1))
  }
})

t.test('a chain that comes back to somebody is refused, wherever', async t => {
  const stage = await open(t)
  for (const names of [['u-17'], ['a', 'a'], ['a', 'b', 'a'], ['a', 'b', 'u-17'], ['a', 'b', 'c', 'b']]) t.equal(await stage.ask(await token(chain(names))), 'GW_IDENTITY_INVALID', names.join())
})

t.test('the same name of another issuer is somebody else', async t => {
  t.match(await (await open(t)).ask(await token({ act: { sub: 'u-17', iss: 'https://agents.example' } })), { actors: { length: 1 } })
})

t.test('a chain is accepted exactly where its names differ from each other and from the subject', async t => {
  const stage = await open(t)
  await fc.assert(fc.asyncProperty(fc.array(fc.constantFrom('u-17', 'a', 'b', 'c', 'd'), { maxLength: 5 }), async names => {
    const isGood = names.length <= 4 && new Set(['u-17', ...names]).size === names.length + 1
    const answer = await stage.ask(await token(chain(names)))
    return isGood ? typeof answer === 'object' && answer.actors.map(({ id }) => id).join() === names.join() : answer === 'GW_IDENTITY_INVALID'
  }), { numRuns: 60 })
})

t.test('may_act says who may act for the subject', async t => {
  const stage = await open(t)
  t.match(await stage.ask(await token({ may_act: { sub: 'writer' }, act: { sub: 'writer' } })), { actors: [{ id: 'writer' }] })
  t.match(await stage.ask(await token({ may_act: { sub: 'writer' }, act: { sub: 'writer', act: { sub: 'planner' } } })), { actors: { length: 2 } })
  t.match(await stage.ask(await token({ may_act: { sub: 'writer' } })), { actors: [] })
  for (const act of [{ sub: 'other' }, { sub: 'writer', iss: 'https://agents.example' }, { sub: 'other', act: { sub: 'writer' } }]) {
    t.equal(await stage.ask(await token({ may_act: { sub: 'writer' }, act })), 'GW_IDENTITY_INVALID', JSON.stringify(act))
  }
})

t.test('a malformed may_act is refused', async t => {
  const stage = await open(t)
  for (const mayAct of ['writer', null, [], {}, { sub: 7 }]) t.equal(await stage.ask(await token({ may_act: mayAct })), 'GW_IDENTITY_INVALID', JSON.stringify(mayAct))
})

t.test('the context of a transaction narrows roles and never adds one', async t => {
  const stage = await open(t, { narrow_roles: '/tctx/roles' })
  t.match(await stage.ask(await token({ roles: ['analyst', 'editor'], tctx: { roles: ['analyst', 'root'] } })), { roles: ['analyst'], rolesAllowed: ['analyst', 'root'] })
  t.match(await stage.ask(await token({ roles: ['analyst', 'editor'], tctx: { roles: [] } })), { roles: [] })
  t.match(await stage.ask(await token({ roles: ['analyst', 'editor'] })), { roles: ['analyst', 'editor'], rolesAllowed: null })
  t.equal(await stage.ask(await token({ roles: ['analyst'], tctx: { roles: { all: true } } })), 'GW_IDENTITY_INVALID')
})

t.test('the context narrows within the roles that the issuer may give', async t => {
  const stage = await open(t, { narrow_roles: '/azd/roles', roles_allowed: ['analyst'] })
  t.match(await stage.ask(await token({ roles: ['analyst', 'editor'], azd: { roles: ['analyst', 'editor'] } })), { roles: ['analyst'], rolesAllowed: ['analyst'] })
})
