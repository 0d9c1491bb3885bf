import t from 'tap'
import { GatewayError } from '../../../core/errors.ts'
import type { Credential, FactName, Facts, Principal, ProvidedFacts } from '../../../core/pipeline/facts.ts'
import type { Phase } from '../../../core/pipeline/phases.ts'
import { proceed, type SettleResult, type StageResult } from '../../../core/pipeline/plugin.ts'
import { PipelineRun, type AnyStage, type ReadyStage, type RunSources } from '../../../core/pipeline/run.ts'

const credential: Credential = { authorization: ['Bearer x'], apiKeys: [], proofs: [], workload: { transaction: [], identity: [], proof: [] }, certificates: [], certificateRefused: false, tokenInQuery: false, method: 'POST', path: '/', url: null, role: null }
const principal: Principal = { type: 'user', issuer: 'i', subject: 's', tenant: null, roles: ['a', 'b'], role: null, groups: [], method: 'jwt', assurance: null, expiresMs: null, actors: [], confirmation: null }
const result: SettleResult = { decision: 'permit', end: 'ok', attempts: [], usage: null, costMicros: null }
const signal = new AbortController().signal

type Run = (view: Readonly<Facts>) => StageResult<keyof ProvidedFacts> | Promise<StageResult<keyof ProvidedFacts>>

function stage (phase: Phase, reads: readonly FactName[], provides: readonly FactName[], run: Run, more: Partial<ReadyStage> & { settle?: AnyStage['settle'], applies?: AnyStage['applies'] } = {}): ReadyStage {
  const { settle, applies, ...rest } = more
  return { name: `${phase}.test`, version: '1', phase, reads, provides, optional: false, stage: { run, ...(settle === undefined ? {} : { settle }), ...(applies === undefined ? {} : { applies }) }, ...rest }
}

function give (facts: Partial<ProvidedFacts>): StageResult<keyof ProvidedFacts> {
  return { kind: 'continue', facts: facts as ProvidedFacts }
}

/** Whether a stage took its time or not. */
class AwaitedRun extends PipelineRun {
  override async step (...given: Parameters<PipelineRun['step']>): Promise<void> {
    await super.step(...given)
  }
}

function newRun (sources: Partial<RunSources> = {}): AwaitedRun {
  const run = new AwaitedRun({ supply: async () => null, join: () => { throw new Error('nothing to join') }, complete: all => all, narrow: all => all, ...sources })
  run.facts.credential = credential
  return run
}

const identity = (run: Run, more = {}): ReadyStage => stage('identity', ['credential'], ['principal'], run, more)

t.test('a view holds what was declared and nothing else, without a prototype, and cannot be changed', async t => {
  const run = newRun()
  run.facts.principal = principal
  let seen: unknown = null
  await run.step(stage('limit', ['principal'], ['quota'], view => {
    seen = view
    return give({ quota: [] })
  }), signal)
  t.same(Object.keys(seen as object), ['principal'])
  t.equal(Object.getPrototypeOf(seen), null)
  t.ok(Object.isFrozen(seen))
  t.equal((seen as { credential?: unknown }).credential, undefined)
})

t.test('a stage that provides more or less than it declared broke its contract', async t => {
  await t.rejects(newRun().step(identity(() => give({})), signal), { code: 'GW_PLUGIN_CONTRACT_BROKEN' })
  await t.rejects(newRun().step(identity(() => give({ principal, quota: [] })), signal), { code: 'GW_PLUGIN_CONTRACT_BROKEN' })
})

