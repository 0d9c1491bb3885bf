import t from 'tap'
import fc from 'fast-check'
import { detectors } from '../../../../plugins/classify/patterns/detectors/index.ts'
import { parseExpression } from '../../../../plugins/classify/patterns/expression.ts'
import { mayStart, prefixOf } from '../../../../plugins/classify/patterns/prefix.ts'
import { samples } from './samples.ts'

function matchesAt (pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at
  return pattern.test(text)
}

function places (text: string): number[] {
  return Array.from({ length: text.length + 1 }, (_, at) => at)
}

const texts = Object.values(samples).flatMap(({ finds, ignores }) => [...finds.map(([text]) => text), ...ignores.map(([text]) => text)])

t.test('wherever a pattern of a detector matches, its prefix lets it be tried', async t => {
  for (const { label, pattern } of detectors) {
    const prefix = prefixOf(pattern)
    const missed = texts.filter(text => places(text).some(at => matchesAt(pattern, text, at) && !mayStart(prefix, text, at)))
    t.strictSame(missed, [], label)
  }
})

const atoms = ['a', 'B', '\\d', '[a-c]', '[^x]', '[\\w-]', '.', '\\s', 'é', '\\u0041', '\\x42', '(?:ab|c)', '(?<n>a)', '(?=a)', '(?<!b)', '(?<=b)', '(?<=a|[bc]|)', '(?<=(?:a|b)c?)', '\\b', '^', '[^]', '\\.', '[.]', '[a\\-]', '(a|)']
const signs = ['', '', '', '?', '*', '+', '{2}', '{1,3}', '{0,2}', '{1,}']

const expressions = fc.array(fc.tuple(fc.constantFrom(...atoms), fc.constantFrom(...signs)), { minLength: 1, maxLength: 5 })
  .map(parts => parts.map(([atom, sign]) => /^(?:\\b|\^|\(\?[=<!](?!n))/.test(atom) ? atom : atom + sign).join(''))
  .filter(source => (source.match(/\?<n>/g) ?? []).length < 2)

t.test('so it is for any expression and any text', async t => {
  const text = fc.string({ unit: fc.constantFrom(...'aAbBcCx1 -.é\n😀'), maxLength: 12 })
  fc.assert(fc.property(expressions, fc.constantFrom('y', 'iy', 'uy', 'iuy', 'sy'), text, (source, flags, subject) => {
    const pattern = new RegExp(source, flags)
    const prefix = prefixOf(pattern)
    return places(subject).every(at => !matchesAt(pattern, subject, at) || mayStart(prefix, subject, at))
  }), { numRuns: 3000 })
  t.pass()
})

t.test('a prefix keeps out what cannot match', async t => {
  const prefix = prefixOf(/[A-Z]{2}\d{3,5}(?:x|yz)/y)
  t.ok(mayStart(prefix, 'AB123x', 0))
  for (const text of ['A1', 'AB12x', 'ab123x', '', 'A']) t.notOk(mayStart(prefix, text, 0), text)
})

t.test('what is not known of expressions is refused', async t => {
  for (const [source, flags] of [['(?i:a)', ''], ['\\p{L}\\q', ''], ['(?<a>b', ''], ['[a', ''], ['a{2}{3}', ''], ['*', ''], ['a)', ''], ['\\u12', '']] as const) {
    t.throws(() => parseExpression({ source, flags }), { name: 'UnreadableExpression' }, source)
  }
})
