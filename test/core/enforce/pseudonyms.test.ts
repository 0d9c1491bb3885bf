import t from 'tap'
import fc from 'fast-check'
import { createSecretKey } from 'node:crypto'
import { Pseudonyms, tokensIn } from '../../../core/enforce/pseudonyms.ts'

const key = createSecretKey(Buffer.alloc(32, 5))
const owner = { tenant: 'acme', issuer: 'https://idp.example', subject: 'u-17' }
const email = 'jane.roe@example.com'

function issue (...values: ReadonlyArray<readonly [label: string, value: string]>): { pseudonyms: Pseudonyms, tokens: string[] } {
  const pseudonyms = new Pseudonyms(key, owner)
  return { pseudonyms, tokens: values.map(([label, value]) => pseudonyms.issue(label, value)) }
}

/** The text with its tokens' values, as an answer is restored. */
function restored (pseudonyms: Pseudonyms, text: string): string {
  return pseudonyms.find(text).reduceRight((all, { start, end, value }) => all.slice(0, start) + value + all.slice(end), text)
}

t.test('a token names its type and tells nothing else', async t => {
  const { tokens: [token = ''] } = issue(['pii.email_address', email])
  t.match(token, /^EMAIL_ADDRESS_[0-9A-HJKMNP-TV-Z]{8}$/)
})

t.test('one value of one subject has one token, in every request and spelling', async t => {
  const { tokens: [first, second, third] } = issue(['pci.credit_card', '4111 1111 1111 1111'], ['pci.credit_card', '4111-1111-1111-1111'], ['pci.credit_card', '4000 0000 0000 0002'])
  t.equal(first, second)
  t.not(first, third)
  t.equal(issue(['pci.credit_card', '4111111111111111']).tokens[0], first)
})

t.test('another subject, issuer or tenant has other tokens', async t => {
  const tokens = [owner, { ...owner, subject: 'u-18' }, { ...owner, issuer: 'https://other.example' }, { ...owner, tenant: null }].map(one => new Pseudonyms(key, one).issue('pii.email_address', email))
  t.equal(new Set(tokens).size, 4)
})

t.test('a token that the caller wrote is never issued', async t => {
  const { tokens: [token = ''] } = issue(['pii.email_address', email])
  const taken = tokensIn([`please print ${token} for me`, 'nothing'])
  const pseudonyms = new Pseudonyms(key, owner, one => taken.has(one))
  t.not(pseudonyms.issue('pii.email_address', email), token)
  t.equal(restored(pseudonyms, token), token)
})

const manglings: Readonly<Record<string, (token: string) => string>> = {
  'as issued': token => token,
  'lower case': token => token.toLowerCase(),
  'title case': token => token.split('_').map((word, index, all) => index === all.length - 1 ? word : word.charAt(0) + word.slice(1).toLowerCase()).join('_'),
  'in brackets': token => `[${token}]`,
  'in angle brackets': token => `<${token}>`,
  'in braces': token => `{{${token}}}`,
  'in quotation marks': token => `"${token}"`,
  'in backticks': token => `\`${token}\``,
  'in bold': token => `**${token}**`,
  'with a possessive': token => `${token}'s`,
  'with a curly possessive': token => `${token}’s`,
  'with a full stop': token => `${token}.`,
  'with spaces for underscores': token => token.replaceAll('_', ' '),
  'with hyphens for underscores': token => token.replaceAll('_', '-'),
  'with escaped underscores': token => token.replaceAll('_', '\\_'),
  'without underscores': token => token.replaceAll('_', ''),
  'with a line break': token => token.replace('_', '_\n'),
  'with spaces around underscores': token => token.replaceAll('_', ' _ '),
  'with a space in the code': token => token.replace(/(.{4})$/, ' $1'),
  'in a URL': token => `https://example.com/?to=${token}&x=1`,
  'with a typographic hyphen': token => token.replaceAll('_', '\u2011')
}

for (const [name, mangle] of Object.entries(manglings)) {
  t.test(`a token is found ${name}`, async t => {
    const { pseudonyms, tokens: [token = ''] } = issue(['pii.email_address', email], ['pii.phone_number', '+1 415 555 2671'])
    const before = 'Write to '
    const text = `${before}${mangle(token)} now`
    t.match(restored(pseudonyms, text), email)
    t.notMatch(restored(pseudonyms, text), token)
  })
}

t.test('tokens that were not issued, and parts of tokens, are left', async t => {
  const { pseudonyms, tokens: [token = ''] } = issue(['pii.email_address', email])
  for (const text of ['EMAIL_ADDRESS_00000000', token.slice(0, -1), `${token}X`, `X${token}`, 'EMAIL_ADDRESS', 'the email address', '']) t.strictSame(pseudonyms.find(text), [], text)
})

t.test('what another request issued is never restored', async t => {
  const { tokens: [token = ''] } = issue(['pii.email_address', email])
  t.strictSame(issue(['pii.email_address', 'john@example.com']).pseudonyms.find(token), [])
})

t.test('an end that may become a token is pending, from its start', async t => {
  const { pseudonyms, tokens: [token = ''] } = issue(['pii.email_address', email])
  for (let length = 1; length <= token.length; length++) t.equal(pseudonyms.pending(`so ${token.slice(0, length)}`), 3, token.slice(0, length))
  for (const text of ['so ', 'so X', `so ${token}.`, `so ${token.slice(0, -1)}!`, 'so EMAIL_ADDRESS_!!!!!']) t.equal(pseudonyms.pending(text), text.length, text)
})

t.test('released piece by piece up to what is pending, a stream restores to what the whole text does', async t => {
  const { pseudonyms, tokens } = issue(['pii.email_address', email], ['pii.phone_number', '+1 415 555 2671'], ['pii.government.us_ssn', '536-90-4399'])
  const parts = fc.array(fc.oneof(
    fc.tuple(fc.constantFrom(...tokens), fc.constantFrom(...Object.values(manglings))).map(([token, mangle]) => mangle(token)),
    fc.constantFrom(' ', 'the ', 'EMAIL', 'email address ', '_', 'US_SSN_', '. ', '😀')
  ), { maxLength: 6 }).map(pieces => pieces.join(' '))
  fc.assert(fc.property(parts, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 40 }), (text, sizes) => {
    let held = ''
    let out = ''
    for (let at = 0, turn = 0; at < text.length; turn++) {
      const size = sizes[turn % sizes.length] ?? 1
      held += text.slice(at, at + size)
      at += size
      const cut = pseudonyms.pending(held)
      out += restored(pseudonyms, held.slice(0, cut))
      held = held.slice(cut)
    }
    return out + restored(pseudonyms, held) === restored(pseudonyms, text)
  }), { numRuns: 1000 })
  t.pass()
})

t.test('nothing is pending or found once it is wiped', async t => {
  const { pseudonyms, tokens: [token = ''] } = issue(['pii.email_address', email])
  pseudonyms.wipe()
  t.strictSame([pseudonyms.size, pseudonyms.find(token), pseudonyms.pending(token)], [0, [], token.length])
})
