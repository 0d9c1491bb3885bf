/** Which branch of a choice a credential is for: every set of branches against every set of credentials. */
import t from 'tap'
import { GatewayError } from '../../../core/errors.ts'
import { chooseBranch } from '../../../core/pipeline/choose.ts'
import type { Credential } from '../../../core/pipeline/facts.ts'
import type { IdentityStage } from '../../../core/pipeline/plugin.ts'
import type { ReadyStage } from '../../../core/pipeline/run.ts'
import { subsets } from './parts.ts'

function branch (name: string, stage: IdentityStage): ReadyStage {
  return { name: `identity.${name}`, version: '1', phase: 'identity', reads: ['credential'], provides: ['principal'], optional: false, stage: { run: () => { throw new Error('it is never run') }, ...stage } }
}

const token = (issuer: string) => ({ authorization }: Credential): boolean => authorization.some(header => header === `Bearer ${issuer}`)

const branches = {
  certificate: branch('certificate', { kind: 'certificate', applies: ({ certificates }) => certificates.length > 0, vouch: () => {} }),
  first: branch('first', { kind: 'token', applies: token('first') }),
  second: branch('second', { kind: 'token', applies: token('second') }),
  key: branch('key', { kind: 'api_key', applies: ({ apiKeys, authorization }) => apiKeys.length > 0 || authorization.includes('Bearer key') }),
  any: branch('any', { kind: 'any_token', applies: ({ authorization }) => authorization.length > 0 })
} as const

type Name = keyof typeof branches

const nothing: Credential = { authorization: [], apiKeys: [], proofs: [], workload: { transaction: [], identity: [], proof: [] }, certificates: [], certificateRefused: false, tokenInQuery: false, method: 'POST', path: '/', url: null, role: null }

const bearers = [null, 'first', 'second', 'key', 'other'] as const
const credentials = bearers.flatMap(bearer => [false, true].flatMap(hasKey => [false, true].map(hasCertificate => ({ bearer, hasKey, hasCertificate }))))
type Presented = typeof credentials[number]

function credentialOf ({ bearer, hasKey, hasCertificate }: Presented): Credential {
  return { ...nothing, authorization: bearer === null ? [] : [`Bearer ${bearer}`], apiKeys: hasKey ? ['k'] : [], certificates: hasCertificate ? [new Uint8Array(1)] : [] }
}

/** The rules in another form: who takes each thing that was presented, and what follows. */
function expected (present: readonly Name[], { bearer, hasKey, hasCertificate }: Presented): string {
  const has = (name: Name): boolean => present.includes(name)
  const named: Name | null = bearer === 'first' || bearer === 'second' ? bearer : bearer === 'key' ? 'key' : null
  const isKeyTaken = has('key') && (hasKey || bearer === 'key')
  const takers = new Set<Name>()
  if (named !== null && has(named)) takers.add(named)
  if (hasKey && has('key')) takers.add('key')
  if (bearer !== null && takers.size === 0 && !isKeyTaken && has('any')) takers.add('any')
  const tokenTaker = [...takers].find(name => name !== 'key')
  if (hasCertificate && has('certificate')) takers.add('certificate')
  if (takers.size === 0) return bearer === null && !hasKey && !hasCertificate ? 'GW_IDENTITY_MISSING' : 'GW_IDENTITY_UNTRUSTED_ISSUER'
  if (takers.size === 1) return `identity.${[...takers].join('')}`
  return takers.size === 2 && takers.has('certificate') && tokenTaker !== undefined ? `identity.${tokenTaker}` : 'GW_IDENTITY_CONFLICT'
}

function chosen (present: readonly ReadyStage[], credential: Credential): string {
  try {
    return chooseBranch(present, credential).name
  } catch (thrown) {
    return thrown instanceof GatewayError ? thrown.code : String(thrown)
  }
}

t.test('every credential goes to the branch that the rules say, or to none', async t => {
  let cases = 0
  for (const present of subsets(Object.keys(branches) as Name[]).filter(names => names.length > 0)) {
    for (const presented of credentials) {
      cases++
      const answer = chosen(present.map(name => branches[name]), credentialOf(presented))
      if (answer !== expected(present, presented)) t.equal(answer, expected(present, presented), `${present.join()} for ${JSON.stringify(presented)}`)
    }
  }
  t.equal(cases, 31 * 20)
})

t.test('the order of the branches means nothing', async t => {
  const all = Object.values(branches)
  for (const presented of credentials) t.equal(chosen([...all].reverse(), credentialOf(presented)), chosen(all, credentialOf(presented)))
})

t.test('a certificate beside a token is first asked about at its own branch', async t => {
  const revoked = branch('certificate', { kind: 'certificate', applies: ({ certificates }) => certificates.length > 0, vouch: () => { throw new GatewayError('GW_IDENTITY_REVOKED') } })
  const presented = { bearer: 'first', hasKey: false, hasCertificate: true } as const
  t.equal(chosen([revoked, branches.first], credentialOf(presented)), 'GW_IDENTITY_REVOKED')
  t.equal(chosen([revoked, branches.first], credentialOf({ ...presented, hasCertificate: false })), 'identity.first')
})

t.test('two tokens of two branches are a conflict', async t => {
  t.equal(chosen([branches.first, branches.second], { ...nothing, authorization: ['Bearer first', 'Bearer second'] }), 'GW_IDENTITY_CONFLICT')
})

t.test('a stage that says nothing of its kind is a conflict beside any other', async t => {
  const stranger = branch('stranger', {})
  t.equal(chosen([stranger], nothing), 'identity.stranger')
  t.equal(chosen([stranger, branches.first], credentialOf({ bearer: 'first', hasKey: false, hasCertificate: false })), 'GW_IDENTITY_CONFLICT')
})

t.test('a certificate that does not verify, or a token in the query, is no missing credential', async t => {
  t.equal(chosen([branches.first], { ...nothing, certificateRefused: true }), 'GW_IDENTITY_INVALID')
  t.equal(chosen([branches.first], { ...nothing, tokenInQuery: true }), 'GW_IDENTITY_INVALID')
})
