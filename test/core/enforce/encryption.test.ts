import t from 'tap'
import fc from 'fast-check'
import { createSecretKey } from 'node:crypto'
import { decryptTokens, encryptValue } from '../../../core/enforce/encryption.ts'

const key = { id: '01234567', secret: createSecretKey(Buffer.alloc(32, 1)) }
const other = { id: '89abcdef', secret: createSecretKey(Buffer.alloc(32, 2)) }

t.test('who holds the key reads every value again, in any text', async t => {
  const pieces = fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })), { maxLength: 4 })
  fc.assert(fc.property(pieces, parts => {
    const sealed = parts.map(([text, value]) => text + encryptValue(key, 'pii.email_address', value)).join('')
    const { text, opened, closed } = decryptTokens(key, sealed)
    return text === parts.map(([before, value]) => before + value).join('') && opened === parts.length && closed === 0
  }))
  t.pass()
})

t.test('a token shows its type and its key, and nothing of the value', async t => {
  const token = encryptValue(key, 'pii.financial.iban_code', 'DE89370400440532013000')
  t.match(token, /^\[IBAN_CODE:aes256gcm:01234567:[A-Za-z0-9_-]{67}\]$/)
  t.notMatch(token, /DE89/)
  t.not(token, encryptValue(key, 'pii.financial.iban_code', 'DE89370400440532013000'), 'no two tokens are the same')
})

t.test('a token of another key, an altered one and one of another type stay closed', async t => {
  const token = encryptValue(key, 'pii.email_address', 'jane@example.com')
  const middle = token.length - 20
  const altered = token.slice(0, middle) + (token.charAt(middle) === 'A' ? 'B' : 'A') + token.slice(middle + 1)
  for (const closed of [encryptValue(other, 'pii.email_address', 'x'), altered, token.replace('EMAIL_ADDRESS', 'PHONE_NUMBER')]) {
    t.strictSame(decryptTokens(key, `a ${closed} b`), { text: `a ${closed} b`, opened: 0, closed: 1 })
  }
})
