import t from 'tap'
import { matchesLabel } from '../../../core/enforce/label.ts'

const cases: Array<[glob: string, label: string, matches: boolean]> = [
  ['pii.*', 'pii.email_address', true],
  ['pii.*', 'pii.government.us_ssn', true],
  ['pii.*', 'phi.medical_record_number', false],
  ['pii.*', 'piix.y', false],
  ['*', 'secret.aws_access_key', true],
  ['pii.*.us_ssn', 'pii.government.us_ssn', true],
  ['pii.*.us_ssn', 'pii.a.b.us_ssn', false],
  ['pci.credit_card', 'pci.credit_card', true],
  ['pci.credit_card', 'pci.credit_cards', false],
  ['pci.credit.card', 'pci.creditxcard', false],
  ['', 'pii.email_address', false]
]

for (const [glob, label, matches] of cases) {
  t.test(`${JSON.stringify(glob)} ${matches ? 'matches' : 'does not match'} ${label}`, async t => {
    t.equal(matchesLabel(glob, label), matches)
  })
}