t.test('a stage that answers at once is done at once, one that takes its time is awaited, and a thenable counts as one', async t => {
  const run = new PipelineRun({ supply: () => ({ prompt: { leaves: [] } }), join: () => { throw new Error('nothing to join') }, complete: all => all, narrow: all => all })
  run.facts.credential = credential
  t.equal(run.step(identity(() => give({ principal })), signal), undefined)
  t.equal(run.facts.principal, principal)
  t.equal(run.step(stage('limit', ['principal', 'prompt'], ['quota'], () => give({ quota: [] })), signal), undefined)
  const thenable = { then: (resolve: (given: unknown) => void) => { resolve(give({ quota: [] })) } } as unknown as Promise<StageResult<keyof ProvidedFacts>>
  for (const slow of [async () => give({ quota: [] }), () => thenable]) {
    const running = run.step(stage('limit', ['principal'], ['quota'], slow), signal)
    t.not(running, undefined)
    await running
  }
  t.same(run.facts.quota, [])
})

t.test('a fact that stands is not replaced', async t => {
  const run = newRun()
  await run.step(identity(() => give({ principal })), signal)
  await t.rejects(run.step(stage('audit', ['principal'], ['permit'], () => give({ permit: {} as Facts['permit'] })), signal).then(async () => {
    await run.step(stage('audit', ['principal'], ['permit'], () => give({ permit: {} as Facts['permit'] })), signal)
  }), { code: 'GW_PLUGIN_CONTRACT_BROKEN' })
})

t.test('what a stage throws is a denial with the code of its phase, and what it halts with keeps its own', async t => {
  const thrower: Run = () => { throw new Error('unexpected') }
  await t.rejects(newRun().step(stage('classify', [], [], thrower), signal), { code: 'GW_CLASSIFY_FAILED' })
  await t.rejects(newRun().step(stage('policy', [], [], thrower), signal), { code: 'GW_POLICY_ERROR' })
  await t.rejects(newRun().step(stage('audit', [], [], thrower), signal), { code: 'GW_AUDIT_UNAVAILABLE' })
  await t.rejects(newRun().step(stage('response', [], [], thrower), signal), { code: 'GW_RESPONSE_FAILED' })
  await t.rejects(newRun().step(identity(() => ({ kind: 'halt', error: new GatewayError('GW_IDENTITY_EXPIRED') })), signal), { code: 'GW_IDENTITY_EXPIRED' })
})

t.test('an optional stage that fails is passed over, on record', async t => {
  const run = newRun()
  await run.step(stage('limit', [], ['quota'], () => { throw new GatewayError('GW_LIMIT_STORE_UNAVAILABLE') }, { optional: true }), signal)
  t.same(run.skipped, [{ stage: 'limit.test', code: 'GW_LIMIT_STORE_UNAVAILABLE' }])
  t.equal(run.facts.quota, undefined)
})

t.test('every stage that began settles exactly once, halts and failing settles included', async t => {
  const settled: string[] = []
  const run = newRun()
  const note = (name: string) => () => { settled.push(name) }
  await run.step(identity(() => give({ principal }), { name: 'identity.one', settle: note('one') }), signal)
  await t.rejects(run.step(stage('policy', [], [], () => { throw new Error('no') }, { name: 'policy.two', settle: () => { throw new Error('settle fails') } }), signal))
  await t.rejects(run.step(stage('audit', [], [], () => ({ kind: 'halt', error: new GatewayError('GW_AUDIT_DEADLINE') }), { name: 'audit.three', settle: note('three') }), signal))
  const failed: string[] = []
  await run.settle(result, ({ phase }) => phase === 'audit', () => {})
  t.same(settled, ['three'])
  await run.settle(result, () => true, ({ name }) => { failed.push(name) })
  await run.settle(result, () => true, () => {})
  t.same(settled, ['three', 'one'])
  t.same(failed, ['policy.two'])
})

t.test('what a run keeps comes back when it settles, to that run alone', async t => {
  const run = newRun()
  const kept = [{ n: 1 }, { n: 2 }]
  const back: unknown[] = []
  const keeper = (index: number) => stage('limit', [], ['quota'], () => proceed({ quota: [] } as unknown as ProvidedFacts, kept[index]), { settle: (_view, _result, one) => { back.push(one) } })
  for (const index of [0, 1, 2]) await run.step(keeper(index), signal)
  await run.settle(result, () => true, () => {})
  t.same(back, [{ n: 1 }, { n: 2 }, undefined])
  t.equal(back[0], kept[0])
})

