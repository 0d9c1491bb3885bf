import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { dataPlace, readEvents, writeEvent } from '../../../core/content/sse.ts'

t.test('events are read whatever ends their lines', async t => {
  for (const end of ['\n', '\r\n', '\r']) {
    const text = ['event: add', 'data: one', 'data:two', 'id: 7', '', ': comment', '', 'data', '', ''].join(end)
    t.match(readEvents(Buffer.from(text)), [
      { data: 'one\ntwo', type: 'add', isComplete: true }, { data: null, isComplete: true }, { data: '', isComplete: true }
    ], JSON.stringify(end))
  }
})

t.test('a byte order mark at the start is no part of a field; elsewhere it is text', async t => {
  t.match(readEvents(Buffer.from('\ufeffdata: a\n\ndata: \ufeffb\n\n')), [{ data: 'a' }, { data: '\ufeffb' }])
})

t.test('one space after the colon is no part of the value, a second one is', async t => {
  t.match(readEvents(Buffer.from('data:  a:b\n\n')), [{ data: ' a:b' }])
})

t.test('an event without its blank line is not complete', async t => {
  for (const text of ['data: a\n\ndata: b', 'data: a\n\ndata: b\n']) t.match(readEvents(Buffer.from(text)), [{ isComplete: true }, { data: 'b', isComplete: false }])
})

t.test('bytes that are no UTF-8 are no stream', async t => {
  t.throws(() => readEvents(Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0xc3, 0x28, 0x0a, 0x0a])), { code: 'GW_UPSTREAM_BAD_RESPONSE' })
})

t.test('events cover every byte, in order', async () => {
  const line = fc.constantFrom('data: x', 'data:é', 'event: e', ': c', 'odd', '', '')
  fc.assert(fc.property(fc.array(line), fc.constantFrom('\n', '\r\n', '\r'), (lines, end) => {
    const body = Buffer.from(lines.join(end))
    for (const event of readEvents(body)) {
      for (const { text, start, end: lineEnd } of event.lines) assert.equal(body.toString('utf8', start, lineEnd), text)
      assert.ok(event.start < event.end)
    }
    const seen = readEvents(body).flatMap(({ lines }) => lines.map(({ text }) => text))
    assert.deepEqual(seen, lines.filter(text => text !== ''))
  }))
})

t.test('what is written is read back, and data is found where it stands', async () => {
  fc.assert(fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '😀', ' ', ':') }), { minLength: 1 }), parts => {
    const data = parts.join('\n')
    const body = Buffer.from(`: first\n\n${writeEvent(data)}`)
    const event = readEvents(body)[1]
    if (event === undefined) throw new Error('the event is missing')
    assert.equal(event.data, data)
    const place = dataPlace(event)
    const joined = Buffer.from(data)
    for (let offset = 0; offset < joined.length; offset++) if (joined[offset] !== 0x0a) assert.equal(body[place(offset)], joined[offset])
  }))
})
