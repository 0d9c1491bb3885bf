/** What a mark says beside its header; and marks that came with the answer. */
import fc from 'fast-check'
import t from 'tap'
import { manifestsIn, ManifestFlow } from '../../../../plugins/response/filter/manifest.ts'
import { edited, obligation, redaction, run } from './parts.ts'
import { openDialect, pieces, readDialect, saidBy } from './said.ts'
import { dialects } from './streams.ts'
import { heldWhole, redactAll, streamThrough } from './streaming.ts'

const mark = obligation('mark', { mode: 'machine-generated' }, 'eu_marker')

t.test('a link to a manifest names the decision', async t => {
  const config = { marks: { eu_marker: { link: 'https://ai.example/manifests/{decision_id}' } } }
  const { result } = await run({ config, decision: { id: '01a2132d-7ed5-79f3-8af2-7d879e3d1c30', obligations: [mark] } })
  t.match(result, { facts: { response: { headers: { 'ai-disclosure': 'mode="machine-generated"', link: '<https://ai.example/manifests/01a2132d-7ed5-79f3-8af2-7d879e3d1c30>; rel="c2pa-manifest"' } } } })
})

t.test('a member of the body holds the parameters', async t => {
  const { result } = await run({ config: { marks: { eu_marker: { member: 'ai_disclosure' } } }, decision: { obligations: [mark] } })
  t.match(result, { facts: { response: { members: { ai_disclosure: { mode: 'machine-generated' } } } } })
})

t.test('an answer that is blocked has neither', async t => {
  const config = { marks: { eu_marker: { member: 'ai_disclosure', link: 'https://ai.example/m', suffix: '!' } } }
  const { result } = await run({ config, judgement: { effect: 'block', reasons: ['no'] }, decision: { obligations: [mark] } })
  t.match(result, { facts: { response: { decision: 'block', headers: {}, marked: [], edits: [] } } })
  t.notMatch(result, { facts: { response: { members: {} } } })
})

/** A manifest of so many bytes, as C2PA 2.3 spells it in a text. */
function manifest (bytes: number): string {
  const body = [...Buffer.from('C2PATXT\0\x01', 'latin1'), ...Array.from({ length: bytes }, (_, index) => index * 37 % 256)]
  return '\ufeff' + body.map(byte => String.fromCodePoint(byte < 16 ? 0xfe00 + byte : 0xe0100 + byte - 16)).join('')
}

t.test('a manifest in a text that is not edited stays, to the unit', async t => {
  t.equal(edited(`It is so.${manifest(300)}`, await run({ texts: [`It is so.${manifest(300)}`], judgement: redaction('replace', 'pii.*') })), `It is so.${manifest(300)}`)
})

t.test('a manifest in a text that is edited is taken out whole, with a note', async t => {
  const text = `Write to a@b.example now.${manifest(300)}`
  const ran = await run({ texts: [text], judgement: redaction('replace', 'pii.*') })
  t.equal(edited(text, ran), 'Write to [EMAIL_ADDRESS] now.')
  t.match(ran.result, { facts: { response: { decision: 'redact', redactions: 1, reasons: ['mark.manifest_removed'] } } })
})

t.test('a manifest gives way to a visible mark', async t => {
  const text = `It is so.${manifest(20)}`
  t.equal(edited(text, await run({ texts: [text], config: { marks: { eu_marker: { suffix: ' (machine)' } } }, decision: { obligations: [mark] } })), 'It is so. (machine)')
})

t.test('a mark of byte order and selectors that spell nothing are no manifest', async t => {
  t.strictSame(manifestsIn('\ufeffhello \ufeff\ufe0f \u2764\ufe0f'), [])
})

t.test('in pieces, a manifest is found as in the whole, and waits; other texts do not', async () => {
  const texts = fc.array(fc.constantFrom('a', ' word', '\ufeff', '\ufe0f', manifest(3), manifest(0)), { maxLength: 8 }).map(parts => parts.join(''))
  fc.assert(fc.property(texts, fc.array(fc.nat(60), { maxLength: 10 }), (text, cuts) => {
    const flow = new ManifestFlow(0)
    let free = 0
    for (const piece of pieces(text, cuts)) free = flow.push(piece)
    const found = manifestsIn(text)
    const same = JSON.stringify(flow.all()) === JSON.stringify(found)
    return same && found.every(({ start }) => free <= start) && (found.length > 0 || text.length - free <= manifest(0).length)
  }))
})

for (const dialect of dialects) {
  t.test(`a stream of ${dialect.protocol.name} loses a void manifest as the whole does`, async t => {
    for (const text of [`Write to a.b@c.example now.${manifest(200)}`, `All is well.${manifest(200)}`]) {
      const body = dialect.build({ reasoning: [], text: pieces(text, [3, 12, 25, 31, 77, 200]), call: [], order: [] }, '\n')
      const streamed = await streamThrough({ stream: openDialect(dialect), pieces: [body], judge: redactAll })
      const held = await heldWhole(all => readDialect(dialect, all), body)
      t.strictSame(saidBy(dialect, streamed.bytes), saidBy(dialect, held))
      const isVoid = text.includes('@')
      t.equal(saidBy(dialect, streamed.bytes)?.toString().includes('\ufeff'), !isVoid)
      t.strictSame(streamed.decision.reasons, isVoid ? ['mark.manifest_removed'] : [])
      t.equal(streamed.decision.holdOverflow, false)
    }
  })
}
