import t from 'tap'
import { applyLeafEdits } from '../../../core/content/edit.ts'
import { readJson } from '../../../core/content/json.ts'
import { readContent, type Content } from '../../../core/content/leaves.ts'
import { Place, type FieldMap } from '../../../core/content/map.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

function read (body: unknown, map: FieldMap = {}): Content {
  return readContent(readJson(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))), new Place(map, ''))
}

function shown ({ leaves }: Content): Array<[pattern: string, kind: string, text: string]> {
  return leaves.map(({ pattern, kind, text }) => [pattern, kind, text])
}

function listed ({ unscanned }: Content): Array<[kind: string, path: string]> {
  return unscanned.map(({ kind, path }) => [kind, path])
}

t.test('what no map knows is content: strings, numbers and keys', async t => {
  t.same(shown(read({ a: ['x', { b: 1.5 }], c: null, d: true })), [
    ['/*', 'key', 'a'], ['/*/*', 'string', 'x'], ['/*/*/*', 'key', 'b'], ['/*/*/*', 'number', '1.5'], ['/*', 'key', 'c'], ['/*', 'key', 'd']
  ])
})

t.test('names that a map knows stand by their name at their own place alone', async t => {
  const content = read({ a: { b: 'x' }, b: { a: 'y' } }, { fields: { a: { fields: { b: {} } } } })
  t.same(shown(content), [['/a/b', 'string', 'x'], ['/*', 'key', 'b'], ['/*/*', 'key', 'a'], ['/*/*', 'string', 'y']])
})

t.test('words stand by their name at any depth, whatever was read before', async t => {
  const map: FieldMap = { fields: { schema: { words: new Set(['properties', 'type']) } } }
  for (let round = 0; round < 3; round++) {
    t.same(shown(read({ schema: { properties: { card: { type: 'string' }, type: { own: 'x' } } } }, map)), [
      ['/schema/properties/*', 'key', 'card'], ['/schema/properties/*/type', 'string', 'string'], ['/schema/properties/type/*', 'key', 'own'], ['/schema/properties/type/*', 'string', 'x']
    ])
  }
})

t.test('the path of a leaf holds the keys and indexes that lead to it', async t => {
  t.same(read({ a: [{ b: 'x' }] }).leaves.at(-1)?.path, ['a', '0', 'b'])
})

t.test('a wrong type, a missing member and another spelling are refused, at any depth', async t => {
  const map: FieldMap = {
    kinds: ['object'], required: ['items'], fields: { items: { kinds: ['array'], items: { kinds: ['object'], required: ['role'], fields: { role: { kinds: ['string'] }, content: {} } } } }
  }
  const refused = [[], {}, { items: null }, { items: {} }, { items: ['x'] }, { items: [null] }, { items: [{}] }, { items: [{ role: null }] }, { items: [{ role: 1 }] }, { items: [{ role: 'x', Content: 'y' }] }, { items: [], Items: [] }, '{"items":[],"item\\u017f":[]}']
  for (const body of refused) t.throws(() => read(body, map), { code: 'GW_REQUEST_INVALID' }, JSON.stringify(body))
  t.same(shown(read({ items: [{ role: 'x', content: null, other: 1 }] }, map)).length, 3)
})

t.test('forms are told apart by one member; one that is not there has its own form or is refused', async t => {
  const map: FieldMap = { items: { forms: { member: 'type', of: { known: { fields: { a: {} } } }, other: { unscanned: 'opaque' } } } }
  t.same(shown(read([{ type: 'known', a: 'x' }, { type: 'new', a: 'y' }], map)), [
    ['/*/type', 'string', 'known'], ['/*/a', 'string', 'x'], ['/*/type', 'string', 'new'], ['/*/*', 'key', 'a'], ['/*/*', 'string', 'y']
  ])
  t.same(listed(read([{ type: 'known' }, { type: 'new' }], map)), [['opaque', '/*']])
  t.throws(() => read([{ a: 'x' }], map), { code: 'GW_REQUEST_INVALID' })
  t.throws(() => read([{ type: 7 }], map), { code: 'GW_REQUEST_INVALID' })
})

