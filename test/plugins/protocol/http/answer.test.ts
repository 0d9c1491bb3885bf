import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { http } from '../../../../plugins/protocol/http/index.ts'
import type { AnswerReading } from '../../../../core/protocol/contract.ts'

function read (body: string | Uint8Array, contentType: string | null = 'application/json', status = 200): AnswerReading {
  return http.readAnswer({ status, contentType, body: Buffer.from(body), stream: false })
}

t.test('every string, number and key of JSON is judged', async () => {
  const canary = 'AKIA48213977'
  const { tree } = fc.letrec<{ tree: unknown }>(tie => ({
    tree: fc.oneof({ depthSize: 'small' }, fc.constant(canary), fc.constant({ [canary]: null }), fc.tuple(fc.json(), tie('tree')).map(([noise, inner]) => [JSON.parse(noise), inner]), fc.tuple(fc.string(), tie('tree')).map(([key, inner]) => ({ [key]: inner })), tie('tree').map(inner => JSON.stringify(inner)))
  }))
  fc.assert(fc.property(tree, value => {
    assert.ok(read(JSON.stringify(value)).answer.lanes.some(({ text }) => text.includes(canary)))
  }))
})

t.test('edits reach strings, numbers and keys, and no other byte', async t => {
  const body = '{ "a@x.org": "b\\u0040x.org", "n":4111111111111111, "o":1.50 }'
  const reading = read(body)
  const edits = reading.answer.lanes.flatMap(({ text }, lane) => /@|4111/.test(text) ? [{ lane, start: 0, end: text.length, replacement: '[X]' }] : [])
  t.equal(Buffer.from(reading.rewrite(edits)).toString(), '{ "[X]": "[X]", "n":"[X]", "o":1.50 }')
  t.equal(Buffer.from(reading.rewrite([])).toString(), body)
})

t.test('a text is one lane', async t => {
  const reading = read('Grüße an\na@x.org', 'text/plain; charset=utf-8')
  t.match(reading.answer, { lanes: [{ kind: 'text', text: 'Grüße an\na@x.org' }], unscanned: [] })
  t.equal(Buffer.from(reading.rewrite([{ lane: 0, start: 9, end: 16, replacement: '[MAIL]' }])).toString(), 'Grüße an\n[MAIL]')
})

t.test('what cannot be read as text is unscanned', async t => {
  const cases: Array<[name: string, body: string | Uint8Array, contentType: string | null, kinds: string[]]> = [
    ['an image', Buffer.from([1, 2]), 'image/png', ['binary']],
    ['bytes of no type', 'x', null, ['opaque']],
    ['a text in another charset', 'x', 'text/plain; charset=iso-8859-1', ['binary']],
    ['a text that is no UTF-8', Buffer.from([0xff]), 'text/plain', ['binary']],
    ['JSON in another charset', '{}', 'application/json; charset=utf-16', ['binary']],
    ['an event stream', 'data: a\n\n', 'text/event-stream', ['opaque']],
    ['base64 in JSON', JSON.stringify([Buffer.alloc(900, 7).toString('base64')]), 'application/json', ['binary']],
    ['nothing', '', null, []]
  ]
  for (const [name, body, contentType, kinds] of cases) t.same(read(body, contentType).answer.unscanned.map(({ kind }) => kind), kinds, name)
})

t.test('JSON that is none is no answer, errors of the endpoint included', async t => {
  for (const [body, status] of [['{', 200], ['{"a":1,"a":2}', 200], ['<', 404]] as const) t.throws(() => read(body, 'application/problem+json', status), { code: 'GW_UPSTREAM_BAD_RESPONSE' }, body)
  t.match(read('{"detail":"x"}', 'application/problem+json', 404).answer, { status: 404 })
})
