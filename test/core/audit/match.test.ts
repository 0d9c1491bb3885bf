import { createSecretKey } from 'node:crypto'
import t from 'tap'
import fc from 'fast-check'
import { macOf, type MacKey } from '../../../core/enforce/mac.ts'
import { matchDecision, type Sent } from '../../../core/audit/match.ts'
import { modelSpan } from '../../../core/audit/span.ts'
import { decision, holds } from './parts.ts'

const key: MacKey = { id: '01234567', secret: createSecretKey(Buffer.alloc(32, 1)) }

function sent (body: string, changes: Partial<Sent> = {}): Sent {
  return { body: Buffer.from(body), method: 'POST', path: '/api/records/7', query: 'full=1', headers: [], ...changes }
}

function parts (...texts: string[]): ReturnType<typeof macOf> {
  return macOf(key, texts.map(text => Buffer.from(text)))
}

function found (body: string): string | null {
  const span = modelSpan(Buffer.from(body))
  return span === null ? null : Buffer.from(body).subarray(span.start, span.end).toString()
}

t.test('the model is the value of the top-level member of that name, quotes included', async t => {
  t.equal(found('{"model":"gpt-4o"}'), '"gpt-4o"')
  t.equal(found(' {"messages" : [{"model":"inner"}], "model" :\n "outer" , "x":1}'), '"outer"')
  t.equal(found('{"a":"model","model":"m\\"x"}'), '"m\\"x"')
  t.equal(found('{"mod\\u0065l":"escaped"}'), '"escaped"')
  t.equal(found('{"a":"}{\\"model\\":\\"no\\"","model":"yes"}'), '"yes"')
})

t.test('where there is none, there is none', async t => {
  for (const body of ['', '{}', '[]', '"model"', '["model","x"]', '{"model":7}', '{"a":{"model":"inner"}}', '[{"model":"x"}]', '{"x":"model"}', '\u0000\u0001', '{"model"', '"']) t.equal(found(body), null, body)
})

t.test('whatever else a body holds, its model is found', async t => {
  holds(t, fc.property(fc.dictionary(fc.string().filter(name => name !== 'model'), fc.jsonValue()), fc.string(), (others, model) => {
    return found(JSON.stringify({ ...others, model })) === JSON.stringify(model)
  }))
})

t.test('a body matches what was received, what was dispatched, or neither', async t => {
  const record = decision({ received: parts('{"model":', ',"q":"grace@example.org"}'), dispatched: parts('{"model":', ',"q":"[email]"}') })
  t.same(matchDecision(record, sent('{"model":"gpt-4o","q":"grace@example.org"}'), key), { received: true, dispatched: false })
  t.same(matchDecision(record, sent('{"model":"another-name","q":"[email]"}'), key), { received: false, dispatched: true })
  t.same(matchDecision(record, sent('{"model":"gpt-4o","q":"grace@example.com"}'), key), { received: false, dispatched: false })
})

t.test('a body without a model is taken whole; what is not on record is neither', async t => {
  const record = decision({ received: parts('[1]'), dispatched: null })
  t.same(matchDecision(record, sent('[1]'), key), { received: true, dispatched: null })
})

t.test('on http routes method, path, query and headers count', async t => {
  const mac = parts('POST', '/api/records/7', 'full=1', 'accept', 'text/plain', 'x-tenant', 'a', '{"model":"kept"}')
  const record = decision({ request: { ...decision().request, protocol: 'http' }, received: mac, dispatched: null })
  const headers = [['x-tenant', 'a'], ['accept', 'text/plain']] as const
  t.match(matchDecision(record, sent('{"model":"kept"}', { headers }), key), { received: true })
  t.match(matchDecision(record, sent('{"model":"kept"}'), key), { received: false })
  t.match(matchDecision(record, sent('{"model":"kept"}', { headers, query: '' }), key), { received: false })
  t.match(matchDecision(record, sent('{"model":"kept"}', { headers, method: 'PUT' }), key), { received: false })
})

t.test('another key cannot tell, and says so', async t => {
  const record = decision({ received: parts('[1]') })
  t.throws(() => matchDecision(record, sent('[1]'), { ...key, id: '89abcdef' }), /key 01234567, this one is 89abcdef/)
})