t.test('a document in base64 is read by its type, or by its name, and edited in its own encoding', async t => {
  const map: FieldMap = { items: { part: true, holds: 'file', fields: { data: { media: { kind: 'file', type: 'media_type', name: 'name' } }, media_type: {}, name: {} } } }
  const text = 'card "4111" ä\n'
  const body = Buffer.from(JSON.stringify([{ media_type: 'text/plain', data: base64(text) }]))
  const content = read(body.toString(), map)
  t.same(listed(content), [])
  const leaf = content.leaves.findIndex(each => each.form === 'base64')
  t.equal(content.leaves[leaf]?.text, text)
  const edited = JSON.parse(applyLeafEdits(body, content.leaves, [{ leaf, start: 6, end: 10, replacement: '[CARD]' }]).toString()) as [{ data: string }]
  t.equal(Buffer.from(edited[0].data, 'base64').toString(), 'card "[CARD]" ä\n')
  t.same(listed(read([{ name: 'notes.CSV', data: base64(text) }], map)), [], 'by its name')
  const unread = [
    { data: base64(text) }, { media_type: 'application/pdf', name: 'a.txt', data: base64(text) }, { media_type: 'text/plain', data: base64('%PDF-1.4 x') },
    { media_type: 'text/plain', data: Buffer.from([0xff, 0xfe, 0x41, 0]).toString('base64') }, { media_type: 'text/plain' }, { media_type: 'text/plain', data: base64('a\u0000b') }
  ]
  for (const part of unread) t.same(listed(read([part], map)), [['file', '/*']], JSON.stringify(part))
})

t.test('a data URL of a text is read, and edited, in place; any other is listed', async t => {
  const cases: Array<[url: string, text: string | null, kinds: string[]]> = [
    [`data:text/plain;base64,${base64('é 4111')}`, 'data:text/plain;base64,é 4111', []],
    [`data:application/json;charset=utf-8;base64,${base64('{"a":"\\u0034111"}')}`, 'data:application/json;charset=utf-8;base64,{"a":"4111"}', []],
    ['data:,4%3111', 'data:,4111', []],
    [`DATA:text/csv;charset=utf-16;base64,${base64('x')}`, null, ['file']],
    ['data:text/plain;base64,%%%', null, ['file']],
    ['data:image/png;base64,AAAA', null, ['image']],
    [`data:image/svg+xml;base64,${base64('<svg>4111</svg>')}`, 'data:image/svg+xml;base64,<svg>4111</svg>', []],
    ['data: 4111, and more', 'data: 4111, and more', []]
  ]
  for (const [url, text, kinds] of cases) {
    const content = read([url])
    if (text !== null) t.equal(content.leaves[0]?.text, text, url)
    t.same(content.unscanned.map(({ kind }) => kind), kinds, url)
  }
  const [url = ''] = cases[0] ?? []
  const body = Buffer.from(JSON.stringify([url]))
  const edited = applyLeafEdits(body, read([url]).leaves, [{ leaf: 0, start: 25, end: 29, replacement: 'X' }])
  t.same(JSON.parse(edited.toString()), [`data:text/plain;base64,${base64('é X')}`])
})

t.test('bytes within JSON within strings are found too', async t => {
  const bytes = Buffer.alloc(900, 7).toString('base64')
  t.same(listed(read([JSON.stringify({ file: bytes })])), [['binary', '/*']])
  t.same(listed(read([JSON.stringify({ image: 'data:image/png;base64,AAAA' })])), [['image', '/*']])
  t.same(listed(read([`see ![x](data:image/png;base64,${bytes}) here`])), [['image', '/*']])
  t.same(read([JSON.stringify({ note: base64('a card of 4111 '.repeat(70)) })]).leaves[0]?.text.includes('of 4111'), true)
  t.same(listed(read([bytes.replace(/.{64}/g, '$&\n')])), [['binary', '/*']], 'wrapped as mail is')
})

t.test('what points elsewhere is listed and read', async t => {
  const map: FieldMap = { items: { media: { kind: 'image' } } }
  const content = read(['https://x.example/4111.png', 'QUJD', 'AKIA 4111'], map)
  t.same(listed(content), [['image', '/*'], ['remote', '/*'], ['image', '/*'], ['image', '/*']])
  t.same(content.leaves.map(({ text }) => text), ['https://x.example/4111.png', 'AKIA 4111'])
})

t.test('tokens are listed as a whole, and texts among them are read', async t => {
  const map: FieldMap = { fields: { input: { tokens: true, items: { tokens: true } } } }
  const content = read({ input: [[1, 2], [3, 'x'], 'y'] }, map)
  t.same(listed(content), [['token_array', '/input/*'], ['token_array', '/input/*']])
  t.same(content.leaves.map(({ text }) => text), ['x', 'y'])
})

t.test('what an endpoint signed cannot be edited, and what acts is named', async t => {
  const map: FieldMap = {
    actsUnless: { store: 'stored' }, actsWithout: { environment: 'shell' }, fields: { signed: { sealed: true }, search: { acts: 'web_search' }, tools: { items: { hosted: 'type' } } }
  }
  const content = read({ a: 'x', signed: { b: 'y' }, search: false, tools: [{ type: 'mcp_2025_01_01', url: 'https://h.example/x' }] }, map)
  t.same([...content.fixed].map(index => content.leaves[index]?.text), ['b', 'y'])
  t.same(content.serverSide, ['mcp', 'remote:h.example', 'shell', 'stored'])
  t.same(read({ search: {}, store: false, environment: {} }, map).serverSide, ['web_search'])
})
