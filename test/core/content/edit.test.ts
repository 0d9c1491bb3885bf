import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { applyLeafEdits } from '../../../core/content/edit.ts'
import { readJson } from '../../../core/content/json.ts'
import { readContent } from '../../../core/content/leaves.ts'
import { Place } from '../../../core/content/map.ts'
import type { Leaf } from '../../../core/pipeline/facts.ts'

function leavesIn (body: Buffer): readonly Leaf[] {
  return readContent(readJson(body), new Place({}, '')).leaves
}

/** A JSON string literal in which each character may be written plainly or escaped. */
const literals = fc.array(fc.tuple(fc.constantFrom('a', '7', '@', '"', '\\', '/', '\n', 'é', '世', '😀', '\ud83d'), fc.boolean()), { maxLength: 12 })
  .map(characters => `"${characters.map(([character, isEscaped]) => isEscaped || /["\\\n\ud83d]$/.test(character) ? escaped(character) : character).join('')}"`)

function escaped (text: string): string {
  return text.split('').map(unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
}

t.test('an edit changes its span and no other byte', async () => {
  const span = fc.tuple(fc.nat(20), fc.nat(20), fc.constantFrom('', '[X]', 'a "b" \\ é😀'))
  fc.assert(fc.property(literals, literals, literals, span, (before, literal, after, [from, length, replacement]) => {
    const body = Buffer.from(`{ "a": ${before},\t"b" :[${literal} ],"c":${after}, "d":1.50}`)
    const leaves = leavesIn(body)
    const index = leaves.findIndex(({ path }) => path.join('/') === 'b/0')
    const leaf = leaves[index]
    if (leaf === undefined) throw new Error('the leaf is missing')
    if (leaf.text !== JSON.parse(literal)) return // JSON within the text: its edits have tests of their own
    const [start, end] = whole(leaf.text, Math.min(from, leaf.text.length), Math.min(from + length, leaf.text.length))
    const edited = applyLeafEdits(body, leaves, [{ leaf: index, start, end, replacement }])
    const expected = leaf.text.slice(0, start) + replacement + leaf.text.slice(end)
    assert.equal((JSON.parse(edited.toString()) as { b: string[] }).b[0], expected)
    assert.ok(edited.subarray(0, leaf.start).equals(body.subarray(0, leaf.start)), 'what stands before')
    assert.ok(edited.subarray(edited.length - (body.length - leaf.end)).equals(body.subarray(leaf.end)), 'what stands after')
    assert.ok(edited.toString().includes(prefixOf(body, leaf, start)), 'escapes before the edit')
  }), { numRuns: 400 })
})

/** Moves a span off the middle of a surrogate pair, outwards. */
function whole (text: string, start: number, end: number): [number, number] {
  const isMiddle = (at: number): boolean => /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(at - 1, at + 1))
  return [isMiddle(start) ? start - 1 : start, isMiddle(end) ? end + 1 : end]
}

/** The literal's own bytes up to a place in its text. */
function prefixOf (body: Buffer, leaf: Leaf, units: number): string {
  const literal = body.toString('utf8', leaf.start, leaf.end)
  for (let length = 1; length < literal.length; length++) {
    try {
      if (JSON.parse(literal.slice(0, length) + '"') === leaf.text.slice(0, units)) return literal.slice(0, length)
    } catch {} // within an escape
  }
  return ''
}

t.test('an edit through the middle of a character takes the whole of it', async t => {
  for (const body of ['["a😀b"]', '["a\\ud83d\\ude00b"]'].map(text => Buffer.from(text))) {
    t.equal(applyLeafEdits(body, leavesIn(body), [{ leaf: 0, start: 2, end: 4, replacement: '-' }]).toString(), '["a-"]')
    t.equal(applyLeafEdits(body, leavesIn(body), [{ leaf: 0, start: 0, end: 2, replacement: '-' }]).toString(), '["-b"]')
  }
})

t.test('several edits of several leaves are made at once, in any order', async t => {
  const body = Buffer.from('{"a":"one two","b":["three"]}')
  const leaves = leavesIn(body)
  const at = (text: string): number => leaves.findIndex(leaf => leaf.text === text)
  const edited = applyLeafEdits(body, leaves, [
    { leaf: at('three'), start: 0, end: 5, replacement: '3' }, { leaf: at('one two'), start: 4, end: 7, replacement: '2' }, { leaf: at('one two'), start: 0, end: 3, replacement: '1' }
  ])
  t.equal(edited.toString(), '{"a":"1 2","b":["3"]}')
})

