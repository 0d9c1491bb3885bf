import t from 'tap'
import fc from 'fast-check'
import { holds } from './parts.ts'
import { canonicalize } from '../../../core/audit/canonical.ts'

t.test('keys sort by UTF-16 units, as the example of RFC 8785 section 3.2.3 has it', async t => {
  const sample = { '\u20ac': 'Euro Sign', '\r': 'Carriage Return', דּ: 'Hebrew Letter Dalet With Dagesh', 1: 'One', '\ud83d\ude00': 'Emoji: Grinning Face', '\u0080': 'Control', ö: 'Latin Small Letter O With Diaeresis' }
  t.equal(canonicalize(sample), '{"\\r":"Carriage Return","1":"One","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis","\u20ac":"Euro Sign","\ud83d\ude00":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}')
})

t.test('texts escape what RFC 8785 section 3.2.2.2 says, and no more', async t => {
  t.equal(canonicalize('\u20ac$\u000f\u000aA\'\u0042\u0022\u005c\\"/'), '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"')
})

t.test('literals and integers', async t => {
  t.equal(canonicalize({ literals: [null, true, false], numbers: [0, -0, -1, 9007199254740991] }), '{"literals":[null,true,false],"numbers":[0,0,-1,9007199254740991]}')
})

t.test('what has no canonical form is refused', async t => {
  for (const value of [1.5, NaN, Infinity, 2 ** 53, '\ud800', 'a\udc00b', { '\ud83d': 1 }, [() => {}], Symbol('s'), 1n]) {
    t.throws(() => canonicalize(value), TypeError)
  }
})

t.test('a text that reads as an escape of a surrogate is a text', async t => {
  t.equal(canonicalize('\\ud800'), '"\\\\ud800"')
  t.equal(canonicalize('\ud83d\ude00'), '"\ud83d\ude00"')
})

t.test('the order of insertion and an undefined member do not matter', async t => {
  holds(t, fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.integer()), members => {
    const reversed = Object.fromEntries(Object.entries(members).reverse())
    return canonicalize(members) === canonicalize({ ...reversed, 'never there': undefined })
  }))
})

t.test('reading a canonical text and writing it again gives the same text', async t => {
  const json = fc.letrec(tie => ({
    value: fc.oneof({ depthSize: 'small' }, fc.string({ unit: 'grapheme' }), fc.maxSafeInteger(), fc.boolean(), fc.constant(null), fc.array(tie('value')), fc.dictionary(fc.string({ unit: 'grapheme' }), tie('value')))
  })).value
  holds(t, fc.property(json, value => {
    const text = canonicalize(value)
    return canonicalize(JSON.parse(text)) === text
  }))
})
