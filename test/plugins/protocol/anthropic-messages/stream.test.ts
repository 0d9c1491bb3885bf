import t from 'tap'
import { anthropicMessages } from '../../../../plugins/protocol/anthropic-messages/index.ts'
import type { AnswerEvent, StreamEnd } from '../../../../core/pipeline/stream.ts'
import type { AnswerStream } from '../../../../core/protocol/contract.ts'
import { messageEvents, textBlock, toolBlock, typedEvents } from '../../../helpers/dialects.ts'

function open (): AnswerStream {
  const stream = anthropicMessages.openAnswer?.({ status: 200, contentType: 'text/event-stream; charset=utf-8', stream: true }) ?? null
  if (stream === null) throw new Error('it is a stream')
  return stream
}

function readAll (text: string): AnswerEvent[] {
  const stream = open()
  return [...stream.push(Buffer.from(text)), ...stream.end()]
}

const blocked: StreamEnd = { kind: 'blocked', code: 'GW_RESPONSE_BLOCKED', message: 'no' }
const typesOf = (bytes: Uint8Array): unknown[] => [...Buffer.from(bytes).toString().matchAll(/^data: (.*)$/gm)].map(([, data = '']) => (JSON.parse(data) as { type: unknown }).type)

t.test('blocks are lanes, each over with its stop', async t => {
  const events = readAll(typedEvents(messageEvents([textBlock(['one ', 'two']), toolBlock('mail', ['{"a":', '1}'])], 'tool_use')))
  const spoken = events.flatMap(({ pieces }) => pieces.filter(({ role }) => role === 'next').map(({ lane, text }) => [lane.name, lane.kind, text]))
  t.same(spoken, [['content/0/text', 'text', ''], ['content/0/text', 'text', 'one '], ['content/0/text', 'text', 'two'], ['content/1/input', 'tool_arguments', '{"a":'], ['content/1/input', 'tool_arguments', '1}']])
  t.match(events.filter(({ closes }) => closes.length > 0).map(({ closes }) => closes.filter(({ kind }) => kind !== 'field').map(({ name }) => name)).slice(0, 2), [['content/0/text'], ['content/1/input']])
  t.match(events.flatMap(({ calls }) => calls), [{ id: 'content/1', name: 'mail', lane: { name: 'content/1/input' } }])
  t.match(events.filter(({ finish }) => finish !== null).map(({ finish }) => finish), ['tool_use'])
  t.match(events.filter(({ usage }) => usage !== null).at(-1)?.usage, { inputTokens: 11, outputTokens: 7 })
  t.equal(events.at(-1)?.mark, 'terminal')
})

t.test('input that was cached counts too', async t => {
  const body = typedEvents(messageEvents([])).replace('"usage":{"input_tokens":11,', '"usage":{"input_tokens":11,"cache_creation_input_tokens":20,"cache_read_input_tokens":300,')
  t.match(readAll(body).findLast(({ usage }) => usage !== null)?.usage, { inputTokens: 331, outputTokens: 7 })
})

t.test('a stream that is blocked is closed as the API closes one, from wherever it stood', async t => {
  t.same(typesOf(open().ending(blocked)), ['message_start', 'message_delta', 'message_stop'])
  const events = readAll(typedEvents(messageEvents([textBlock(['x'])])))
  const endings = events.slice(0, -1).map(event => typesOf(event.ending(blocked)))
  t.same(endings, [
    ['message_delta', 'message_stop'], ['message_delta', 'message_stop'], ['content_block_stop', 'message_delta', 'message_stop'], ['content_block_stop', 'message_delta', 'message_stop'], ['message_delta', 'message_stop'], ['message_stop']
  ])
  for (const [index, event] of events.slice(0, -1).entries()) {
    const whole = Buffer.concat([...events.slice(0, index + 1).map(({ bytes }) => bytes), event.ending(blocked)]).toString()
    t.equal(readAll(whole).at(-1)?.mark, 'terminal', `after event ${index} it is a stream that can be read`)
  }
  t.match(Buffer.from(open().ending({ ...blocked, kind: 'failed' })).toString(), /^event: error\ndata: \{"type":"error","error":\{"type":"api_error","message":"no","code":"GW_RESPONSE_BLOCKED"\}\}\n\n$/)
})

t.test('a stream that is cut, torn or goes on after its end is no answer', async t => {
  const good = typedEvents(messageEvents([textBlock(['x'])]))
  const delta = 'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}\n\n'
  const cases: Array<[name: string, body: string]> = [
    ['without its end', good.replace(/event: message_stop[^]*$/, '')],
    ['empty', ''],
    ['an error', `event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"x"}}\n\n${good}`],
    ['a delta before the message', delta + good],
    ['a delta outside of its block', good.replace('event: message_delta', `${delta}event: message_delta`)],
    ['a delta of another block', good.replace('"index":0,"delta"', '"index":1,"delta"')],
    ['a block within a block', good.replace('event: content_block_delta', 'data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}\n\nevent: content_block_delta')],
    ['a delta that is no text', good.replace('"text":"x"', '"text":7')],
    ['two messages', good.replace('event: content_block_start', `${good.slice(0, good.indexOf('event: ping'))}event: content_block_start`)],
    ['more after the end', good + delta],
    ['no JSON', `data: {\n\n${good}`]
  ]
  for (const [name, body] of cases) t.throws(() => readAll(body), { code: 'GW_UPSTREAM_BAD_RESPONSE' }, name)
})

t.test('everything beside the text is judged too', async t => {
  const good = typedEvents(messageEvents([textBlock(['x'])]))
  const canary = 'AKIA48213977'
  const bodies = [`: ${canary}\n\n${good}`, good.replace('event: ping', `event: ${canary}`), good.replace('"id":"msg_1"', `"id":"${canary}"`), good.replace('"stop_sequence":null},"usage":{"output_tokens":7', `"stop_sequence":"${canary}"},"usage":{"output_tokens":7`)]
  for (const body of bodies) {
    t.not(body, good)
    t.ok(readAll(body).some(({ pieces }) => pieces.some(({ text }) => text.includes(canary))), body.slice(0, 60))
  }
})

t.test('text can be put into a lane, wherever the stream has got to', async t => {
  const stream = open()
  const events = [...stream.push(Buffer.from(typedEvents(messageEvents([textBlock(['x'])])))), ...stream.end()]
  const lane = events.flatMap(({ pieces }) => pieces).find(({ role }) => role === 'next')?.lane
  if (lane === undefined) throw new Error('there is a lane')
  const inserted = stream.insert(lane, 'more')
  t.match(inserted?.pieces, [{ lane, role: 'next', text: 'more' }])
  t.match(Buffer.from(inserted?.bytes ?? []).toString(), 'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"more"}}\n\n')
  t.equal(stream.insert({ name: 'id', kind: 'field', path: ['id'] }, 'x'), null)
})
