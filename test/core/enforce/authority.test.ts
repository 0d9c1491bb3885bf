import fc from 'fast-check'
import t from 'tap'
import { createDecisionAuthority } from '../../../core/enforce/authority.ts'
import type { Authorized, PolicyAnswer } from '../../../core/enforce/decision.ts'
import { isPermit } from '../../../core/enforce/permit.ts'
import { GatewayError } from '../../../core/errors.ts'

const taxonomy = ['public', 'internal', 'confidential', 'restricted']
const authority = createDecisionAuthority({ endpoints: new Set(['eu', 'us']), taxonomy })

const permit = {
  v: 1,
  request_id: 'r-1',
  effect: 'permit',
  classification: { tag: 'confidential' },
  endpoints: ['eu', 'us'],
  obligations: [{ id: 'bound', type: 'max_output_tokens', n: 100 }],
  redactions: [],
  reasons: ['staff'],
  unscanned: ['image'],
  message: null,
  faults: []
}
const redaction = { labels: ['pii.*'], operator: 'mask' }
const denial = { ...permit, effect: 'deny', endpoints: [], obligations: [], reasons: ['no_permit'], unscanned: [] }

function answerWith (document: unknown): PolicyAnswer {
  return {
    document,
    policy: { version: 'dir@sha256:000000000000', digest: `sha256:${'0'.repeat(64)}` },
    input: { request: { id: 'r-1' }, classification: { tag: 'internal', rank: 1 } },
    inputDigest: `sha256:${'1'.repeat(64)}`,
    judge: async () => ({ effect: 'permit', reasons: [], redactions: [], obligations: [] })
  }
}

function decide (document: unknown): Authorized {
  return authority.decide(answerWith(document))
}

function codeOf (document: unknown): string {
  try {
    return `passed as ${decide(document).decision.effect}`
  } catch (thrown) {
    return thrown instanceof GatewayError ? thrown.code : String(thrown)
  }
}

t.test('a valid permit is decided and minted, frozen throughout', async t => {
  const { decision, permit: minted } = decide(permit)
  t.match(decision, { id: 'r-1', effect: 'permit', tag: 'confidential', endpoints: ['eu', 'us'], reasons: ['staff'], unscanned: ['image'] })
  t.same(decision.obligations, [{ id: 'bound', type: 'max_output_tokens', parameters: { n: 100 } }])
  t.ok(isPermit(minted))
  t.match(minted, { decisionId: 'r-1', tag: 'confidential', endpoints: ['eu', 'us'], policyVersion: 'dir@sha256:000000000000' })
  for (const part of [decision, decision.endpoints, decision.reasons, decision.obligations, decision.obligations[0]?.parameters, decision.input, decision.input?.['request']]) t.ok(Object.isFrozen(part))
  t.type(decision.judge, 'function')
})

t.test('a valid redaction carries its redactions', async t => {
  const { decision, permit: minted } = decide({ ...permit, effect: 'redact', redactions: [redaction] })
  t.same(decision.redactions, [redaction])
  t.ok(isPermit(minted))
})

t.test('a valid denial has no permit and no judge', async t => {
  const { decision, permit: minted } = decide({ ...denial, message: 'Ask first.' })
  t.match(decision, { effect: 'deny', reasons: ['no_permit'], endpoints: [] })
  t.equal(decision.judge, null)
  t.equal(minted, null)
})

