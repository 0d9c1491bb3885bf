import t from 'tap'
import { createSecretKey } from 'node:crypto'
import { Pseudonyms } from '../../../core/enforce/pseudonyms.ts'
import { planRedaction } from '../../../core/enforce/redact.ts'
import type { RedactionOperator } from '../../../core/enforce/decision.ts'
import type { Finding, Leaf } from '../../../core/pipeline/facts.ts'

const text = 'mail jane.roe@example.com or call 415-555-2671'
const leaf: Leaf = { path: ['a'], pattern: '/a', place: 'body', kind: 'string', text, start: 0, end: 0 }
const pseudonyms = new Pseudonyms(createSecretKey(Buffer.alloc(32, 5)), { tenant: null, issuer: 'i', subject: 's' })
const means = { hashKey: Buffer.alloc(32, 1), redactionKey: { id: '01234567', secret: createSecretKey(Buffer.alloc(32, 2)) }, pseudonyms }

function finding (label: string, start: number, end: number): Finding {
  return { label, detector: 'd', confidence: 900, leaf: 0, start, end }
}

/** The text as it is sent, for redactions by label. */
function redacted (findings: readonly Finding[], operators: Readonly<Record<string, RedactionOperator>>): string {
  const edits = planRedaction(findings, [leaf], Object.entries(operators).map(([label, operator]) => ({ labels: [label], operator })), means)
  return edits.toSorted((a, b) => b.start - a.start).reduce((all, { start, end, replacement }) => all.slice(0, start) + replacement + all.slice(end), text)
}

const email = finding('pii.email_address', 5, 25)
const phone = finding('pii.phone_number', 34, 46)

t.test('each finding is replaced by the operator of the first redaction that names its label', async t => {
  t.equal(redacted([email, phone], { 'pii.email_address': 'replace', 'pii.*': 'remove' }), 'mail [EMAIL_ADDRESS] or call ')
})

t.test('findings that no redaction names stay', async t => {
  t.equal(redacted([email, phone], { 'pii.phone_number': 'replace' }), 'mail jane.roe@example.com or call [PHONE_NUMBER]')
})

t.test('drop_part leaves a notice in the place of the whole text', async t => {
  t.equal(redacted([email, phone], { 'pii.phone_number': 'drop_part', 'pii.email_address': 'mask' }), '[REMOVED: PHONE_NUMBER]')
})

t.test('overlapping spans become one, and nothing between them survives', async t => {
  const longer = finding('pii.person', 10, 29)
  t.equal(redacted([email, longer], { 'pii.*': 'replace' }), 'mail [EMAIL_ADDRESS]call 415-555-2671')
})

t.test('where an overlap was to be replaced in different ways, the type stands for all', async t => {
  const inner = finding('pii.domain', 14, 25)
  t.equal(redacted([email, inner], { 'pii.email_address': 'mask', 'pii.domain': 'remove' }), 'mail [EMAIL_ADDRESS] or call 415-555-2671')
  t.equal(redacted([email, finding('pii.person', 10, 29)], { 'pii.email_address': 'pseudonym', 'pii.person': 'replace' }), 'mail [EMAIL_ADDRESS]call 415-555-2671')
})

t.test('what shows nothing of the value stands also for what lies within it', async t => {
  const inner = finding('pii.domain', 14, 25)
  t.match(redacted([email, inner], { 'pii.email_address': 'pseudonym', 'pii.domain': 'replace' }), /^mail EMAIL_ADDRESS_\w{8} or call/)
})

t.test('the same span found twice is replaced once, as it was asked', async t => {
  t.equal(redacted([phone, phone], { 'pii.phone_number': 'mask' }), 'mail jane.roe@example.com or call ********2671')
})

t.test('a redaction that would change nothing is refused', async t => {
  t.throws(() => redacted([email], { 'pci.*': 'replace' }), { code: 'GW_POLICY_REDACTION' })
})
