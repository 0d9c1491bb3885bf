import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { applyTextEdits, lowerNested, showNested } from '../../../core/content/nested.ts'

t.test('what is no JSON, or holds no escape, is shown as it is', async t => {
  for (const text of ['', 'plain \\n text', '{"a":"b"}', '[1,2', '{"a":"\\x"}', '"\\ud83d', 'C:\\temp']) t.equal(showNested(text), text)
})

t.test('inner strings are shown decoded, at any depth', async () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', 'é', '/') }), fc.integer({ min: 1, max: 4 }), (inner, depth) => {
    let text = inner
    for (let level = 0; level < depth; level++) text = JSON.stringify({ k: text })
    const isPlain = showNested(inner) === inner
    assert.ok(!isPlain || showNested(text).includes(inner))
  }))
})

t.test('an edit of what was shown leaves JSON that says the same but for the edit', async () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', 'é') }), fc.integer({ min: 1, max: 4 }), fc.constantFrom('', 'x', '"\\'), (around, depth, replacement) => {
    const wrap = (inner: string): string => Array.from({ length: depth }).reduce<string>(text => JSON.stringify({ k: [text, 1] }), inner)
    const text = wrap(`-${around}VALUE${around}`)
    const start = showNested(text).indexOf('VALUE')
    assert.equal(applyTextEdits(text, lowerNested(text, [{ start, end: start + 5, replacement }])), wrap(`-${around}${replacement}${around}`))
  }), { numRuns: 200 })
})

t.test('nesting without end is refused', async t => {
  let text = 'x"'
  for (let level = 0; level < 12; level++) text = JSON.stringify([text])
  t.throws(() => showNested(text), { code: 'GW_CLASSIFY_TOO_DEEP' })
})
