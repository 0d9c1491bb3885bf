import t from 'tap'
import { matchRoute, targetOf } from '../../../core/http/routes.ts'
import type { Route } from '../../../core/runtime.ts'

const route = (path: string, methods = ['POST']): Route => ({ config: { path }, protocol: { methods } } as unknown as Route)
const routes = [route('/v1/chat/completions'), route('/api/*', ['GET']), route('/api/deep/*', ['GET'])]

const matched = (method: string, path: string): string => {
  const match = matchRoute(routes, method, path)
  return match.kind === 'route' ? match.route.config.path : match.kind
}

t.test('an exact path wins, then the longest prefix', async t => {
  t.equal(matched('POST', '/v1/chat/completions'), '/v1/chat/completions')
  t.equal(matched('GET', '/api/x'), '/api/*')
  t.equal(matched('GET', '/api/deep/x'), '/api/deep/*')
  t.equal(matched('GET', '/api'), '/api/*')
})

t.test('nothing is decoded or folded to match', async t => {
  for (const path of ['/V1/chat/completions', '/v1/chat%2Fcompletions', '/v1/chat/completions/', '//v1/chat/completions', '/apix', '/v1/../api/x']) t.equal(matched('GET', path), 'none', path)
})

t.test('a wrong method says which are right', async t => {
  t.same(matchRoute(routes, 'GET', '/v1/chat/completions'), { kind: 'wrong_method', allow: ['POST'] })
})

t.test('path and query are taken as sent, an absolute form without its origin', async t => {
  t.same(targetOf('/a%2F?b=c?d'), { path: '/a%2F', query: 'b=c?d' })
  t.same(targetOf('http://evil.example/a'), { path: '/a', query: '' })
  t.same(targetOf('http://evil.example'), { path: '/', query: '' })
})
