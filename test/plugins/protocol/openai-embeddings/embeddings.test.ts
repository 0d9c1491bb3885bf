import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { openaiCompletions } from '../../../../plugins/protocol/openai-completions/index.ts'
import { openaiEmbeddings } from '../../../../plugins/protocol/openai-embeddings/index.ts'
import type { AnswerReading, RequestReading } from '../../../../core/protocol/contract.ts'
import { rawRequest } from '../bodies.ts'

const read = (more: Readonly<Record<string, unknown>>): RequestReading => openaiEmbeddings.read(rawRequest('/v1/embeddings', { model: 'm', input: 'hello', ...more }))
const kinds = ({ unscanned }: RequestReading): string[] => unscanned.map(({ kind }) => kind)

t.test('texts are read; text in tokens and what is no text is listed', async t => {
  t.match(read({}), { action: 'embedding', target: { path: '/embeddings' }, messageCount: 1, unscanned: [], shape: { workload: 'embedding', outputFormat: null, maxOutputTokens: 0 } })
  t.same(read({ input: ['one', 'two'] }).leaves.filter(({ pattern }) => pattern === '/input/*').map(({ text }) => text), ['one', 'two'])
  t.same(read({ input: [1, 2, 3] }).unscanned, [{ kind: 'token_array', path: '/input', bytes: 7 }])
  t.same(read({ input: [[1, 2], [3]] }).unscanned, [{ kind: 'token_array', path: '/input/*', bytes: 5 }, { kind: 'token_array', path: '/input/*', bytes: 3 }])
  t.same(kinds(read({ input: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] })), ['image', 'opaque'])
  t.same(kinds(read({ input: [{ image: 'AAAA' }] })), ['opaque'])
  t.ok(read({ input: [Array.from({ length: 400 }, () => 1)] }).shape.tokenEstimate > 400)
  for (const input of [7, {}, null, [null], [true]]) t.throws(() => read({ input }), { code: 'GW_REQUEST_INVALID' }, JSON.stringify(input))
})

t.test('completions take prompts the same way', async t => {
  const completion = (more: Readonly<Record<string, unknown>>): RequestReading => openaiCompletions.read(rawRequest('/v1/completions', { model: 'm', prompt: 'hello', ...more }))
  t.match(completion({ prompt: ['a', 'b'], n: 2, max_tokens: 5 }), { action: 'completion', target: { path: '/completions' }, messageCount: 2, shape: { maxOutputTokens: 20, workload: 'chat' } })
  t.same(kinds(completion({ prompt: [[1, 2]] })), ['token_array'])
  t.throws(() => completion({ prompt: {} }), { code: 'GW_REQUEST_INVALID' })
})

const answer = (embedding: unknown): AnswerReading => openaiEmbeddings.readAnswer({ status: 200, contentType: 'application/json', body: Buffer.from(JSON.stringify({ object: 'list', data: [{ object: 'embedding', index: 0, embedding }], model: 'm' })), stream: false })
const floats = (...values: number[]): string => Buffer.from(Float32Array.from(values).buffer).toString('base64')
const words = ({ answer: { lanes } }: AnswerReading): string[] => lanes.filter(({ path }) => path.includes('embedding')).map(({ text }) => text)

t.test('a vector is no text, and what is no vector does not pass for one', async t => {
  for (const vector of [[0.25, -1e-7, 3], floats(...Array.from({ length: 1536 }, (_unused, index) => Math.sin(index)))]) {
    const reading = answer(vector)
    t.same([words(reading), reading.answer.unscanned], [[], []])
  }
  t.same(words(answer([0.25, 4111111111111111])), ['0.25', '4111111111111111'])
  t.same(words(answer(floats(0.25, -1e-7, 3))).length, 1, 'few numbers in base64 could be a password')
  t.same(words(answer([0.25, 'AKIA'])), ['0.25', 'AKIA'])
  t.same(words(answer(Buffer.from('card 4111 1111 1111 1111 of J. Roe').toString('base64'))).length, 1)
  t.match(words(answer(Buffer.from('card 4111 1111 1111 1111 of J. Roe. '.repeat(60)).toString('base64'))), [/^card 4111/])
  t.same(answer(floats(...Array.from({ length: 600 }, () => 1e30))).answer.unscanned.map(({ kind }) => kind), ['binary'])
})

t.test('a long list is judged number by number, though none is looked at alone', async () => {
  const digits = (least: number, most: number): fc.Arbitrary<string> => fc.integer({ min: least, max: most }).map(length => '7'.repeat(length))
  const odd = fc.tuple(fc.constantFrom('', '-'), digits(1, 6), fc.option(digits(23, 26)), fc.option(fc.tuple(fc.constantFrom('e', 'E-', 'e+'), digits(1, 5))))
    .map(([sign, whole, fraction, exponent]) => `${sign}${whole}${fraction === null ? '' : `.${fraction}`}${exponent?.join('') ?? ''}`)
  const isPlain = (number: string): boolean => /^-?\d{1,4}(?:\.\d{1,24})?(?:[eE][-+]?\d{1,3})?$/.test(number)
  fc.assert(fc.property(odd, fc.nat(40), fc.constantFrom(',', ', ', '\n,'), (number, position, separator) => {
    const list = Array.from({ length: 41 }, (_unused, index) => index === position ? number : '0.5').join(separator)
    const body = Buffer.from(`{"object":"list","model":"m","data":[{"object":"embedding","index":0,"embedding":[${list}]}]}`)
    const { answer: { lanes } } = openaiEmbeddings.readAnswer({ status: 200, contentType: 'application/json', body, stream: false })
    assert.equal(lanes.some(({ text }) => text === number), !isPlain(number), number)
  }), { numRuns: 300 })
})

t.test('a long list of tokens is listed; a number in it that is too long for one is read', async t => {
  const tokens = Array.from({ length: 40 }, (_unused, index) => index)
  t.match(read({ input: tokens }), { unscanned: [{ kind: 'token_array', path: '/input' }], messageCount: 1 })
  t.same(read({ input: tokens }).leaves.map(({ text }) => text), ['m'])
  for (const other of [4111111111111111, 12345678, -5, 0.5]) t.same(read({ input: [...tokens, other] }).leaves.map(({ text }) => text), ['m', String(other)])
})
