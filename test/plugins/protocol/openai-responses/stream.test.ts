import t from 'tap'
import { openaiResponses } from '../../../../plugins/protocol/openai-responses/index.ts'
import type { AnswerEvent } from '../../../../core/pipeline/stream.ts'
import type { AnswerStream } from '../../../../core/protocol/contract.ts'
import { functionEvents, textEvents, typedEvents } from '../../../helpers/dialects.ts'

function open (): AnswerStream {
  const stream = openaiResponses.openAnswer?.({ status: 200, contentType: 'text/event-stream', stream: true }) ?? null
  if (stream === null) throw new Error('it is a stream')
  return stream
}

function readAll (text: string): AnswerEvent[] {
  const stream = open()
  return [...stream.push(Buffer.from(text)), ...stream.end()]
}

t.test('deltas go on with their lane, and what says them again stands for itself', async t => {
  const events = readAll(typedEvents(textEvents(['one ', 'two'])))
  const spoken = events.flatMap(({ pieces }) => pieces.filter(({ lane }) => lane.name === 'output/0/content/0/text').map(({ role, text }) => [role, text]))
  t.same(spoken, [['whole', ''], ['next', 'one '], ['next', 'two'], ['again', 'one two'], ['again', 'one two'], ['again', 'one two'], ['again', 'one two']])
  const lanes = new Set(events.flatMap(({ pieces }) => pieces.map(({ lane }) => lane)).filter(({ name }) => name === 'output/0/content/0/text'))
  t.equal(lanes.size, 1, 'a lane is one object')
  t.equal(events.filter(({ closes }) => closes.some(({ name }) => name === 'output/0/content/0/text')).length > 0, true)
  t.match(events.at(-1), { mark: 'terminal', finish: 'completed', usage: { inputTokens: 11, outputTokens: 7, estimated: false } })
  t.equal(Buffer.concat(events.map(({ bytes }) => bytes)).toString(), typedEvents(textEvents(['one ', 'two'])))
})

t.test('a call is told with its name as soon as its arguments are whole', async t => {
  const events = readAll(typedEvents(functionEvents('mail', ['{"a":', '1}'])))
  const told = events.findIndex(({ calls }) => calls.length > 0)
  t.match(events[told]?.calls, [{ id: 'output/0', name: 'mail', lane: { name: 'output/0/arguments', kind: 'tool_arguments' } }])
  t.ok(events[told]?.pieces.some(({ text, role }) => text === '{"a":1}' && role === 'again'), 'with the event that closes them')
})

t.test('a stream that ends early ends as the API ends one', async t => {
  const stream = open()
  const events = stream.push(Buffer.from(typedEvents(textEvents(['secret words'])).slice(0, 2600)))
  const last = events.at(-1)
  const blocked = Buffer.from(last?.ending({ kind: 'blocked', code: 'GW_RESPONSE_BLOCKED', message: 'no' }) ?? []).toString()
  t.match(blocked, /^event: response\.incomplete\ndata: .*"incomplete_details":\{"reason":"content_filter"\}.*\n\n$/)
  t.notMatch(blocked, /secret/)
  t.match(Buffer.from(stream.ending({ kind: 'failed', code: 'GW_UPSTREAM_FAILED', message: 'it failed' })).toString(), /^event: error\ndata: \{"type":"error","code":"GW_UPSTREAM_FAILED","message":"it failed"/)
  t.equal(readAll(blocked).at(-1)?.finish, 'content_filter', 'it is a stream that can be read')
})

t.test('a stream that is cut, torn or goes on after its end is no answer', async t => {
  const good = typedEvents(textEvents(['x']))
  const cases: Array<[name: string, body: string]> = [
    ['without its end', good.slice(0, good.indexOf('event: response.completed'))],
    ['empty', ''],
    ['an error', `event: error\ndata: {"type":"error","code":"server_error","message":"x"}\n\n${good}`],
    ['no JSON', `data: {"type":\n\n${good}`],
    ['no object', `data: []\n\n${good}`],
    ['two ends', good + good.slice(good.indexOf('event: response.completed'))],
    ['more after the end', `${good}data: {"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"x"}\n\n`],
    ['a delta without a place', `data: {"type":"response.output_text.delta","delta":"x"}\n\n${good}`],
    ['a delta that is no text', `data: {"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":{}}\n\n${good}`],
    ['an item that is none', `data: {"type":"response.output_item.added","output_index":0,"item":7}\n\n${good}`]
  ]
  for (const [name, body] of cases) t.throws(() => readAll(body), { code: 'GW_UPSTREAM_BAD_RESPONSE' }, name)
  t.equal(readAll(`${good}data: [DONE]\n\n`).at(-1)?.mark, 'terminal', 'OpenAI\'s older mark of an end may follow')
})

t.test('text can be put into a lane, in an event of the API\'s own', async t => {
  const stream = open()
  const events = stream.push(Buffer.from(typedEvents(textEvents(['x']))))
  const lane = events.flatMap(({ pieces }) => pieces).find(({ role }) => role === 'next')?.lane
  if (lane === undefined) throw new Error('there is a lane')
  const inserted = stream.insert(lane, 'more "text"')
  t.match(inserted?.pieces, [{ lane, role: 'next', text: 'more "text"' }])
  t.match(JSON.parse(/^data: (.*)$/m.exec(Buffer.from(inserted?.bytes ?? []).toString())?.[1] ?? ''), { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 0, content_index: 0, delta: 'more "text"' })
  t.equal(stream.insert({ name: 'id', kind: 'field', path: ['id'] }, 'x'), null)
})
