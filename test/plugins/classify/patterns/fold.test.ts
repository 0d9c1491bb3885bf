import t from 'tap'
import fc from 'fast-check'
import { fold } from '../../../../plugins/classify/patterns/fold.ts'

t.test('ASCII is read as it is', async t => {
  const { text, original } = fold('a 1-2')
  t.equal(text, 'a 1-2')
  t.strictSame(original(2, 5), [2, 5])
})

t.test('disguises are undone', async t => {
  const cases: ReadonlyArray<readonly [string, string]> = [
    ['４１１１', '4111'], ['4\u200b1\u200d1\ufeff1', '4111'], ['4\u00ad1', '41'], ['1\u20112\u22123\u20134', '1-2-3-4'], ['1\u00a02\u30033', '1 2\u30033'], ['1\u20072', '1 2'],
    ['٤١١١', '4111'], ['४१', '41'], ['𝟒𝟏', '41'], ['𝐀𝐊𝐈𝐀', 'AKIA'], ['ＡＫＩＡ', 'AKIA'], ['a＠b．c', 'a@b.c'], ['①②', '12'], ['\u{e0041}\u{e0031}', 'A1'], ['1\ufe0f2', '12']
  ]
  for (const [text, folded] of cases) t.equal(fold(text).text, folded, text)
})

t.test('accents are left out, and look-alikes count as what they are taken for', async t => {
  const cases: ReadonlyArray<readonly [string, string]> = [['sécurité', 'securite'], ['Zürich', 'Zurich'], ['АKIА', 'AKIA'], ['pаssword', 'password'], ['4О11', '4011'], ['З5', '35'], ['Аб', 'Аб'], ['ghр_token', 'ghp_token']]
  for (const [text, folded] of cases) t.equal(fold(text).text, folded, text)
})

t.test('letters of other scripts stay what they are', async t => {
  for (const text of ['Привет', '日本語', 'straße', '😀', 'Ελλάδα', '한국어']) t.equal(fold(text).text, text)
})

t.test('every unit of the folded text leads back to the units it came from', async t => {
  const unit = fc.oneof(fc.constantFrom('４', '\u200b', '𝟏', '😀', '\ud800', '\udc00', 'é', '\u{e0041}', '⒈', '-', 'a'), fc.string({ minLength: 1, maxLength: 2 }))
  fc.assert(fc.property(fc.array(unit, { maxLength: 12 }), fc.array(unit, { maxLength: 12 }), (left, right) => {
    const before = left.join('') + '日'
    const { text, original } = fold(`${before}MARK${right.join('')}`)
    const at = text.indexOf('MARK', fold(before).text.length)
    const [start, end] = original(at, at + 4)
    return start === before.length && end === before.length + 4
  }))
  t.pass()
})

t.test('a span takes in what was left out inside it, and nothing beside it', async t => {
  const { text, original } = fold('\u200b4\u200b１\u200b!')
  t.equal(text, '41!')
  t.strictSame(original(0, 2), [1, 4])
  t.strictSame(original(2, 3), [5, 6])
})

t.test('half of a surrogate pair is never a place', async t => {
  const { text, original } = fold('😀𝟏x')
  t.equal(text, '😀1x')
  t.strictSame(original(0, 2), [0, 2])
  t.strictSame(original(2, 3), [2, 4])
  t.strictSame(original(3, 4), [4, 5])
})
