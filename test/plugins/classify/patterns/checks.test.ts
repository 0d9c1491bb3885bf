import t from 'tap'
import fc from 'fast-check'
import { crc32, inBase62 } from '../../../../plugins/classify/patterns/checks/crc32.ts'
import { isDay, isWrittenDay } from '../../../../plugins/classify/patterns/checks/dates.ts'
import { isOneDigit, luhn, mod11And10, remainder97, verhoeff, weightedSum } from '../../../../plugins/classify/patterns/checks/digits.ts'
import { codiceFiscaleLetter, dniLetter } from '../../../../plugins/classify/patterns/checks/letters.ts'

t.test('check-digit rules take the examples of their standards', async t => {
  t.ok(luhn('79927398713'))
  t.notOk(luhn('79927398710'))
  t.ok(verhoeff('2363'))
  t.notOk(verhoeff('2364'))
  t.ok(mod11And10('86095742719'))
  t.equal(remainder97('3214282912345698765432161182'), 1)
  t.equal(weightedSum('123', [3, 2, 1]), 10)
  t.equal(dniLetter('12345678Z'), 'Z')
  t.equal(dniLetter('X1234567L'), 'L')
  t.equal(codiceFiscaleLetter('RSSMRA85T10A562S'), 'S')
  t.equal(crc32('123456789'), 0xcbf43926)
  t.equal(inBase62(61, 3), '00z')
  t.ok(isOneDigit('7777'))
  t.notOk(isOneDigit('7778'))
})

const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 5, maxLength: 20 })

/** The digits with one of them replaced by another. */
function withOneChanged (text: string, place: number, by: number): string {
  const index = place % text.length
  return text.slice(0, index) + String((Number(text.charAt(index)) + by) % 10) + text.slice(index + 1)
}

const rules: Readonly<Record<string, (digits: string) => boolean>> = { luhn, verhoeff, mod11And10 }

for (const [name, holds] of Object.entries(rules)) {
  t.test(`${name} has exactly one check digit for any number, and sees any one digit changed`, async t => {
    fc.assert(fc.property(digits, fc.nat(), fc.integer({ min: 1, max: 9 }), (body, place, by) => {
      const valid = [...'0123456789'].map(check => body + check).filter(holds)
      return valid.length === 1 && !holds(withOneChanged(valid[0] ?? '', place, by))
    }))
    t.pass()
  })
}

t.test('days are those of the calendar, in any usual order', async t => {
  t.ok(isDay(2024, 2, 29))
  t.notOk(isDay(2023, 2, 29))
  t.notOk(isDay(2023, 13, 1))
  for (const text of ['1980-03-12', '12.3.1980', '3/31/1980', '31/3/1980', 'March 12, 1980', '12th March 1980', '03/12/80']) t.ok(isWrittenDay(text), text)
  for (const text of ['1980-13-12', '31.2.1980', '13/31/1980', 'Smarch 12, 1980', '12 March 1880']) t.notOk(isWrittenDay(text), text)
})
