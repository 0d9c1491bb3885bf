import t from 'tap'
import { http } from '../../../../plugins/protocol/http/index.ts'
import type { RawRequest } from '../../../../core/protocol/contract.ts'

function rawRequest (path: string, more: Partial<RawRequest> = {}): RawRequest {
  return { method: 'GET', path, query: '', route: '/api/*', stripPrefix: false, contentType: null, contentEncoding: null, accept: null, headers: [], body: new Uint8Array(0), ...more }
}

const post = (body: string, more: Partial<RawRequest> = {}): RawRequest => rawRequest('/api/x', { method: 'POST', contentType: 'application/json', body: Buffer.from(body), ...more })

t.test('path, query, headers and body are leaves, each at its place', async t => {
  const reading = http.read(rawRequest('/api/J%C3%BCrgen%20R', {
    method: 'PUT', query: 'na%6De=a+b%40c&flag', headers: [['x-case', 'c-1']], contentType: 'application/merge-patch+json', body: Buffer.from('{"k":["v",1]}')
  }))
  t.same(reading.leaves.map(({ place, pattern, kind, text }) => [place, pattern, kind, text]), [
    ['path', '/path/*', 'string', 'api'], ['path', '/path/*', 'string', 'Jürgen R'],
    ['query', '/query/*', 'key', 'name'], ['query', '/query/*', 'string', 'a b@c'], ['query', '/query/*', 'key', 'flag'], ['query', '/query/*', 'string', ''],
    ['header', '/headers/x-case', 'string', 'c-1'],
    ['body', '/body/*', 'key', 'k'], ['body', '/body/*/*', 'string', 'v'], ['body', '/body/*/*', 'number', '1']
  ])
  t.match(reading, {
    action: 'http.put', model: null, resource: { type: 'http', id: '/api/J%C3%BCrgen%20R', family: '/api/*' }, target: { path: '/api/J%C3%BCrgen%20R', query: 'na%6De=a+b%40c&flag' }
  })
})

t.test('the MAC covers method, path, query, forwarded headers and body', async t => {
  const request = rawRequest('/api/x', { method: 'POST', query: 'a=1', headers: [['x-b', '2'], ['x-a', '1']], contentType: 'application/json', body: Buffer.from('{}') })
  const parts = http.read(request).macParts(Buffer.from('sent')).map(part => Buffer.from(part).toString())
  t.same(parts, ['POST', '/api/x', 'a=1', 'x-a', '1', 'x-b', '2', 'sent'])
})

t.test('the route\'s prefix is removed where that is asked for', async t => {
  const cases: Array<[path: string, route: string, stripPrefix: boolean, target: string]> = [
    ['/api/items/7', '/api/*', true, '/items/7'], ['/api/items/7', '/api/*', false, '/api/items/7'], ['/api/', '/api/*', true, '/'], ['/api', '/api/*', true, '/'],
    ['/exact', '/exact', true, '/'], ['/anything', '/*', true, '/anything']
  ]
  for (const [path, route, stripPrefix, target] of cases) t.equal(http.read(rawRequest(path, { route, stripPrefix })).target.path, target, `${path} of ${route}`)
})

t.test('a path that servers could take for another one is refused', async t => {
  const paths = [
    '/api/../admin', '/api/./x', '/api/..', '/api/%2e%2e/admin', '/api/.%2E/admin', '/api/%252e%252e/admin', '/api/a%2fb', '/api/a%2Fb', '/api/a%5Cb', '/api/a%5cb', '/api/a\\b',
    '/api//x', '//api/x', '/api/x//', '/api/..;/admin', '/api/x;v=1', '/api/x%3Bv=1', '/api/%00', '/api/a%0d%0aB', '/api/%7f', '/api/%c2%85', '/api/%zz', '/api/%', '/api/%4', '/api/%ff', '/api/%c0%ae',
    '/api/a%252fb', '/api/%61dmin', '/api/%41', '/api/a%2Db', '/api/a b', '/api/a\u0001', '/api/é', '/api/a#b', '/api/a?b', '/api/{x}', '/api/a|b', '/api/"', '/api/<x>', '*',
    '/api/%EF%BC%8Fx', '/api/%EF%BC%8E%EF%BC%8E', '/api/%E2%80%A5', '/api/%EF%BC%BCx', '/api/%EF%BC%9Bx'
  ]
  for (const path of paths) t.throws(() => http.read(rawRequest(path)), { code: 'GW_REQUEST_PATH' }, path)
  for (const path of ['/', '/api', '/api/', '/api/a.b/..c/d..', '/api/~x/a:b@c,d', '/api/%7Ex', '/api/100%25', '/api/%E4%B8%96', '/api/a%20b', "/api/it's"]) t.doesNotThrow(() => http.read(rawRequest(path)), path)
})

