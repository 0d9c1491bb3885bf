import t from 'tap'
import { makeFloors } from '../../../plugins/classify/floors.ts'

const taxonomy = ['public', 'internal', 'confidential', 'restricted']

function tagOf (labels: readonly string[], floors: Readonly<Record<string, string>> = {}, levels: readonly string[] = taxonomy): string {
  return makeFloors(levels, floors)(labels.map(label => ({ label })))
}

t.test('default floors', async t => {
  t.equal(tagOf([]), 'internal')
  for (const label of ['secret.jwt', 'pci.credit_card', 'phi.medical_record_number', 'export.marking']) t.equal(tagOf([label]), 'restricted', label)
  t.equal(tagOf(['pii.phone_number']), 'confidential')
  t.equal(tagOf(['pii.phone_number', 'pci.credit_card']), 'restricted')
  t.equal(tagOf(['custom.thing']), 'internal')
})

t.test('one e-mail or IP address alone is internal, two are not', async t => {
  for (const label of ['pii.email_address', 'pii.ip_address']) {
    t.equal(tagOf([label]), 'internal')
    t.equal(tagOf([label, label]), 'confidential')
    t.equal(tagOf([label, 'pii.phone_number']), 'confidential')
  }
})

t.test('of the configured floors the longest glob counts, and any of them before the default', async t => {
  const floors = { 'pii.*': 'public', 'pii.government.*': 'restricted', 'pii.email_address': 'confidential' }
  t.equal(tagOf(['pii.phone_number'], floors), 'public')
  t.equal(tagOf(['pii.government.us_ssn'], floors), 'restricted')
  t.equal(tagOf(['pii.email_address'], floors), 'confidential')
})

t.test('in a taxonomy without the default levels a value has the highest, and nothing found the second lowest', async t => {
  const levels = ['green', 'amber', 'red']
  t.equal(tagOf([], {}, levels), 'amber')
  t.equal(tagOf(['pii.phone_number'], {}, levels), 'red')
  t.equal(tagOf(['pci.credit_card'], {}, levels), 'red')
  t.equal(tagOf([], {}, ['low', 'high']), 'low')
  t.equal(tagOf(['pii.phone_number'], {}, ['internal', 'secret']), 'secret')
})

t.test('a document\'s marking brings what it says', async t => {
  t.strictSame(['document.internal', 'document.confidential', 'document.restricted'].map(label => tagOf([label])), ['internal', 'confidential', 'restricted'])
})

t.test('ten different personal values bring one level more, and the highest stays', async t => {
  const tag = makeFloors(taxonomy, { 'phi.*': 'internal' })
  const findings = (count: number, label = 'pii.phone_number'): Array<{ label: string }> => Array.from({ length: count }, () => ({ label }))
  t.equal(tag(findings(9)), 'confidential')
  t.equal(tag(findings(10)), 'restricted')
  t.equal(tag(findings(10), () => 3), 'confidential', 'told that they are three values')
  t.equal(tag(findings(10, 'phi.us_npi')), 'confidential')
  t.equal(tag([...findings(10, 'phi.us_npi'), { label: 'secret.jwt' }]), 'restricted')
  t.equal(tag(findings(30, 'secret.jwt')), 'restricted')
  t.equal(makeFloors(taxonomy, {}, { values: null, kinds: null })(findings(99)), 'confidential')
})

t.test('kinds of personal values count where that is asked for', async t => {
  const labels = ['pii.phone_number', 'pii.email_address', 'pii.date_of_birth'].map(label => ({ label }))
  t.equal(makeFloors(taxonomy, {})(labels), 'confidential')
  t.equal(makeFloors(taxonomy, {}, { values: null, kinds: 3 })(labels), 'restricted')
  t.equal(makeFloors(taxonomy, {}, { values: null, kinds: 3 })([...labels.slice(0, 2), ...labels.slice(0, 2)]), 'confidential')
})

t.test('a floor that names no level is refused', async t => {
  t.throws(() => makeFloors(taxonomy, { 'pii.*': 'secret' }), /pii\.\*/)
})
