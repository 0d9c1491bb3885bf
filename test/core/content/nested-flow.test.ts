import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { NestedFlow } from '../../../core/content/nested-flow.ts'
import { applyTextEdits, lowerNested, showNested, type TextEdit } from '../../../core/content/nested.ts'

/** A text that is no JSON and does not begin like one. */
const plain = fc.string({ unit: fc.constantFrom('a', '7', '"', '\\', '\n', 'é', '😀', ' ', '/') }).map(text => `x${text}`)

/** A value of JSON, strings that are JSON themselves among it. */
const inner = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof({ depthSize: 'small' },
    plain, fc.integer(), fc.constant(true), fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(fc.constantFrom('k', 'k"'), tie('value'), { maxKeys: 2 }),
    tie('value').map(value => JSON.stringify(value))
  )
})).value

const texts = fc.oneof(
  fc.oneof(fc.array(inner, { minLength: 1 }), fc.dictionary(fc.constant('k'), inner, { minKeys: 1 }), plain).map(value => JSON.stringify(value)),
  fc.array(inner, { minLength: 1 }).map(value => escapedHard(JSON.stringify(value))),
  fc.string({ unit: fc.constantFrom('a', 'b', ' ', '1', '.') }).map(text => `x${text}`)
)

/** The same JSON with its letters written as escapes. */
function escapedHard (json: string): string {
  return json.replaceAll(/(?<!\\)a/g, '\\u0061')
}

/** True between the halves of a character. */
function isMiddle (text: string, at: number): boolean {
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(at - 1, at + 1))
}

function flow (text: string, cuts: readonly number[]): { readonly shown: string, readonly flow: NestedFlow } {
  const made = new NestedFlow()
  const places = [...new Set(cuts.map(cut => Math.min(cut, text.length)))].sort((a, b) => a - b)
  const shown = [...places, text.length].map((end, index) => made.push(text.slice(index === 0 ? 0 : places[index - 1], end)))
  return { shown: shown.join('') + made.end(), flow: made }
}

t.test('a text in pieces is shown as the whole is', async () => {
  fc.assert(fc.property(texts, fc.array(fc.nat(60)), (text, cuts) => {
    assert.equal(flow(text, cuts).shown, showNested(text))
  }), { numRuns: 1000 })
})

t.test('edits of what was shown are carried back as in the whole', async () => {
  fc.assert(fc.property(texts, fc.array(fc.nat(60)), fc.nat(60), fc.integer({ min: 1, max: 6 }), (text, cuts, from, length) => {
    const { shown, flow: made } = flow(text, cuts)
    const start = Math.min(from, shown.length)
    const end = Math.min(start + length, shown.length)
    if (start === end || isMiddle(shown, start) || isMiddle(shown, end)) return
    const edit: TextEdit = { start, end, replacement: '[A"B]' }
    let whole: TextEdit[]
    try {
      whole = lowerNested(text, [edit])
    } catch {
      assert.throws(() => made.lower(edit, (a, b) => shown.slice(a, b), false))
      return
    }
    const lowered = made.lower(edit, (a, b) => shown.slice(a, b), false)
    const parsed = (edited: string): unknown => { try { return JSON.parse(edited) as unknown } catch { return edited } }
    assert.deepEqual(parsed(applyTextEdits(text, [lowered])), parsed(applyTextEdits(text, whole)))
  }), { numRuns: 1000 })
})

t.test('places lead there and back', async () => {
  fc.assert(fc.property(texts, fc.array(fc.nat(60)), (text, cuts) => {
    const { shown, flow: made } = flow(text, cuts)
    assert.equal(made.rawOf(shown.length), text.length)
    assert.equal(made.shownOf(text.length), shown.length)
    for (let at = 0; at <= shown.length; at++) assert.ok(made.shownOf(made.rawOf(at)) <= at)
  }))
})

t.test('a number is settled whole', async t => {
  const made = new NestedFlow()
  const shown = made.push('{"n":41111')
  t.equal(made.rawOf(shown.length), 5)
  t.equal(made.push('11}').length, 3)
  t.equal(made.rawOf(shown.length + 2), 12)
})

t.test('an escape that was cut off at the end is shown as it stands', async t => {
  t.equal(flow('{"a":"x\\u00', [9]).shown, '{"a":"x\\u00')
})