t.test('facts of the core are asked for when a stage first reads them, and not before', async t => {
  const asked: FactName[] = []
  const run = newRun({
    supply: async name => {
      asked.push(name)
      return { prompt: { leaves: [] } }
    },
    join: () => ({ tag: 'x' }) as Facts['classification']
  })
  await run.step(identity(() => give({ principal })), signal)
  t.same(asked, [])
  await run.step(stage('classify', ['prompt'], [], () => give({})), signal)
  t.same(asked, ['prompt'])
})

t.test('a principal that the core narrows stays whole where narrowing refuses it', async t => {
  const run = newRun({ narrow: () => { throw new GatewayError('GW_POLICY_ROLE_NOT_HELD') } })
  await t.rejects(run.step(identity(() => give({ principal })), signal), { code: 'GW_POLICY_ROLE_NOT_HELD' })
  t.same(run.facts.principal?.roles, ['a', 'b'])
})

t.test('a choice runs the one branch that applies; two contradict each other, none is no credential', async t => {
  const yes = (name: string, applies: boolean): ReadyStage => identity(() => give({ principal: { ...principal, subject: name } }), { name: `identity.${name}`, applies: () => applies })
  const run = newRun()
  await run.step({ any: [yes('a', false), yes('b', true)] }, signal)
  t.equal(run.facts.principal?.subject, 'b')
  await t.rejects(newRun().step({ any: [yes('a', true), yes('b', true)] }, signal), { code: 'GW_IDENTITY_CONFLICT' })
  await t.rejects(newRun().step({ any: [yes('a', false)] }, signal), { code: 'GW_IDENTITY_UNTRUSTED_ISSUER' })
  const empty = newRun()
  empty.facts.credential = { ...credential, authorization: [] }
  await t.rejects(empty.step({ any: [yes('a', false)] }, signal), { code: 'GW_IDENTITY_MISSING' })
})

const leaf = (text: string): Facts['prompt']['leaves'][number] => ({ path: ['a'], pattern: '/a', place: 'body', kind: 'string', text, start: 0, end: 0 })
const classified = (label: string): ProvidedFacts['classification'] => ({ findings: [{ label, detector: 'test', confidence: 900, leaf: 0, start: 2, end: 4 }], tag: 'internal', detectors: '' })

/** Runs detectors of the gateway, then one elsewhere that may not be told of secrets; answers what that one sees. */
async function seenElsewhere (...locals: readonly ReadyStage[]): Promise<string | undefined> {
  const run = newRun({ supply: () => ({ prompt: { leaves: [leaf('a\u00e4bcd')] } }), join: () => ({}) as Facts['classification'] })
  for (const local of locals) await run.step(local, signal)
  let seen: string | undefined
  const judge: Run = ({ prompt }) => {
    seen = prompt.leaves[0]?.text
    return give({ classification: classified('pii.person') })
  }
  await run.step(stage('classify', ['prompt'], ['classification'], judge, { stage: { run: judge, never: ['secret.*'] } as AnyStage }), signal)
  return seen
}

t.test('a stage that sends text away sees it without what may not leave, every unit at its place', async t => {
  const local = (label: string): ReadyStage => stage('classify', ['prompt'], ['classification'], () => give({ classification: classified(label) }))
  t.equal(await seenElsewhere(local('secret.jwt')), 'a\u00e4**d')
  t.equal(await seenElsewhere(local('pii.person')), 'a\u00e4bcd')
})

t.test('and does not run where an optional detector failed: what may not leave is not known', async t => {
  const broken = stage('classify', ['prompt'], ['classification'], () => { throw new Error('broken') }, { optional: true })
  await t.rejects(seenElsewhere(broken), { code: 'GW_CLASSIFY_FAILED' })
})
