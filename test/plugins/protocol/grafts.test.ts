/**
 * Bodies and answers that no documentation knows: parts of full ones put where others were, other kinds of values in their
 * place. A card number in any leaf of them is found, and edited away, or nothing is sent at all. `SALLYPORT_GRAFTS` sets how
 * many are tried.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { GatewayError } from '../../../core/errors.ts'
import { fullAnswers, fullStreams } from './answers.ts'
import { canaries, fullBodies, protocolOf, rawRequest } from './bodies.ts'

const runs = Number(process.env['SALLYPORT_GRAFTS'] ?? 80)
const canary = { text: '4111 1111 1111 1111', number: 4111111111111111 }
const digits = /4111 ?1111 ?1111 ?1111/

type Draw = (most: number) => number
type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

const scalars: readonly Json[] = [null, true, false, 0, -1, 1.5, '', 'x', [], {}, [[]], [null], { type: 'text' }, '{"a":[1,"b"]}', 'data:text/plain,hello']

/** Every value below, the whole included. */
function * valuesOf (value: Json): Generator<Json> {
  yield value
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) yield * valuesOf(inner)
}

/** The value with something else at one place. */
function grafted (value: Json, part: Json, draw: Draw): Json {
  if (typeof value !== 'object' || value === null || draw(4) === 0) return part
  const keys = Object.keys(value)
  if (keys.length === 0) return part
  const key = keys[draw(keys.length)] ?? ''
  if (Array.isArray(value)) return value.map((item, index) => String(index) === key ? grafted(item, part, draw) : item)
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, name === key ? grafted(inner, part, draw) : inner]))
}

/** Grafts a few times, then plants the card number. */
function damaged (whole: Json, draw: Draw): Json {
  let value = whole
  for (let times = 1 + draw(3); times > 0; times--) {
    const parts = draw(3) === 0 ? scalars : [...valuesOf(whole)]
    value = grafted(value, parts[draw(parts.length)] ?? null, draw)
  }
  const planted = [...canaries(value, canary)]
  return (planted[draw(planted.length)]?.body ?? value) as Json
}

/** Draws of a run, all from one seed that fast-check reports. */
const draws = fc.infiniteStream(fc.nat()).map((numbers): Draw => most => most === 0 ? 0 : (numbers.next().value ?? 0) % most)

/** Null where it is refused; any other error is a defect. */
function unlessRefused<T> (read: () => T, codes: RegExp): T | null {
  try {
    return read()
  } catch (thrown) {
    if (thrown instanceof GatewayError && codes.test(thrown.code)) return null
    throw thrown
  }
}

/** The text with pieces of it taken out, said twice, or put elsewhere, and characters that mean something to parsers put in. */
function torn (text: string, draw: Draw): string {
  const marks = ['"', '\\', '{', '}', '[', ']', ',', ':', '\n', '\r', '\n\n', '\u0000', '\ufeff', 'data:', 'data: ', 'event: ', 'id: ', ': ', '\\u0034', 'é']
  let whole = text
  for (let times = 1 + draw(4); times > 0; times--) {
    const at = draw(whole.length + 1)
    const from = draw(whole.length + 1)
    const piece = draw(2) === 0 ? marks[draw(marks.length)] ?? '' : whole.slice(from, from + draw(80))
    whole = whole.slice(0, at) + piece + whole.slice(at + (draw(2) === 0 ? 0 : draw(40)))
  }
  return whole
}

const holds = (value: Json): boolean => digits.test(JSON.stringify(value))

for (const [name, [protocolName, path, body]] of Object.entries(fullBodies)) {
  t.test(`${name}: a card number is found and edited away in any body, or the body is refused`, async () => {
    const protocol = protocolOf(protocolName)
    fc.assert(fc.property(draws, draw => {
      const changed = damaged(body as Json, draw)
      const request = rawRequest(path, changed)
      const reading = unlessRefused(() => protocol.read(request), /^GW_(?:REQUEST|CLASSIFY)_/)
      if (reading === null || !holds(changed)) return
      const edits = reading.leaves.flatMap(({ text }, leaf) => [...text.matchAll(new RegExp(digits, 'g'))].map(({ index, 0: found }) => ({ leaf, start: index, end: index + found.length, replacement: '[CARD]' })))
      assert.ok(edits.length > 0, `in no leaf: ${JSON.stringify(changed)}`)
      const edited = unlessRefused(() => protocol.edit(request, reading, edits), /^GW_POLICY_REDACTION$/)
      if (edited !== null) assert.ok(!holds(JSON.parse(Buffer.from(edited).toString()) as Json), 'it is gone from the body')
    }), { numRuns: runs })
  })
}

const answers = [
  ...Object.entries(fullAnswers).map(([name, [protocol, body]]) => ({ name: `${name}, whole`, protocol, contentType: 'application/json', value: body as Json, write: (value: Json) => JSON.stringify(value) })),
  ...Object.entries(fullStreams).map(([name, [protocol, contentType, events, frame]]) => ({ name: `${name}, as a stream`, protocol, contentType, value: events as Json, write: (value: Json) => frame((Array.isArray(value) ? value : [value]).map(event => typeof event === 'object' && event !== null ? event : { event })) }))
]

for (const { name, protocol: protocolName, contentType, value, write } of answers) {
  t.test(`${name}: a card number is judged and edited away in any answer, or the answer is not released`, async () => {
    const protocol = protocolOf(protocolName)
    fc.assert(fc.property(draws, fc.boolean(), (draw, isTorn) => {
      const written = write(damaged(value, draw))
      const text = isTorn ? torn(written, draw) : written
      const reading = unlessRefused(() => protocol.readAnswer({ status: 200, contentType, body: Buffer.from(text), stream: contentType !== 'application/json' }), /^GW_UPSTREAM_BAD_RESPONSE$/)
      if (reading === null || !digits.test(text)) return
      const edits = reading.answer.lanes.flatMap((lane, index) => [...lane.text.matchAll(new RegExp(digits, 'g'))].map(({ index: start, 0: found }) => ({ lane: index, start, end: start + found.length, replacement: '[CARD]' })))
      assert.ok(edits.length > 0, `in no lane: ${text}`)
      const edited = unlessRefused(() => reading.rewrite(edits), /^GW_POLICY_REDACTION$/)
      if (edited !== null) assert.ok(!digits.test(Buffer.from(edited).toString()), `left in: ${text}`)
    }), { numRuns: runs })
  })
}
