import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { dataPlace, largestEventBytes, readEvents, SseReader, writeEvent, type SseEvent } from '../../../core/content/sse.ts'

/** Events with their data as text. */
function told (text: string): unknown[] {
  return readEvents(Buffer.from(text)).map(({ data, type, isComplete }) => ({ data: String(data), type, isComplete }))
}

t.test('events are read whatever ends their lines', async t => {
  for (const end of ['\n', '\r\n', '\r']) {
    const text = ['event: add', 'data: one', 'data:two', 'id: 7', '', ': comment', '', 'data', '', ''].join(end)
    t.match(told(text), [
      { data: 'one\ntwo', type: 'add', isComplete: true }, { data: 'null', isComplete: true }, { data: '', isComplete: true }
    ], JSON.stringify(end))
  }
})

t.test('a byte order mark at the start is no part of a field; elsewhere it is text', async t => {
  t.match(told('\ufeffdata: a\n\ndata: \ufeffb\n\n'), [{ data: 'a' }, { data: '\ufeffb' }])
})

t.test('one space after the colon is no part of the value, a second one is', async t => {
  t.match(told('data:  a:b\n\n'), [{ data: ' a:b' }])
})

t.test('an event without its blank line is not complete', async t => {
  for (const text of ['data: a\n\ndata: b', 'data: a\n\ndata: b\n']) t.match(told(text), [{ isComplete: true }, { data: 'b', isComplete: false }])
})

t.test('bytes that are no UTF-8 are no stream', async t => {
  t.throws(() => readEvents(Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0xc3, 0x28, 0x0a, 0x0a])), { code: 'GW_UPSTREAM_BAD_RESPONSE' })
})

const line = fc.constantFrom('data: x', 'data:é😀', 'event: e', ': c', 'odd', '', '')
const ends = fc.constantFrom('\n', '\r\n', '\r')

t.test('events hold every byte, in order', async () => {
  fc.assert(fc.property(fc.array(line), ends, (lines, end) => {
    const body = Buffer.from(lines.join(end))
    const events = readEvents(body)
    assert.deepEqual(Buffer.concat(events.map(({ bytes }) => bytes)), body)
    for (const { bytes, lines: own } of events) for (const { text, start, end: lineEnd } of own) assert.equal(bytes.toString('utf8', start, lineEnd), text)
    assert.deepEqual(events.flatMap(({ lines: own }) => own.map(({ text }) => text)), lines.filter(text => text !== ''))
  }))
})

t.test('however the bytes are cut, the events are the same', async () => {
  fc.assert(fc.property(fc.array(line), fc.array(ends), fc.array(fc.nat(40)), (lines, kinds, cuts) => {
    const body = Buffer.from(lines.map((text, index) => text + (kinds[index] ?? '\n')).join(''))
    const reader = new SseReader()
    const cut = [...new Set(cuts.map(at => Math.min(at, body.length)))].sort((a, b) => a - b)
    const events = [...cut, body.length].flatMap((to, index) => reader.push(body.subarray(cut[index - 1] ?? 0, to)))
    const last = reader.end()
    const told = (all: readonly SseEvent[]): unknown[] => all.filter(({ lines: own }) => own.length > 0).map(({ data, type, isComplete, lines: own }) => [String(data), type, isComplete, own.map(({ text }) => text)])
    assert.deepEqual(told(last === null ? events : [...events, last]), told(readEvents(body)))
    assert.deepEqual(Buffer.concat([...events, ...last === null ? [] : [last]].map(({ bytes }) => bytes)), body)
  }), { numRuns: 500 })
})

t.test('an event without end is given up at a bound', async t => {
  const reader = new SseReader()
  const piece = Buffer.alloc(1024 * 1024, 'x')
  t.throws(() => { for (let index = 0; index <= largestEventBytes / piece.length; index++) reader.push(piece) }, { code: 'GW_UPSTREAM_BAD_RESPONSE' })
  t.throws(() => new SseReader().push(Buffer.concat([Buffer.alloc(largestEventBytes, 'x'), Buffer.from('\n\n')])), { code: 'GW_UPSTREAM_BAD_RESPONSE' })
})

t.test('an event of very many lines is given up at a bound', async t => {
  const event = (lines: number): Buffer => Buffer.from(`${'data: 1\n'.repeat(lines)}\n`)
  t.equal(readEvents(event(65_536))[0]?.lines.length, 65_536)
  t.throws(() => readEvents(event(65_537)), { code: 'GW_UPSTREAM_BAD_RESPONSE' })
})

t.test('one rare end of a line among millions of the other kind costs no more than they do', async t => {
  for (const [many, one] of [['\n', '\r'], ['\r', '\n']] as const) {
    const reader = new SseReader()
    t.same(reader.push(Buffer.from(`${many.repeat(3_500_000)}${one}`)), [])
    t.equal(reader.end()?.bytes.length, 3_500_001)
  }
})

t.test('what is written is read back, and data is found where it stands', async () => {
  fc.assert(fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '😀', ' ', ':') }), { minLength: 1 }), parts => {
    const data = parts.join('\n')
    const body = Buffer.from(`: first\n\n${writeEvent(data)}`)
    const event = readEvents(body)[1]
    if (event === undefined) throw new Error('the event is missing')
    assert.equal(String(event.data), data)
    const place = dataPlace(event)
    const joined = Buffer.from(data)
    for (let offset = 0; offset < joined.length; offset++) if (joined[offset] !== 0x0a) assert.equal(event.bytes[place(offset)], joined[offset])
  }))
})
