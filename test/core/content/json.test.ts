import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { deepest, memberOf, mostValues, readJson, readJsonText, type JsonNode } from '../../../core/content/json.ts'

/** The plain value of a node, as JSON.parse would give it. */
function valueOf (node: JsonNode): unknown {
  switch (node.kind) {
    case 'string': return node.text
    case 'number': return Number(node.text)
    case 'array': return node.items.map(valueOf)
    case 'object': return Object.fromEntries(node.members.map(({ key, value }) => [key.text, valueOf(value)]))
    default: return { true: true, false: false, null: null }[node.kind]
  }
}

function * nodesOf (node: JsonNode): Generator<JsonNode> {
  yield node
  if (node.kind === 'array') for (const item of node.items) yield * nodesOf(item)
  if (node.kind === 'object') for (const { value } of node.members) yield * nodesOf(value)
}

t.test('what JSON.parse reads is read to the same value, and every node stands where it says', async () => {
  fc.assert(fc.property(fc.json({ stringUnit: 'binary' }), fc.nat(4), (text, indent) => {
    const written = JSON.stringify(JSON.parse(text), null, indent)
    const body = Buffer.from(written)
    const root = readJson(body)
    assert.deepEqual(JSON.parse(JSON.stringify(valueOf(root))), JSON.parse(written))
    for (const node of nodesOf(root)) assert.deepEqual(valueOf(readJson(body.subarray(node.start, node.end))), valueOf(node))
  }), { numRuns: 150 })
})

t.test('what JSON.parse refuses is refused, and nothing else', async () => {
  const pieces = ['{', '}', '[', ']', ',', ':', '"', '"a"', '\\', '\\u0041', '\\ud800', '0', '1', '-', '.', 'e', 'E+', 'true', 'null', 'nul', ' ', '\n', '\t', '\u0000', '\u007f', 'é', '\u2028']
  fc.assert(fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 9 }), parts => {
    const text = parts.join('')
    const ours = outcome(() => readJson(Buffer.from(text)))
    const theirs = outcome(() => JSON.parse(text) as unknown)
    assert.equal(ours, theirs, JSON.stringify(text))
  }), { numRuns: 3000 })
})

function outcome (read: () => unknown): 'read' | 'refused' {
  try {
    read()
    return 'read'
  } catch {
    return 'refused'
  }
}

t.test('what no caller should send has its code', async t => {
  const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)
  const cases: Array<[name: string, body: string | Uint8Array, code: string]> = [
    ['an empty body', '', 'GW_CLASSIFY_UNREADABLE'],
    ['white space alone', ' \n', 'GW_CLASSIFY_UNREADABLE'],
    ['trailing bytes', '{} x', 'GW_CLASSIFY_UNREADABLE'],
    ['two values', '{}{}', 'GW_CLASSIFY_UNREADABLE'],
    ['a byte order mark', '\ufeff{}', 'GW_CLASSIFY_UNREADABLE'],
    ['a cut string', '{"a":"b', 'GW_CLASSIFY_UNREADABLE'],
    ['a cut escape', '"\\', 'GW_CLASSIFY_UNREADABLE'],
    ['a control character in a string', '"a\u0001"', 'GW_CLASSIFY_UNREADABLE'],
    ['an escape that is none', '"\\x41"', 'GW_CLASSIFY_UNREADABLE'],
    ['a leading zero', '01', 'GW_CLASSIFY_UNREADABLE'],
    ['a trailing comma', '[1,]', 'GW_CLASSIFY_UNREADABLE'],
    ['a comment', '[1/**/]', 'GW_CLASSIFY_UNREADABLE'],
    ['NaN', 'NaN', 'GW_CLASSIFY_UNREADABLE'],
    ['a lone continuation byte', Buffer.from([0x22, 0x80, 0x22]), 'GW_CLASSIFY_UNREADABLE'],
    ['an overlong form', Buffer.from([0x22, 0xc0, 0xaf, 0x22]), 'GW_CLASSIFY_UNREADABLE'],
    ['a surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'GW_CLASSIFY_UNREADABLE'],
    ['UTF-16', Buffer.from('{}', 'utf16le'), 'GW_CLASSIFY_UNREADABLE'],
    ['a key twice', '{"a":1,"a":2}', 'GW_CLASSIFY_DUPLICATE_KEY'],
    ['a key twice, once escaped', '{"model":1,"mod\\u0065l":2}', 'GW_CLASSIFY_DUPLICATE_KEY'],
    ['a key twice far down', '[{"x":[{"a":1,"b":2,"a":3}]}]', 'GW_CLASSIFY_DUPLICATE_KEY'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}', 'GW_CLASSIFY_DUPLICATE_KEY'],
    ['one level too many', deep(deepest + 1), 'GW_CLASSIFY_TOO_DEEP'],
    ['very many levels', deep(500_000), 'GW_CLASSIFY_TOO_DEEP'],
    ['very many levels of objects', '{"a":'.repeat(200_000), 'GW_CLASSIFY_TOO_DEEP']
  ]
  for (const [name, body, code] of cases) t.throws(() => readJson(Buffer.from(body)), { code }, `${name}: ${code}`)
  t.equal(readJson(Buffer.from(deep(deepest))).kind, 'array')
})