t.test('a number that is edited becomes a text', async t => {
  const body = Buffer.from('[4111111111111111, 1.50]')
  t.equal(applyLeafEdits(body, leavesIn(body), [{ leaf: 0, start: 0, end: 16, replacement: '[CREDIT_CARD]' }]).toString(), '["[CREDIT_CARD]", 1.50]')
})

t.test('JSON within a string stays JSON when it is edited, at any depth', async t => {
  const args = { note: 'line one\nmail jane@x.org "now"', deep: JSON.stringify({ card: 4111111111111111, text: 'tab\there é' }), count: 7 }
  const body = Buffer.from(JSON.stringify({ arguments: JSON.stringify(args) }))
  const leaves = leavesIn(body)
  const leaf = leaves.findIndex(({ text }) => text.includes('jane'))
  const text = leaves[leaf]?.text ?? ''
  t.match(text, 'line one\nmail jane@x.org "now"', 'inner escapes are decoded')
  t.match(text, 'tab\there é')
  const edit = (value: string, replacement: string): { leaf: number, start: number, end: number, replacement: string } =>
    ({ leaf, start: text.indexOf(value), end: text.indexOf(value) + value.length, replacement })
  const edited = applyLeafEdits(body, leaves, [edit('jane@x.org', '[MAIL] "q"'), edit('4111111111111111', '[CARD]'), edit('tab\there', 'gone')])
  const inner = JSON.parse((JSON.parse(edited.toString()) as { arguments: string }).arguments) as { note: string, deep: string, count: number }
  t.equal(inner.note, 'line one\nmail [MAIL] "q" "now"')
  t.same(JSON.parse(inner.deep), { card: '[CARD]', text: 'gone é' })
  t.equal(inner.count, 7)
  t.throws(() => applyLeafEdits(body, leaves, [{ leaf, start: text.indexOf('"now"') + 4, end: text.indexOf('deep') + 2, replacement: '' }]), { code: 'GW_POLICY_REDACTION' })
})

t.test('a number in arguments becomes a text there too, escapes or none', async t => {
  const body = Buffer.from(JSON.stringify(['{"card":4111111111111111}', '[1, {"a', '[41,11]']))
  const leaves = leavesIn(body)
  const edited = applyLeafEdits(body, leaves, [{ leaf: 0, start: 8, end: 24, replacement: '[CARD]' }, { leaf: 1, start: 1, end: 2, replacement: 'x' }, { leaf: 2, start: 1, end: 6, replacement: 'y' }])
  t.same(JSON.parse(edited.toString()), ['{"card":"[CARD]"}', '[x, {"a', '[y]'], 'what is no JSON, or would be torn apart, is text')
})

t.test('what cannot be edited denies', async t => {
  const body = Buffer.from('{"key":"text"}')
  const leaves = leavesIn(body)
  const key = leaves.findIndex(({ kind }) => kind === 'key')
  const text = leaves.findIndex(({ kind }) => kind === 'string')
  const around: Leaf = { path: ['q'], pattern: '/query/*', place: 'query', kind: 'string', text: 'text', start: 0, end: 0 }
  const strange: Leaf = { path: ['x'], pattern: '/*', place: 'body', kind: 'string', text: 'other', start: 7, end: 13 }
  const cases: Array<[name: string, leaves: readonly Leaf[], edits: Array<[leaf: number, start: number, end: number]>]> = [
    ['a key', leaves, [[key, 0, 3]]],
    ['a query', [around], [[0, 0, 2]]],
    ['a leaf that is not there', leaves, [[9, 0, 1]]],
    ['a leaf of another body', [strange], [[0, 0, 1]]],
    ['a span beyond the text', leaves, [[text, 2, 5]]],
    ['a span that ends before it begins', leaves, [[text, 2, 1]]],
    ['a span that is no number', leaves, [[text, NaN, 2]]],
    ['spans that overlap', leaves, [[text, 0, 3], [text, 2, 4]]]
  ]
  for (const [name, of, edits] of cases) {
    t.throws(() => applyLeafEdits(body, of, edits.map(([leaf, start, end]) => ({ leaf, start, end, replacement: 'x' }))), { code: 'GW_POLICY_REDACTION' }, name)
  }
})
