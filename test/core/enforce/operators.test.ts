import t from 'tap'
import fc from 'fast-check'
import { createSecretKey } from 'node:crypto'
import { applyOperator } from '../../../core/enforce/operators.ts'
import type { RedactionOperator } from '../../../core/enforce/decision.ts'
import { Pseudonyms } from '../../../core/enforce/pseudonyms.ts'
import { GatewayError } from '../../../core/errors.ts'

const hashKey = Buffer.alloc(32, 7)
const email = 'jane.roe@example.com'

t.test('replace puts the last word of the label in upper case', async t => {
  t.equal(applyOperator('replace', 'pii.email_address', email, {}), '[EMAIL_ADDRESS]')
  t.equal(applyOperator('replace', 'pii.financial.iban_code', 'x', {}), '[IBAN_CODE]')
  t.equal(applyOperator('replace', 'source_code', 'x', {}), '[SOURCE_CODE]')
})

t.test('mask leaves the last four characters', async t => {
  t.equal(applyOperator('mask', 'pci.credit_card', '4111111111111111', {}), '************1111')
})

t.test('mask leaves nothing of a secret', async t => {
  t.equal(applyOperator('mask', 'secret.aws_access_key', 'AKIAQ3EGRZ7VXLPWN2DC', {}), '*'.repeat(20))
})

t.test('mask leaves nothing of a short value', async t => {
  t.equal(applyOperator('mask', 'pii.phone_number', '5551234', {}), '*******')
})

t.test('mask counts characters and cuts none in half', async t => {
  t.equal(applyOperator('mask', 'pii.person', '😀'.repeat(9), {}), '*****' + '😀'.repeat(4))
})

t.test('remove leaves nothing', async t => {
  t.equal(applyOperator('remove', 'pii.email_address', email, {}), '')
})

t.test('hash gives equal values one name and other values another', async t => {
  const first = applyOperator('hash', 'pii.email_address', email, { hashKey })
  t.match(first, /^\[EMAIL_ADDRESS:[0-9a-f]{24}\]$/)
  t.equal(applyOperator('hash', 'pii.email_address', email, { hashKey }), first)
  t.not(applyOperator('hash', 'pii.email_address', 'john.doe@example.com', { hashKey }), first)
})

t.test('hash depends on the key', async t => {
  const other = Buffer.alloc(32, 8)
  t.not(applyOperator('hash', 'pii.email_address', email, { hashKey }), applyOperator('hash', 'pii.email_address', email, { hashKey: other }))
})

t.test('hash without a key is refused', async t => {
  t.throws(() => applyOperator('hash', 'pii.email_address', email, {}), { code: 'GW_POLICY_REDACTION' })
  t.throws(() => applyOperator('hash', 'pii.email_address', email, { hashKey: null }), { code: 'GW_POLICY_REDACTION' })
})

t.test('an operator whose means are missing is refused', async t => {
  for (const operator of ['pseudonym', 'encrypt'] as const) {
    t.throws(() => applyOperator(operator, 'pii.email_address', email, { hashKey }), { code: 'GW_POLICY_REDACTION', reasons: [`redaction.${operator}`] }, operator)
  }
})

t.test('pseudonym and encrypt put tokens in the place of a value', async t => {
  const redactionKey = { id: '01234567', secret: createSecretKey(Buffer.alloc(32, 9)) }
  const pseudonyms = new Pseudonyms(redactionKey.secret, { tenant: 'acme', issuer: 'i', subject: 's' })
  t.match(applyOperator('pseudonym', 'pii.email_address', email, { pseudonyms }), /^EMAIL_ADDRESS_[0-9A-HJKMNP-TV-Z]{8}$/)
  t.match(applyOperator('encrypt', 'pii.email_address', email, { redactionKey }), /^\[EMAIL_ADDRESS:aes256gcm:01234567:[A-Za-z0-9_-]+\]$/)
})

t.test('generalise leaves something coarser, or the type where there is nothing coarser', async t => {
  t.equal(applyOperator('generalise', 'pii.date_of_birth', '12 March 1980', {}), '[DATE_OF_BIRTH: 1980]')
  t.equal(applyOperator('generalise', 'pci.credit_card', '4111111111111111', {}), '[CREDIT_CARD]')
})

t.test('drop_part takes more than a span, and is refused for one', async t => {
  t.throws(() => applyOperator('drop_part', 'pii.email_address', email, { hashKey }), { code: 'GW_POLICY_REDACTION' })
})

t.test('an operator that nobody knows is refused', async t => {
  t.throws(() => applyOperator('keep' as RedactionOperator, 'pii.email_address', email, { hashKey }), { code: 'GW_POLICY_REDACTION' })
})

t.test('a refusal never holds the value', async t => {
  try {
    applyOperator('encrypt', 'pii.email_address', email, { hashKey })
    t.fail('it was not refused')
  } catch (thrown) {
    t.ok(thrown instanceof GatewayError)
    t.notMatch(JSON.stringify([String(thrown), (thrown as GatewayError).reasons]), /jane/)
  }
})

t.test('no operator lets more than four characters of a value stand', async t => {
  const value = fc.string({ unit: 'grapheme', minLength: 5, maxLength: 60 }).filter(text => !/[*[\]A-Z0-9a-f:_]/.test(text))
  t.doesNotThrow(() => {
    fc.assert(fc.property(value, fc.constantFrom<RedactionOperator>('replace', 'mask', 'remove', 'hash', 'generalise'), (text, operator) => {
      const out = applyOperator(operator, 'pii.email_address', text, { hashKey })
      return ![...text].some((_, i, all) => i + 5 <= all.length && out.includes(all.slice(i, i + 5).join('')))
    }))
  })
})