t.test('a literal keeps what a number would lose', async t => {
  for (const literal of ['4111111111111111111', '1.10', '-0', '1e400', '0.1000']) {
    t.match(readJson(Buffer.from(`[${literal}]`)), { items: [{ kind: 'number', text: literal, start: 1, end: 1 + literal.length }] })
  }
})

t.test('__proto__ and constructor are keys like others', async t => {
  const root = readJson(Buffer.from('{"__proto__":{"polluted":"yes"},"constructor":1}'))
  t.equal(memberOf(memberOf(root, '__proto__'), 'polluted')?.kind, 'string')
  t.equal(memberOf(root, 'toString'), null)
  t.equal(Reflect.get({}, 'polluted'), undefined)
})

t.test('a lone surrogate that was escaped is kept', async t => {
  t.match(readJson(Buffer.from('"a\\ud83d"')), { text: 'a\ud83d' })
})

t.test('JSON in a text is read with offsets of the text, and may repeat keys', async t => {
  t.match(readJsonText('["é","😀",{"a":1,"a":2}]'), { items: [{ start: 1, end: 4 }, { start: 5, end: 9 }, { members: [{}, {}] }] })
  t.equal(readJsonText('{"a":'), null)
  t.throws(() => readJsonText('['.repeat(100)), { code: 'GW_CLASSIFY_TOO_DEEP' })
})

const separators = fc.constantFrom(',', ', ', ' ,\n', '\t,')
const literals = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })).map(number => JSON.stringify(number))

t.test('a long list of numbers is read like any other, each number where it stands', async () => {
  fc.assert(fc.property(fc.array(literals, { minLength: 1, maxLength: 80 }), separators, fc.constantFrom('', ' ', '\n'), (numbers, separator, space) => {
    const list = `[${space}${numbers.join(separator)}${space}]`
    const root = readJson(Buffer.from(`{"a":${list},"b":1}`))
    const node = memberOf(root, 'a')
    assert.ok(node?.kind === 'array')
    assert.deepEqual(valueOf(root), JSON.parse(`{"a":${list},"b":1}`))
    assert.deepEqual(node.items.map(({ start, end }) => `{"a":${list}`.slice(start, end)), numbers)
    assert.deepEqual(node.numbers?.count ?? 0, numbers.length < 32 ? 0 : numbers.length)
    if (node.numbers !== null) assert.equal(`[${node.numbers.text}]`, list)
  }), { numRuns: 200 })
})

t.test('a long list that is none of numbers alone is read as it is, or refused as JSON.parse refuses it', async t => {
  const many = Array.from({ length: 40 }, (_unused, index) => String(index)).join()
  for (const end of ['"x"]', 'null]', '[1]]', '{}]']) t.same(valueOf(readJson(Buffer.from(`[${many},${end}`))), JSON.parse(`[${many},${end}`))
  for (const text of [`[${many}`, `[${many},`, `[${many},]`, `[${many}}`, `[${many} 1]`, `[${many},01]`, `[${many},-]`, `[${many},1.]`, `[${many},1e]`, `[${many}]]`]) {
    t.throws(() => JSON.parse(text) as unknown)
    t.throws(() => readJson(Buffer.from(text)), { code: 'GW_CLASSIFY_UNREADABLE' }, text.slice(-8))
  }
})

t.test('more values than are read are refused; numbers of a list count once somebody looks at each', async t => {
  const list = (count: number, item: string): Buffer => Buffer.from(`[${item}${`,${item}`.repeat(count - 1)}]`)
  t.throws(() => readJson(list(mostValues, '""')), { code: 'GW_CLASSIFY_TOO_LARGE' })
  t.doesNotThrow(() => readJson(list(mostValues - 1, '""')))
  const numbers = readJson(list(mostValues + 1, '1'))
  t.match(numbers, { kind: 'array', numbers: { count: mostValues + 1 } })
  t.throws(() => numbers.kind === 'array' && numbers.items, { code: 'GW_CLASSIFY_TOO_LARGE' })
})
