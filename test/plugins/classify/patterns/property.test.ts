import t from 'tap'
import fc from 'fast-check'
import { luhn, mod11And10, remainder97, verhoeff, weightedSum } from '../../../../plugins/classify/patterns/checks/digits.ts'
import { dniLetter } from '../../../../plugins/classify/patterns/checks/letters.ts'
import { find } from './scanning.ts'

function digits (length: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: length, maxLength: length })
}

/** Completes a number by the one digit that a rule takes. */
function checked (body: string, holds: (digits: string) => boolean): string {
  return [...'0123456789'].map(check => body + check).find(holds) ?? ''
}

function isVaried (value: string): boolean {
  return new Set(value).size > 2
}

const grouped = fc.constantFrom('', ' ', '-')

const cards = fc.tuple(fc.constantFrom('4', '51', '55', '2221', '2720', '6011', '65', '3528'), digits(15), grouped).map(([prefix, rest, separator]) => {
  return checked((prefix + rest).slice(0, 15), luhn).replace(/\d{4}(?=\d)/g, group => group + separator)
}).filter(isVaried)

const ibans = digits(18).map(account => `DE${String(98 - remainder97(`${account}131400`)).padStart(2, '0')}${account}`)
const nhs = digits(9).map(body => checked(body, all => (11 - weightedSum(all, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11 === Number(all.at(-1)))).filter(isVaried)
const aadhaar = digits(10).map(rest => checked(`2${rest}`, verhoeff))
const dni = digits(8).map(number => number + dniLetter(`${number}?`))
const taxIds = digits(8).map(rest => checked(`11${rest}`, mod11And10)).filter(id => /^(?!.*(\d)(?:.*\1){3})/.test(id))
const awsKeys = fc.tuple(fc.constantFrom('AKIA', 'ASIA'), fc.string({ unit: fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'), minLength: 16, maxLength: 16 })).map(([prefix, rest]) => prefix + rest)
const ssns = fc.tuple(fc.integer({ min: 100, max: 665 }), fc.integer({ min: 10, max: 99 }), fc.integer({ min: 1000, max: 9999 })).map(parts => parts.join('-'))
const emails = fc.tuple(fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/), fc.stringMatching(/^[a-z]{2,12}$/)).map(([local, domain]) => `${local}@${domain}.example.com`)

/** Words that say nothing, odd scripts and invisible units among them. */
const filler = fc.array(fc.constantFrom('the', 'quiet', 'river', 'größe', '日本', '😀', 'is', '\u200b', 'and,', '(so)', 'ok.'), { maxLength: 8 }).map(words => words.join(' '))

interface Kind { readonly label: string, readonly values: fc.Arbitrary<string>, readonly word: string }

const kinds: readonly Kind[] = [
  { label: 'pci.credit_card', values: cards, word: '' },
  { label: 'pii.financial.iban_code', values: ibans, word: '' },
  { label: 'phi.uk_nhs', values: nhs, word: 'NHS' },
  { label: 'pii.government.in_aadhaar', values: aadhaar, word: 'Aadhaar:' },
  { label: 'pii.government.es_nif', values: dni, word: '' },
  { label: 'secret.aws_access_key', values: awsKeys, word: '' },
  { label: 'pii.government.us_ssn', values: ssns, word: '' },
  { label: 'pii.email_address', values: emails, word: '' }
]

for (const { label, values, word } of kinds) {
  t.test(`any ${label} is found where it stands, in any text`, async t => {
    fc.assert(fc.property(filler, values, filler, (left, value, right) => {
      const before = `${left} ${word} `
      return find(`${before}${value} ${right}`).some(found => found.label === label && found.start === before.length && found.value === value)
    }), { numRuns: 300 })
    t.pass()
  })
}

t.test('a number with another check digit is none', async t => {
  const wrong = fc.integer({ min: 1, max: 9 })
  const misprint = (value: string, by: number): string => value.slice(0, -1) + String((Number(value.at(-1)) + by) % 10)
  for (const [label, values, word] of [['pci.credit_card', cards, 'card'], ['pii.financial.iban_code', ibans, 'iban'], ['phi.uk_nhs', nhs, 'NHS'], ['pii.government.in_aadhaar', aadhaar, 'aadhaar'], ['pii.government.de_tax_id', taxIds, 'Steuer-ID']] as const) {
    fc.assert(fc.property(values, wrong, (value, by) => !find(`${word} ${misprint(value, by)}.`).some(found => found.label === label)), { numRuns: 300 })
  }
  t.pass()
})

t.test('a digit more on either side makes a card no card', async t => {
  fc.assert(fc.property(cards, fc.constantFrom(...'123456789'), (card, digit) => {
    const plain = card.replace(/\D/g, '')
    return [`${digit}${plain}`, `${plain}${digit}`].filter(text => !luhn(text)).every(text => find(text).every(({ label }) => label !== 'pci.credit_card'))
  }))
  t.pass()
})

t.test('a disguised card is found at its own units', async t => {
  const disguise = fc.array(fc.constantFrom(0, 1, 2, 3), { minLength: 16, maxLength: 16 })
  fc.assert(fc.property(cards, disguise, filler, (card, choices, left) => {
    const hidden = [...card.replace(/\D/g, '')].map((digit, index) => index === 0 ? digit : [digit, `\u200b${digit}`, String.fromCharCode(0xff10 + Number(digit)), String.fromCodePoint(0x1d7ce + Number(digit))][choices[index] ?? 0] ?? '').join('')
    return find(`${left} ${hidden} ok`).some(({ label, value }) => label === 'pci.credit_card' && value === hidden)
  }))
  t.pass()
})

t.test('spans are whole, in order, and one label never overlaps itself', async t => {
  const scraps = fc.array(fc.oneof(cards, ibans, ssns, emails, awsKeys, filler, fc.string(), fc.constantFrom('mrn ', 'ssn ', ':', '-', '+1 ', 'password=')), { maxLength: 10 })
  fc.assert(fc.property(scraps, pieces => {
    const text = pieces.join('')
    const found = find(text)
    const isPlaced = found.every(({ start, value }) => value.length > 0 && start >= 0 && start + value.length <= text.length)
    const isOrdered = found.every(({ start }, index) => index === 0 || start >= (found[index - 1]?.start ?? 0))
    const overlaps = found.some((one, index) => found.some((other, place) => place > index && other.label === one.label && other.start < one.start + one.value.length))
    return isPlaced && isOrdered && !overlaps
  }), { numRuns: 500 })
  t.pass()
})