t.test('what is malformed, unknown or missing denies, with its code', async t => {
  const cases: Array<[name: string, document: unknown, code?: string]> = [
    ['no document', undefined, 'GW_POLICY_UNDEFINED'],
    ['null', null],
    ['true', true],
    ['a list', [permit]],
    ['an empty object', {}],
    ['another version', { ...permit, v: 2 }],
    ['the version as text', { ...permit, v: '1' }],
    ['the identifier of another request', { ...permit, request_id: 'r-2' }],
    ['no identifier', { ...permit, request_id: null }],
    ['an unknown effect', { ...permit, effect: 'allow' }],
    ['an effect that is true', { ...permit, effect: true }],
    ['an unknown field', { ...permit, allow: true }],
    ['a tag outside the taxonomy', { ...permit, classification: { tag: 'secret' } }],
    ['a tag below the input\'s', { ...permit, classification: { tag: 'public' } }],
    ['a tag with more beside it', { ...permit, classification: { tag: 'internal', rank: 0 } }],
    ['an endpoint that is not configured', { ...permit, endpoints: ['eu', 'nowhere'] }],
    ['endpoints that are no list', { ...permit, endpoints: 'eu' }],
    ['endpoints twice', { ...permit, endpoints: ['eu', 'eu'] }],
    ['endpoints out of order', { ...permit, endpoints: ['us', 'eu'] }],
    ['a permit without endpoints', { ...permit, endpoints: [] }],
    ['a permit without a reason', { ...permit, reasons: [] }],
    ['a permit with redactions', { ...permit, redactions: [redaction] }],
    ['a permit with a message', { ...permit, message: 'hello' }],
    ['a redaction of nothing', { ...permit, effect: 'redact' }],
    ['an unknown operator', { ...permit, effect: 'redact', redactions: [{ ...redaction, operator: 'blur' }] }],
    ['a redaction without labels', { ...permit, effect: 'redact', redactions: [{ ...redaction, labels: [] }] }],
    ['a redaction with more beside it', { ...permit, effect: 'redact', redactions: [{ ...redaction, keep: 4 }] }],
    ['an unknown obligation', { ...permit, obligations: [{ id: 'a', type: 'teleport' }] }],
    ['an obligation without its parameter', { ...permit, obligations: [{ id: 'a', type: 'max_output_tokens' }] }],
    ['an obligation with one too many', { ...permit, obligations: [{ id: 'a', type: 'require_reason', n: 1 }] }],
    ['a bound that is no integer', { ...permit, obligations: [{ id: 'a', type: 'max_output_tokens', n: 1.5 }] }],
    ['a bound that is negative', { ...permit, obligations: [{ id: 'a', type: 'latency_budget', ms: -1 }] }],
    ['a bound that is text', { ...permit, obligations: [{ id: 'a', type: 'cost_budget', micros: '1' }] }],
    ['an unknown mode', { ...permit, obligations: [{ id: 'a', type: 'response_mode', mode: 'never' }] }],
    ['a mark that holds an object', { ...permit, obligations: [{ id: 'a', type: 'mark', by: { a: 1 } }] }],
    ['an obligation without an id', { ...permit, obligations: [{ type: 'require_reason' }] }],
    ['an obligation twice', { ...permit, obligations: [{ id: 'a', type: 'require_reason' }, { id: 'a', type: 'require_reason' }] }],
    ['an unknown unscanned kind', { ...permit, unscanned: ['smell'] }],
    ['a reason with a line break', { ...permit, reasons: ['a\nb'] }],
    ['a reason that is no text', { ...permit, reasons: [1] }],
    ['a reason that is too long', { ...permit, reasons: ['a'.repeat(129)] }],
    ['a denial that grants', { ...denial, endpoints: ['eu'] }],
    ['a denial that obliges', { ...denial, obligations: [{ id: 'a', type: 'require_reason' }] }],
    ['a denial without a reason', { ...denial, reasons: [] }],
    ['a denial with a message of control characters', { ...denial, message: 'a\u0000' }],
    ['a fault of its own', { ...denial, faults: [{ code: 'policy.invalid', rule: 'permit' }] }],
    ['a fault beside a permit', { ...permit, faults: [{ code: 'policy.invalid', rule: 'permit' }] }],
    ['a conflict', { ...denial, faults: [{ code: 'policy.invalid', rule: 'permit' }, { code: 'policy.conflict', rule: 'oblige' }] }, 'GW_POLICY_CONFLICT'],
    ['an unknown fault', { ...denial, faults: [{ code: 'other', rule: 'permit' }] }]
  ]
  for (const [name, document, code = 'GW_POLICY_INVALID'] of cases) t.equal(codeOf(document), code, name)
  for (const key of Object.keys(permit)) t.equal(codeOf({ ...permit, [key]: undefined }), 'GW_POLICY_INVALID', `without ${key}`)
})

t.test('an input without identifier or known tag can never pass', async t => {
  for (const input of [{}, { request: { id: 'r-1' } }, { request: null, classification: { tag: 'internal' } }, { request: { id: 'r-1' }, classification: { tag: 'none' } }]) {
    t.throws(() => authority.decide({ ...answerWith(permit), input }), { code: 'GW_POLICY_INVALID' })
  }
})

t.test('no document but an exactly valid one is ever permitted', async () => {
  const anything = fc.oneof(fc.jsonValue(), fc.constantFrom('permit', 'redact', 'deny', 'eu', 'us', 'r-1', 1, true, ['eu'], ['us', 'eu'], { tag: 'internal' }))
  const key = fc.constantFrom(...Object.keys(permit))
  const changed = fc.tuple(fc.constantFrom(permit, { ...permit, effect: 'redact', redactions: [redaction] }, denial), fc.array(fc.tuple(key, anything), { minLength: 1, maxLength: 3 }))
    .map(([document, changes]) => ({ ...document, ...Object.fromEntries(changes) }))
  fc.assert(fc.property(fc.oneof(anything, changed), document => {
    const outcome = codeOf(document)
    if (!outcome.startsWith('passed')) return outcome.startsWith('GW_POLICY_')
    const { decision, permit: minted } = decide(document)
    if (minted === null) return decision.effect === 'deny'
    const isWithin = decision.endpoints.length > 0 && decision.endpoints.every(id => ['eu', 'us'].includes(id))
    return isWithin && decision.effect !== 'deny' && taxonomy.indexOf(decision.tag) >= 1 && (document as typeof permit).request_id === 'r-1'
  }), { numRuns: 5000 })
})
