import t from 'tap'
import fc from 'fast-check'
import { canonicalize } from '../../../core/audit/canonical.ts'
import { factsOf, isDecision } from '../../../core/audit/facts.ts'
import { mintReceipt } from '../../../core/audit/receipt.ts'
import type { RecordBody } from '../../../core/audit/record.ts'
import { decision, holds, outcome } from './parts.ts'

const facts = (body: RecordBody): unknown => factsOf(Buffer.from(canonicalize(body)))

/** Texts that try to look like what is searched for. */
const hostile = fc.oneof(fc.string({ unit: 'binary' }).filter(text => !/\p{Surrogate}/u.test(text)), fc.constantFrom(
  '","decision":"deny","id":"evil"', ',"id":"evil"', '\\","id":"evil"', '","decision_hash":"', '{"attempts":[]', '\\', '\\"', '"'))

t.test('a decision\'s id and effect are found whatever its texts hold', async t => {
  const bodies = fc.record({ text: hostile, label: hostile, effect: fc.constantFrom('permit' as const, 'redact' as const, 'deny' as const), count: fc.nat(), id: fc.uuid(), bare: fc.boolean() })
  holds(t, fc.property(bodies, ({ text, label, effect, count, id, bare }) => {
    const body = decision({
      id,
      decision: effect,
      classification: bare ? null : { tag: text, labels: { [label]: count, decision: 1, id: 2 }, complete: true, taxonomy: text, detectors: text, external: [text, 'id', 'decision'] },
      configuration: text,
      endpoints: [text, 'id'],
      reasons: [text],
      input: { id: 'evil', decision: 'deny' },
      obligations: [{ id: 'evil', type: text }]
    })
    t.ok(isDecision(Buffer.from(canonicalize(body))))
    return JSON.stringify(facts(body)) === JSON.stringify({ kind: 'decision', id, isDenial: effect === 'deny' })
  }), { numRuns: 500 })
})

t.test('an outcome\'s decision is found whatever its texts hold', async t => {
  holds(t, fc.property(hostile, fc.uuid(), fc.maxSafeNat(), (text, id, index) => {
    const receipt = mintReceipt({ decisionId: id, index, leafHash: 'ab'.repeat(32), size: 9, checkpoint: '' })
    const [attempt] = outcome(receipt).attempts
    const body = outcome(receipt, { endpoint: text, attempts: attempt === undefined ? [] : [{ ...attempt, endpoint: text, error: text, model: text }] })
    return JSON.stringify(facts(body)) === JSON.stringify({ kind: 'outcome', id, index, hash: 'ab'.repeat(32) })
  }), { numRuns: 500 })
})

t.test('what is no body of a record has no facts', async t => {
  t.same(facts({ kind: 'system', event: 'start' }), { kind: 'system', held: null })
  t.same(facts({ kind: 'system', event: 'hold', held: true }), { kind: 'system', held: true })
  for (const text of ['', '{}', '[]', 'null', '{"kind":"other"}', '{"event":"start","kind":"system"', '{"classification":null}', '{"classification":null,"decision":"permit"}',
    '{"attempts":[],"decision_hash":"ab","decision_id":"x","decision_index":1,"end":"ok"}', '{"attempts":[]}']) {
    t.equal(factsOf(Buffer.from(text)), null, text)
  }
})
