import t from 'tap'
import { generalise } from '../../../core/enforce/generalise.ts'

const cases: ReadonlyArray<readonly [label: string, value: string, left: string]> = [
  ['pii.date_of_birth', '1980-03-12', '[DATE_OF_BIRTH: 1980]'],
  ['pii.date_of_birth', '12/03/1980', '[DATE_OF_BIRTH: 1980]'],
  ['pii.date_of_birth', '12/03/80', '[DATE_OF_BIRTH]'],
  ['pii.ip_address', '203.0.113.7', '[IP_ADDRESS: 203.0.113.0/24]'],
  ['pii.ip_address', '２０３.0.113.7', '[IP_ADDRESS: 203.0.113.0/24]'],
  ['pii.ip_address', '203.0.113.7/28', '[IP_ADDRESS: 203.0.113.0/24]'],
  ['pii.ip_address', '2001:db8:85a3::8a2e:370:7334', '[IP_ADDRESS: 2001:db8:85a3::/48]'],
  ['pii.ip_address', '2001:DB8::1%eth0', '[IP_ADDRESS: 2001:db8:0::/48]'],
  ['pii.ip_address', '::1', '[IP_ADDRESS: 0:0:0::/48]'],
  ['pii.ip_address', '::ffff:192.0.2.1', '[IP_ADDRESS]'],
  ['pii.email_address', 'jane@example.com', '[EMAIL_ADDRESS: example.com]'],
  ['pii.uk_postcode', 'SW1A 1AA', '[UK_POSTCODE: SW1A]'],
  ['pii.age', '47 years', '[AGE: 40 to 49]'],
  ['pii.age', '93', '[AGE: 90 or older]'],
  ['phi.icd10_code', 'E11.9', '[ICD10_CODE: E11]'],
  ['pci.credit_card', '4111111111111111', '[CREDIT_CARD]'],
  ['secret.password', 'hunter2', '[PASSWORD]']
]

for (const [label, value, left] of cases) {
  t.test(`${value} as ${label} is left as ${left}`, async t => {
    t.equal(generalise(label, value), left)
  })
}
