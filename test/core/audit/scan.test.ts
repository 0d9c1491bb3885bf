/** The verifier's own reading of canonical JSON, held against the writer's making of it. */
import t from 'tap'
import fc from 'fast-check'
import { canonicalize } from '../../../core/audit/canonical.ts'
import { decisionFields, envelopeFields, keysOf, outcomeFields, type Fields } from '../../../core/audit/record-schema.ts'
import { NotCanonical, scanCanonical } from '../../../core/audit/verify/scan.ts'
import { packageFile } from '../../../core/package.ts'
import { readFileSync, readdirSync } from 'node:fs'
import { holds } from './parts.ts'

const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }).filter(value => !/\p{Surrogate}/u.test(value)))
const json = fc.letrec(tie => ({
  value: fc.oneof({ depthSize: 'small' }, text, fc.maxSafeInteger(), fc.boolean(), fc.constant(null), fc.array(tie('value')), fc.dictionary(text, tie('value')))
})).value

function isCanonical (bytes: Buffer): boolean {
  try {
    scanCanonical(bytes)
    return true
  } catch (thrown) {
    if (thrown instanceof NotCanonical) return false
    throw thrown
  }
}

t.test('every canonical text is read, and its members are where they are said to be', async t => {
  holds(t, fc.property(fc.dictionary(text, json), value => {
    const bytes = Buffer.from(canonicalize(value))
    const outer = scanCanonical(bytes).filter(({ depth }) => depth === 0)
    const read = outer.map(({ keyStart, keyEnd, start, end }) => [JSON.parse(bytes.toString('utf8', keyStart - 1, keyEnd + 1)), canonicalize(JSON.parse(bytes.toString('utf8', start, end)))])
    return JSON.stringify(read) === JSON.stringify(Object.keys(value).sort().map(key => [key, canonicalize(value[key])]))
  }), { numRuns: 400 })
})

t.test('a text with any byte changed is read only where it is another canonical text', async t => {
  const byte = fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('{}[],:"\\0123-tfn u')))
  holds(t, fc.property(fc.dictionary(text, json), fc.nat(), byte, fc.constantFrom('put', 'insert', 'drop'), (value, at, other, how) => {
    const bytes = Buffer.from(canonicalize(value))
    const place = at % bytes.length
    const changed = Buffer.concat([bytes.subarray(0, place), how === 'drop' ? Buffer.alloc(0) : Buffer.from([other]), bytes.subarray(how === 'insert' ? place : place + 1)])
    return isCanonical(changed) === readsAsCanonical(changed)
  }), { numRuns: 3000 })
})

/** The same judgement by another way: parsed and written again it is the same. */
function readsAsCanonical (bytes: Buffer): boolean {
  try {
    const read = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return canonicalize(JSON.parse(read)) === read
  } catch {
    return false
  }
}

t.test('what is nearly canonical is not', async t => {
  for (const near of ['{"a":1} ', ' {}', '{"b":1,"a":2}', '{"a":1,"a":2}', '{"a":01}', '{"a":-0}', '{"a":1.0}', '{"a":1e2}', '{"a":9007199254740992}', '{"a":"\\/"}', '{"a":"\\u0041"}', '{"a":"\\u000A"}',
    '{"a":"\\ud83d\\ude00"}', '{"a":"\\u000a"}', '{"a":tru}', '{"a":trve}', '{"a":nul', '[1,]', '[,1]', '{"a":1,}', '{,}', '{"a"}', '["\u0001"]', '"', '', '{"\\u00e9":1}', '{"\u{1f600}":1,"\ufb33":2}'.split('').reverse().join('')]) {
    t.notOk(isCanonical(Buffer.from(near)), near)
  }
  t.ok(isCanonical(Buffer.from('{"\u{1f600}":1,"\ufb33":2}')), 'keys sort by UTF-16 units, not by bytes')
  t.notOk(isCanonical(Buffer.from('{"\ufb33":1,"\u{1f600}":2}')))
  t.notOk(isCanonical(Buffer.from([0x22, 0xff, 0x22])))
  t.notOk(isCanonical(Buffer.from('['.repeat(100) + ']'.repeat(100))))
})

t.test('the schema names its keys in canonical order, each described', async t => {
  const sorted = (fields: Fields): boolean => JSON.stringify(Object.keys(fields)) === JSON.stringify(keysOf(fields)) &&
    Object.values(fields).every(({ description, fields: inner }) => description !== '' && (inner === undefined || sorted(inner)))
  for (const fields of [envelopeFields, decisionFields, outcomeFields]) t.ok(sorted(fields))
})

t.test('the verifier imports nothing of the writer but the record\'s schema', async t => {
  const folder = packageFile('core/audit/verify/')
  const allowed = /^(?:node:[a-z:]+|\.\/[a-z-]+\.ts|\.\.\/record(?:-schema)?\.ts)$/
  for (const name of readdirSync(folder)) {
    const paths = [...readFileSync(`${folder}${name}`, 'utf8').matchAll(/from '([^']+)'/g)].map(([, path = '']) => path)
    t.same(paths.filter(path => !allowed.test(path)), [], name)
  }
})
