import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { openaiChat } from '../../../../plugins/protocol/openai-chat/index.ts'
import { chunkOf, contentsOf, judged, readStreamAnswer, streamOf } from './parts.ts'

/** A text cut at random places, between UTF-16 units. */
const cutText = fc.tuple(fc.string({ unit: fc.constantFrom('a', '7', '"', '\\', '\n', 'é', '😀', ' ') }), fc.array(fc.nat(30)))
  .map(([text, cuts]) => {
    const places = [...new Set(cuts.map(cut => Math.min(cut, text.length)))].sort((a, b) => a - b)
    return { text, pieces: [...places, text.length].map((end, index) => text.slice(index === 0 ? 0 : places[index - 1], end)) }
  })

function streamed (pieces: readonly string[], end = '\n'): Buffer {
  return streamOf([chunkOf({ role: 'assistant', content: '' }), ...pieces.map(content => chunkOf({ content })), chunkOf({}, 'stop')], end)
}

t.test('a text is one lane however it was cut', async () => {
  fc.assert(fc.property(cutText, fc.constantFrom('\n', '\r\n'), ({ text, pieces }, end) => {
    const { answer } = readStreamAnswer(streamed(pieces, end))
    const lanes = answer.lanes.filter(({ kind }) => kind === 'text')
    assert.equal(lanes.length, 1)
    assert.equal(lanes[0]?.name, 'choices/0/message/content')
    assert.ok(lanes[0]?.text === text || JSON.parse(text) !== null)
  }))
})

t.test('clients put the edited text together, whatever chunks the edit touches', async () => {
  fc.assert(fc.property(cutText, fc.nat(30), fc.nat(30), fc.constantFrom('', '[MAIL]', '"\\é'), ({ text, pieces }, from, length, replacement) => {
    const body = streamed(pieces)
    const reading = readStreamAnswer(body)
    const lane = reading.answer.lanes.findIndex(({ kind }) => kind === 'text')
    if (reading.answer.lanes[lane]?.text !== text) return // JSON within the text: its edits have tests of their own
    const isMiddle = (at: number): boolean => /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(at - 1, at + 1))
    const start = Math.min(from, text.length)
    const end = Math.min(start + length, text.length)
    if (start === end || isMiddle(start) || isMiddle(end)) return
    const edited = reading.rewrite([{ lane, start, end, replacement }])
    assert.equal(contentsOf(edited)[0], text.slice(0, start) + replacement + text.slice(end))
    assert.equal(readStreamAnswer(edited).answer.finish, 'stop')
  }), { numRuns: 400 })
})

t.test('events that no edit touches keep their bytes', async t => {
  const body = streamed(['mail a@', 'x.org', ' now'])
  const reading = readStreamAnswer(body)
  t.equal(reading.rewrite([]), body)
  const lane = reading.answer.lanes.findIndex(({ kind }) => kind === 'text')
  const expected = body.toString().replace('mail a@', 'mail [MAIL]').replace('"x.org"', '""')
  t.equal(Buffer.from(reading.rewrite([{ lane, start: 5, end: 12, replacement: '[MAIL]' }])).toString(), expected)
})

t.test('choices and tool calls are told apart by their index', async t => {
  const call = (index: number, part: object): Record<string, unknown> => ({ tool_calls: [{ index, ...part }] })
  const body = streamOf([
    chunkOf({ content: 'one ' }), chunkOf({ content: 'two ' }, null, 1), chunkOf({ content: 'more' }), chunkOf({ content: 'again' }, null, 1),
    chunkOf(call(0, { id: 'c0', type: 'function', function: { name: 'first', arguments: '' } })), chunkOf(call(1, { id: 'c1', type: 'function', function: { name: 'second', arguments: '{"a' } })),
    chunkOf(call(0, { function: { arguments: '{"k":' } })), chunkOf(call(1, { function: { arguments: '":1}' } })), chunkOf(call(0, { function: { arguments: '2}' } })),
    chunkOf({}, 'tool_calls'), chunkOf({}, 'stop', 1), { ...chunkOf({}), choices: [], usage: { prompt_tokens: 3, completion_tokens: 4 } }
  ])
  const { answer, usage } = readStreamAnswer(body)
  t.same(answer.lanes.filter(({ kind }) => kind === 'text').map(({ path, text }) => [path[1], text]), [['0', 'one more'], ['1', 'two again']])
  t.same(answer.tools.map(({ name, lane }) => [name, answer.lanes[lane ?? -1]?.text]), [['first', '{"k":2}'], ['second', '{"a":1}']])
  t.same(usage, { inputTokens: 3, outputTokens: 4, estimated: false })
  t.equal(answer.finish, 'tool_calls')
})

t.test('escapes of JSON in cut arguments hide nothing, and are edited in place', async t => {
  const pieces = ['{"to":"a\\u00', '40x.org","n":', '1}']
  const body = streamOf([...pieces.map(piece => chunkOf({ tool_calls: [{ index: 0, function: { arguments: piece } }] })), chunkOf({}, 'tool_calls')])
  const reading = readStreamAnswer(body)
  const lane = reading.answer.lanes.findIndex(({ kind }) => kind === 'tool_arguments')
  t.equal(reading.answer.lanes[lane]?.text, '{"to":"a@x.org","n":1}')
  const edited = readStreamAnswer(reading.rewrite([{ lane, start: 7, end: 14, replacement: '[MAIL]' }]))
  t.equal(edited.answer.lanes[lane]?.text, '{"to":"[MAIL]","n":1}')
})

