import t from 'tap'
import { opaque } from '../../../../plugins/protocol/opaque/index.ts'
import type { RawRequest, RequestReading } from '../../../../core/protocol/contract.ts'
import { rawRequest } from '../bodies.ts'

const path = '/v1/audio/transcriptions'
const boundary = '----b0undary'
const read = (body: string | Uint8Array, contentType: string | null, more: Partial<RawRequest> = {}): RequestReading => opaque.read(rawRequest(path, Buffer.from(body), { contentType, route: '/v1/*', ...more }))
const texts = ({ leaves }: RequestReading): string[] => leaves.filter(({ place }) => place === 'body').map(({ text }) => text)

function form (...parts: ReadonlyArray<readonly [head: string, content: string]>): string {
  return [...parts.map(([head, content]) => `--${boundary}\r\ncontent-disposition: form-data; ${head}\r\n\r\n${content}\r\n`), `--${boundary}--\r\n`].join('')
}

t.test('a body of any kind is listed, whatever is found in it', async t => {
  const cases: Array<[name: string, body: string | Uint8Array, contentType: string | null, texts: string[]]> = [
    ['bytes', Buffer.from([0xff, 0x00, 0x01]), 'application/octet-stream', []],
    ['no type', 'card 4111', null, ['card 4111']],
    ['a text', 'card 4111', 'text/plain; charset=utf-8', ['card 4111']],
    ['JSON', '{"card":"4111"}', 'application/json', ['card', '4111']],
    ['JSON that is none', '{"card":', 'application/json', ['{"card":']],
    ['a form', 'card=41%311&x=+', 'application/x-www-form-urlencoded', ['card', '4111', 'x', ' ']],
    ['a form of parts', form(['name="model"', 'whisper'], ['name="file"; filename="4111.wav"\r\ncontent-type: audio/wav', '\u0000\u0001'], ['name="notes"; filename="a.txt"\r\nContent-Type: text/plain', 'card 4111']), `multipart/form-data; boundary=${boundary}`, ['model', 'whisper', 'file', '4111.wav', 'notes', 'a.txt', 'card 4111']],
    ['a form that is torn', form(['name="a"', 'card 4111']).slice(0, -8), `multipart/form-data; boundary="${boundary}"`, [form(['name="a"', 'card 4111']).slice(0, -8)]],
    ['a form with more to say', form(['name="a"\r\nx-other: 1', 'card']), `multipart/form-data; boundary=${boundary}`, [form(['name="a"\r\nx-other: 1', 'card'])]]
  ]
  for (const [name, body, contentType, found] of cases) {
    const reading = read(body, contentType)
    t.same(reading.unscanned, [{ kind: 'opaque', path: '/body', bytes: Buffer.byteLength(body) }], name)
    t.same(texts(reading), found, name)
  }
  t.same(texts(read(Buffer.from('card 4111'), 'text/plain', { contentEncoding: 'gzip' })), [], 'an encoded body is bytes')
  t.match(read('x', 'audio/4111').leaves.find(({ place }) => place === 'header'), { text: 'audio/4111' }, 'its type is text too')
})

t.test('path, query and headers are read as on any HTTP route, and the MAC covers them', async t => {
  const reading = read('x', 'text/plain', { query: 'a=b', headers: [['x-case', 'c-1']], stripPrefix: true })
  t.match(reading, { action: 'http.post', model: null, target: { path: '/audio/transcriptions', query: 'a=b' }, resource: { type: 'http', id: path, family: '/v1/*' }, serverSide: [] })
  t.same(reading.macParts(Buffer.from('sent')).map(part => Buffer.from(part).toString()), ['POST', path, 'a=b', 'x-case', 'c-1', 'sent'])
})

t.test('without a body nothing is listed; a GET has none', async t => {
  t.same(read('', null, { method: 'GET' }).unscanned, [])
  t.throws(() => read('x', null, { method: 'GET' }), { code: 'GW_REQUEST_INVALID' })
})

t.test('it cannot be redacted', async t => {
  const request = rawRequest(path, 'mail a@x.org', { contentType: 'text/plain' })
  const reading = opaque.read(request)
  const leaf = reading.leaves.findIndex(({ place }) => place === 'body')
  t.throws(() => opaque.edit(request, reading, [{ leaf, start: 5, end: 12, replacement: '' }]), { code: 'GW_POLICY_REDACTION' })
  t.equal(opaque.edit(request, reading, []), request.body)
})
