/**
 * A stream judged as it comes says what the same stream says that is held whole and redacted: however its texts were cut into
 * events, its events into bytes, and its lanes mixed. The long run is `npm run test:streams`.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { openDialect, pieces, readDialect, saidBy } from './said.ts'
import { dialects, type Said } from './streams.ts'
import { cutBytes, heldWhole, redactAll, streamThrough } from './streaming.ts'

const runs = Number(process.env['SALLYPORT_STREAM_RUNS'] ?? 120)

const gold = ['jane.roe@example.com', '4111 1111 1111 1111', '4111111111111111', 'DE89 3704 0044 0532 0130 00', '536-90-4399', `AKIA${'Q3EGRZ7VXLPWN2DC'}`, '203.0.113.7', 'müller@straße.de']
const words = ['the', ' ', ' quiet', ' river', '\n', ' größe', '😀', ' 12', ', ', '. ', ' card', ' x@', 'y', '"', '\\', ' -', '日本', '{', '[', ' 3.5', '\u200b', 'сard']
const text = fc.array(fc.oneof({ arbitrary: fc.constantFrom(...words), weight: 4 }, { arbitrary: fc.constantFrom(...gold), weight: 1 }), { maxLength: 14 })
  .map(parts => parts.join(' ')).map(whole => /^\s*["[{]/.test(whole) ? `x${whole}` : whole) // text that begins as JSON and is none is shown otherwise
const values = fc.oneof(text, fc.constantFrom(4111111111111111, 12, null), text.map(inner => JSON.stringify({ inner })))
const json = fc.dictionary(fc.constantFrom('to', 'body', 'card'), values, { minKeys: 1, maxKeys: 3 }).map(value => JSON.stringify(value))
const escaped = json.map(source => source.replaceAll(/(?<!\\)[eo](?!k)/g, unit => `\\u00${unit.charCodeAt(0).toString(16)}`))
const cuts = fc.array(fc.nat(120), { maxLength: 30 })

const said = fc.tuple(text, text, fc.option(fc.oneof(json, escaped), { nil: '' }), cuts, cuts, fc.array(fc.nat(2), { maxLength: 40 }))
  .map(([reasoning, whole, call, one, other, order]): Said => ({ reasoning: pieces(reasoning, one), text: pieces(whole, other), call: call === '' ? [] : pieces(call, one), order }))

for (const dialect of dialects) {
  t.test(dialect.protocol.name, { timeout: 900_000 }, async () => {
    await fc.assert(fc.asyncProperty(said, fc.constantFrom('\n', '\r\n', '\r'), fc.array(fc.nat(30_000), { maxLength: 200 }), async (what, end, places) => {
      const body = dialect.build(what, end)
      const { bytes, isBlocked } = await streamThrough({ stream: openDialect(dialect), pieces: cutBytes(body, places), judge: redactAll })
      const whole = await heldWhole(held => readDialect(dialect, held), body).catch(() => null)
      assert.equal(isBlocked, whole === null)
      if (whole !== null) assert.deepEqual(saidBy(dialect, bytes), saidBy(dialect, whole))
    }), { numRuns: runs })
  })
  t.test(`${dialect.protocol.name}, bytes one by one`, { timeout: 900_000 }, async () => {
    await fc.assert(fc.asyncProperty(said, async what => {
      const body = dialect.build(what, '\n')
      const { bytes, isBlocked } = await streamThrough({ stream: openDialect(dialect), pieces: Array.from(body, byte => Uint8Array.of(byte)), judge: redactAll })
      if (!isBlocked) assert.deepEqual(saidBy(dialect, bytes), saidBy(dialect, await heldWhole(held => readDialect(dialect, held), body)))
    }), { numRuns: Math.ceil(runs / 10) })
  })
  t.test(`${dialect.protocol.name}: nothing that is found ever leaves`, { timeout: 900_000 }, async () => {
    const clean = fc.array(fc.constantFrom(...gold), { minLength: 1, maxLength: 5 }).map(all => all.map(value => `and ${value} too`).join(', '))
    await fc.assert(fc.asyncProperty(clean, cuts, fc.array(fc.nat(30_000), { maxLength: 100 }), async (whole, at, places) => {
      const call = pieces(JSON.stringify({ to: whole }), at)
      const body = dialect.build({ reasoning: pieces(whole, at), text: pieces(whole, at), call, order: [0, 1, 2, 1, 0, 2, 2, 1] }, '\n')
      const { bytes } = await streamThrough({ stream: openDialect(dialect), pieces: cutBytes(body, places), judge: redactAll })
      const told = String(saidBy(dialect, bytes))
      for (const value of gold) assert.ok(!told.includes(value), value)
    }), { numRuns: runs })
  })
  t.test(`${dialect.protocol.name}: an untouched stream leaves byte for byte`, { timeout: 900_000 }, async () => {
    await fc.assert(fc.asyncProperty(said, fc.array(fc.nat(30_000), { maxLength: 100 }), async (what, places) => {
      const body = dialect.build({ ...what, order: [] }, '\n')
      const { bytes } = await streamThrough({ stream: openDialect(dialect), pieces: cutBytes(body, places) })
      // Of a text that others would wait for, the end moves into an event of its own.
      if (bytes.length !== body.length) assert.deepEqual(saidBy(dialect, bytes), saidBy(dialect, body))
      else assert.equal(bytes.toString(), body.toString())
    }), { numRuns: runs })
  })
}