t.test('everything beside the text is judged too', async t => {
  const canary = 'AKIA48213977'
  const bodies: Array<[name: string, body: Buffer]> = [
    ['a comment', Buffer.concat([Buffer.from(`: ${canary}\n\n`), streamed(['x'])])],
    ['an event name', Buffer.concat([Buffer.from(`event: ${canary}\n`), streamed(['x'])])],
    ['an unknown line', Buffer.concat([Buffer.from(`${canary}\n`), streamed(['x'])])],
    ['an id', streamOf([{ ...chunkOf({ content: 'x' }), id: canary }])],
    ['an unknown field', streamOf([{ ...chunkOf({ content: 'x' }), own: { [canary]: 1 } }])],
    ['an unknown field of a delta, cut', streamOf([chunkOf({ own: 'AKIA4821' }), chunkOf({ own: '3977' })])],
    ['a role', streamOf([chunkOf({ role: canary })])],
    ['tokens, cut', streamOf(['AKIA4821', '3977'].map(token => ({ ...chunkOf({}), choices: [{ index: 0, delta: {}, logprobs: { content: [{ token, bytes: null }] } }] })))]
  ]
  for (const [name, body] of bodies) t.match(judged(readStreamAnswer(body)), canary, name)
})

t.test('a field that every chunk repeats is edited in all of them', async t => {
  const body = streamOf([1, 2, 3].map(() => ({ ...chunkOf({ content: 'x' }), system_fingerprint: 'fp a@x.org' })))
  const reading = readStreamAnswer(body)
  const lanes = reading.answer.lanes.flatMap(({ text }, index) => text.includes('a@x.org') ? [index] : [])
  t.equal(lanes.length, 1)
  const edited = Buffer.from(reading.rewrite([{ lane: lanes[0] ?? -1, start: 3, end: 10, replacement: '[MAIL]' }])).toString()
  t.equal(edited, body.toString().replaceAll('a@x.org', '[MAIL]'))
})

t.test('a chunk over several data lines is read and edited where it stands', async t => {
  const body = Buffer.from('data: {"choices":[{"index":0,\ndata: "delta":{"content":"é a@x.org"},\ndata:"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')
  const reading = readStreamAnswer(body)
  const lane = reading.answer.lanes.findIndex(({ kind }) => kind === 'text')
  t.equal(Buffer.from(reading.rewrite([{ lane, start: 2, end: 9, replacement: '[MAIL]' }])).toString(), body.toString().replace('a@x.org', '[MAIL]'))
})

t.test('a stream that is cut, torn or goes on after its end is no answer', async t => {
  const good = streamed(['x']).toString()
  const cases: Array<[name: string, body: string]> = [
    ['without its end', good.replace('data: [DONE]\n\n', '')],
    ['empty', ''],
    ['with an event cut short', good.replace('data: [DONE]\n\n', 'data: {"choices":[]}')],
    ['with an event that is no JSON', `data: {"choices":\n\n${good}`],
    ['with an event that is no chunk', `data: {"x":1}\n\n${good}`],
    ['with an error in it', `data: {"error":{"message":"x"},"choices":[]}\n\n${good}`],
    ['that goes on after its end', `${good}data: {"choices":[]}\n\n`]
  ]
  for (const [name, body] of cases) t.throws(() => readStreamAnswer(Buffer.from(body)), { code: 'GW_UPSTREAM_BAD_RESPONSE' }, name)
  t.equal(readStreamAnswer(Buffer.from(good.trimEnd())).answer.finish, 'stop', 'the last blank line alone may be missing')
})

t.test('a blocked stream ends each choice by content_filter and says nothing of the text', async t => {
  const reading = readStreamAnswer(streamOf([chunkOf({ content: 'secret' }), chunkOf({ content: 'words' }, 'stop', 1)]))
  const blocked = reading.blocked('GW_RESPONSE_BLOCKED', { status: 403, message: '' })
  if (blocked === null) throw new Error('a stream has an ending of its own')
  t.notMatch(Buffer.from(blocked).toString(), /secret|words/)
  t.match(Buffer.from(blocked).toString(), /"finish_reason":"content_filter".*"finish_reason":"content_filter"/)
  t.equal(readStreamAnswer(blocked).answer.finish, 'content_filter', 'it is a stream that can be read')
})

t.test('text can be put into a lane, also when the end of the stream was read already', async t => {
  const stream = openaiChat.openAnswer?.({ status: 200, contentType: 'text/event-stream', stream: true })
  const events = stream?.push(streamed(['one', ' two'])) ?? []
  const lane = events.flatMap(({ pieces }) => pieces).find(piece => piece.lane.kind === 'text')?.lane
  if (stream === undefined || stream === null || lane === undefined) throw new Error('a stream has a lane of text')
  const event = stream.insert(lane, 'more')
  t.match(event, { mark: 'content', closes: [], calls: [], finish: null })
  t.same(event?.pieces.map(({ lane: own, role, text }) => [own === lane, role, text]), [[true, 'next', 'more']])
  t.match(JSON.parse(Buffer.from(event?.bytes ?? '').toString().slice('data: '.length)), { choices: [{ index: 0, delta: { content: 'more' }, finish_reason: null }] })
  const written = event?.write([{ piece: 0, start: 0, end: 4, replacement: 'else' }], true)
  t.match(Buffer.from(written?.bytes ?? '').toString(), /"content":"else"/)
  t.same(stream.end(), [], 'the stream is over as before')
})

t.test('what was sent decides, not what was asked for', async t => {
  const asJson = openaiChat.readAnswer({ status: 200, contentType: 'application/json', body: Buffer.from('{"choices":[{"message":{"content":"hi"}}]}'), stream: true })
  t.match(asJson.answer, { stream: true, lanes: [{ text: 'hi' }] })
  const asStream = openaiChat.readAnswer({ status: 200, contentType: 'text/event-stream', body: streamed(['hi']), stream: false })
  t.equal(asStream.answer.stream, false)
})
