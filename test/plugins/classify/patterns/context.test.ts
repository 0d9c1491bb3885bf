import t from 'tap'
import { valuesOf } from './scanning.ts'

const ssn = (text: string, path: readonly string[] = []): number => valuesOf('pii.government.us_ssn', text, path).length
const record = (text: string): number => valuesOf('phi.medical_record_number', text).length

t.test('a word counts up to forty units before a value and twenty-four after it', async t => {
  t.equal(ssn(`ssn${' '.repeat(40)}536904399`), 1)
  t.equal(ssn(`ssn${' '.repeat(41)}536904399`), 0)
  t.equal(ssn(`536904399${' '.repeat(24)}ssn`), 1)
  t.equal(ssn(`536904399${' '.repeat(25)}ssn`), 0)
})

t.test('a word counts as a word alone, in the plural, and inside a name', async t => {
  for (const text of ['SSNs 536904399', 'user_ssn=536904399', 'userSsn=536904399', 'SSN#536904399', 'social_security-number 536904399']) t.equal(ssn(text), 1, text)
  for (const text of ['lessness 536904399', 'ssnake 536904399', 'assn 536904399']) t.equal(ssn(text), 0, text)
})

t.test('the last three keys count, indexes left out', async t => {
  t.equal(ssn('536904399', ['ssn', '0', 'value', 'text']), 1)
  t.equal(ssn('536904399', ['ssn', 'a', 'b', 'c']), 0)
})

t.test('a value that its name alone betrays needs the name before it, in its sentence and with no other number between', async t => {
  t.equal(record('MRN of this patient: 48213977'), 1)
  t.equal(record('48213977 is the MRN'), 0)
  t.equal(record('MRN unknown. Total 48213977'), 0)
  t.equal(record('MRN 48213977 and invoice 77213977'), 1)
})