t.test('a query that is broken or encoded twice is refused', async t => {
  for (const query of ['a=%', 'a=%zz', 'a=%ff', 'a=%2541', '%2561=1', 'a=%00', 'a=b#c', 'a=b c', 'a="', 'a=<', 'a=\\', 'a=é']) t.throws(() => http.read(rawRequest('/api/x', { query })), { code: 'GW_REQUEST_PATH' }, query)
  for (const query of ['', 'a', 'a=', '&&a=1&', 'a=b=c', 'f[x]=1|2', 'a=%0A', 'q=100%25', 'u=https://x.example/?a']) t.doesNotThrow(() => http.read(rawRequest('/api/x', { query })), query)
})

t.test('a body that cannot be read is refused', async t => {
  const cases: Array<[name: string, request: RawRequest, code: string]> = [
    ['a form', post('a=1', { contentType: 'application/x-www-form-urlencoded' }), 'GW_CLASSIFY_MEDIA_TYPE'],
    ['a text', post('x', { contentType: 'text/plain' }), 'GW_CLASSIFY_MEDIA_TYPE'],
    ['no content type', post('{}', { contentType: null }), 'GW_CLASSIFY_MEDIA_TYPE'],
    ['an encoding', post('{}', { contentEncoding: 'br' }), 'GW_CLASSIFY_MEDIA_TYPE'],
    ['no JSON', post('{'), 'GW_CLASSIFY_UNREADABLE'],
    ['a key twice', post('{"a":1,"a":2}'), 'GW_CLASSIFY_DUPLICATE_KEY'],
    ['a GET with a body', post('{}', { method: 'GET' }), 'GW_REQUEST_INVALID']
  ]
  for (const [name, request, code] of cases) t.throws(() => http.read(request), { code }, `${name}: ${code}`)
  t.same(http.read(post('', { contentType: 'text/plain' })).unscanned, [], 'no body is no content')
})

t.test('long base64 and data URLs are listed as unscanned', async t => {
  const body = JSON.stringify({ a: Buffer.alloc(900, 7).toString('base64'), b: 'data:image/png;base64,AAAA' })
  t.same(http.read(post(body)).unscanned, [{ kind: 'binary', path: '/body/*', bytes: 1200 }, { kind: 'image', path: '/body/*', bytes: 26 }])
})

t.test('a redaction is made in the body alone', async t => {
  const request = post('{"note":"ask a@x.org", "n":1.50}', { query: 'm=a@x.org', headers: [['x-case', 'a@x.org']] })
  const reading = http.read(request)
  const edit = (place: string): { leaf: number, start: number, end: number, replacement: string } => {
    const leaf = reading.leaves.findIndex(each => each.place === place && each.text.includes('a@x.org'))
    const start = reading.leaves[leaf]?.text.indexOf('a@x.org') ?? -1
    return { leaf, start, end: start + 7, replacement: '[MAIL]' }
  }
  t.equal(Buffer.from(http.edit(request, reading, [edit('body')])).toString(), '{"note":"ask [MAIL]", "n":1.50}')
  for (const place of ['query', 'header']) t.throws(() => http.edit(request, reading, [edit(place)]), { code: 'GW_POLICY_REDACTION' }, place)
  const inPath = rawRequest('/api/a@x.org')
  t.throws(() => http.edit(inPath, http.read(inPath), [{ leaf: 1, start: 0, end: 7, replacement: '' }]), { code: 'GW_POLICY_REDACTION' })
})

t.test('an error is a problem', async t => {
  const { contentType, body } = http.error({ code: 'GW_POLICY_DENIED', message: 'no', status: 403 })
  t.equal(contentType, 'application/problem+json')
  t.same(JSON.parse(body), { type: 'about:blank', title: 'Forbidden', status: 403, detail: 'no', code: 'GW_POLICY_DENIED' })
})
