import fc from 'fast-check'
import t from 'tap'
import { openCompiler, type CompilerCore } from '../../../rego/compiler/compiler.ts'
import { servesFormat } from '../../../rego/engine/format.ts'
import { Beyond, hostBuiltins } from '../../../rego/engine/host.ts'
import { serveBuiltin } from '../../../rego/engine/serve.ts'
import { compareTerms, jsonOf, readTerm, textOf, type Term } from '../../../rego/engine/term.ts'

const opa: CompilerCore = openCompiler()

/** What OPA answers, as text, or undefined where it has no answer. */
function byOpa (name: string, given: readonly Term[]): string | undefined {
  try {
    const answer = opa.builtin({ name, argumentsText: `[${given.map(textOf).join(', ')}]`, builtins: 'all' })
    return answer === null ? undefined : answer.valueText
  } catch {
    return undefined
  }
}

/** What our function answers; `beyond` where it leaves the answer to OPA. */
function byHost (name: string, given: readonly Term[]): string | undefined {
  const call = serveBuiltin(name, null)
  if (call === null) throw new Error(`${name} is not served`)
  try {
    const answer = call({ json: () => given.map(jsonOf), terms: () => given.map(textOf) })
    return answer === undefined ? undefined : 'json' in answer ? answer.json : answer.term
  } catch (thrown) {
    if (thrown instanceof Beyond) return 'beyond'
    throw thrown
  }
}

function same (a: string | undefined, b: string | undefined): boolean {
  return a === undefined || b === undefined ? a === b : compareTerms(readTerm(a), readTerm(b)) === 0
}

const string = (value: string): Term => ({ kind: 'string', value })
const number = (text: string): Term => ({ kind: 'number', text })
const alphabet = fc.constantFrom('a', 'b', 'ab', '', 'é', '\u{1F600}', ' ', 'A', '0', '%')
const texts = fc.array(alphabet, { maxLength: 4 }).map(parts => string(parts.join('')))
const integers = fc.oneof(fc.integer({ min: -20, max: 20 }), fc.maxSafeInteger()).map(value => number(String(value)))
const floats = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(1.5, 1e20, 1e21, 1e22, 0.0001, 0.00001, 1e-7, 123456789.5)).map(value => number(Object.is(value, -0) ? '-0.5' : /[.e]/.test(String(value)) ? String(value) : `${value}.5`.replace(/^(-?\d{16,})\.5$/, '$1')))
const bigs = fc.bigInt().map(value => number(String(value)))
const scalars = fc.oneof(texts, integers, fc.constant<Term>({ kind: 'null' }), fc.boolean().map((value): Term => ({ kind: 'boolean', value })))
const lists = fc.array(scalars, { maxLength: 4 }).map((items): Term => ({ kind: 'array', items }))
const sets = fc.array(texts, { maxLength: 3 }).map(items => readTerm(items.length === 0 ? 'set()' : `{${items.map(textOf).join(',')}}`))
const objects = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.oneof(scalars, lists), { maxKeys: 3 }).map((value): Term => ({ kind: 'object', pairs: Object.entries(value).map(([key, item]) => [string(key), item]) }))
const nested = fc.dictionary(fc.constantFrom('a', 'b'), fc.oneof(scalars, lists, objects), { maxKeys: 2 }).map((value): Term => ({ kind: 'object', pairs: Object.entries(value).map(([key, item]) => [string(key), item]) }))
const any = fc.oneof(scalars, lists, sets, objects)
const versions = fc.tuple(fc.constantFrom('', 'v', 'V'), fc.array(fc.constantFrom('0', '1', '10', '01', '9223372036854775807', '9223372036854775808', '-1', ''), { minLength: 2, maxLength: 4 }), fc.constantFrom('', '-a', '-1', '-01', '-a.1', '-a.10', '-a.b', '-', '-a..b', '+b', '-rc.1+b.2', '+'))
  .map(([prefix, parts, rest]) => string(prefix + parts.join('.') + rest))
const verbs = fc.constantFrom('%s', '%d', '%v', '%x', '%X', '%o', '%b', '%%', '%5s', '%-5d', '%05d', '%3v', '%-3s', '%08x', ' text ', '%', '%q', '%.2f', '%+d', '%[1]d', '%*d', '%-05d', '%t', '%e')
const formats = fc.array(verbs, { maxLength: 4 }).map(parts => string(parts.join('')))
const values = fc.array(fc.oneof(any, floats, bigs), { maxLength: 4 }).map((items): Term => ({ kind: 'array', items }))
const affixes = fc.oneof(texts, fc.array(texts, { maxLength: 3 }).map((items): Term => ({ kind: 'array', items })), sets, any)

const argumentsOf: Readonly<Record<string, ReadonlyArray<fc.Arbitrary<Term>>>> = {
  sprintf: [formats, values],
  'strings.any_prefix_match': [affixes, affixes],
  'strings.any_suffix_match': [affixes, affixes],
  'strings.count': [texts, texts],
  'strings.split_n': [texts, texts, fc.oneof(integers, floats)],
  indexof_n: [texts, texts],
  'object.subset': [fc.oneof(nested, lists, sets), fc.oneof(nested, lists, sets)],
  'numbers.range_step': [fc.integer({ min: -30, max: 30 }).map(value => number(String(value))), fc.oneof(integers, floats).filter(({ text = '' }: Term & { text?: string }) => text.length < 4), fc.oneof(integers, floats)],
  'semver.is_valid': [fc.oneof(versions, any)],
  'semver.compare': [versions, versions],
  'hex.encode': [fc.oneof(texts, any)],
  'crypto.md5': [fc.oneof(texts, any)],
  'crypto.sha1': [texts],
  'crypto.sha256': [texts],
  'crypto.hmac.md5': [texts, texts],
  'crypto.hmac.sha1': [texts, texts],
  'crypto.hmac.sha256': [texts, fc.oneof(texts, any)],
  'crypto.hmac.sha512': [texts, texts],
  'crypto.hmac.equal': [texts, texts]
}

t.same(Object.keys(argumentsOf).sort(), [...hostBuiltins.keys()].sort(), 'every function is held against OPA')

for (const [name, arbitraries] of Object.entries(argumentsOf)) {
  t.test(`${name} answers what OPA answers, whatever it is given`, async t => {
    let served = 0
    fc.assert(fc.property(fc.tuple(...arbitraries), given => {
      const ours = byHost(name, given)
      if (ours === 'beyond') return
      served++
      const theirs = byOpa(name, given)
      if (!same(ours, theirs)) throw new Error(`${name}(${given.map(textOf).join(', ')}): ${String(ours)} where OPA has ${String(theirs)}`)
    }), { numRuns: name === 'sprintf' ? 600 : 150, seed: 4 })
    t.ok(served > 20, `${served} calls were ours`)
  })
}

t.test('a format is served or not by its text alone, so that a check can tell', async t => {
  for (const format of ['%s of %d', '%v %% %5d %-3s %08x', 'plain', '']) t.ok(servesFormat(format), format)
  for (const format of ['%q', '%.2f', '%[1]d', '%*d', '%+d', '%', '% d', '%05', '%e']) t.notOk(servesFormat(format), format)
})
