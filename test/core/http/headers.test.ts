import fc from 'fast-check'
import t from 'tap'
import type { EndpointConfig } from '../../../core/config/types.ts'
import { callerHeaders, upstreamHeaders } from '../../../core/http/headers.ts'

const endpoint = { features: ['assistants=v2'], forwardHeaders: ['x-case'] } as unknown as EndpointConfig
const allowed = new Set(['content-type', 'accept', 'anthropic-version', 'idempotency-key', 'traceparent', 'openai-beta', 'anthropic-beta', 'accept-encoding', 'user-agent', 'content-length', 'x-case'])

t.test('no header but those of the allow-list reaches an endpoint, whatever is sent', async () => {
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.string()), headers => {
    const sent = upstreamHeaders(headers, [], endpoint, {}, 10)
    return Object.keys(sent).every(name => allowed.has(name))
  }))
})

t.test('beta values pass only where the endpoint names them', async t => {
  t.equal(upstreamHeaders({ 'openai-beta': 'assistants=v2, realtime=v1' }, [], endpoint, {}, 1)['openai-beta'], 'assistants=v2')
  t.equal(upstreamHeaders({ 'openai-beta': 'realtime=v1' }, [], endpoint, {}, 1)['openai-beta'], undefined)
})

t.test('the provider\'s credential wins over everything a caller sends', async t => {
  const sent = upstreamHeaders({ authorization: 'Bearer caller' }, [['x-case', '1'], ['x-secret', '2']], endpoint, { authorization: 'Bearer endpoint' }, null)
  t.equal(sent['authorization'], 'Bearer endpoint')
  t.equal(sent['x-case'], '1')
  t.equal(sent['x-secret'], undefined)
})

t.test('of an answer only listed headers come back', async t => {
  t.strictSame(callerHeaders({ 'content-type': 'a/b', 'set-cookie': ['x'], server: 's', location: '/', connection: 'close', 'x-ratelimit-limit-requests': '5', 'retry-after': '1', 'x-powered-by': 'y' }),
    { 'content-type': 'a/b', 'x-ratelimit-limit-requests': '5', 'retry-after': '1' })
})
