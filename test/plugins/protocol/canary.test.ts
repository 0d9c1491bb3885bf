/** A card number in every leaf of a full body of each API: it is found, whatever else is listed, or the body is refused. */
import t from 'tap'
import { GatewayError } from '../../../core/errors.ts'
import type { RequestReading } from '../../../core/protocol/contract.ts'
import { canaries, fullBodies, protocolOf, rawRequest, type ValuePath } from './bodies.ts'

const canary = { text: '4111 1111 1111 1111', number: 4111111111111111 }
const digits = /4111 ?1111 ?1111 ?1111/

function read (name: string, body: unknown): RequestReading | 'refused' {
  const [protocol, path] = fullBodies[name] ?? ['', '']
  try {
    return protocolOf(protocol).read(rawRequest(path, body))
  } catch (thrown) {
    if (thrown instanceof GatewayError && /^GW_REQUEST_(?:INVALID|MODEL_MISSING)$/.test(thrown.code)) return 'refused'
    throw thrown
  }
}

const sees = ({ leaves }: RequestReading): boolean => leaves.some(({ text }) => digits.test(text))

for (const [name, [, , body]] of Object.entries(fullBodies)) {
  t.test(`${name}: nothing passes unseen`, async t => {
    const lost: string[] = []
    const refused: string[] = []
    let planted = 0
    for (const { path, kind, body: changed } of canaries(body, canary)) {
      planted++
      const reading = read(name, changed)
      if (reading === 'refused') refused.push(kind === 'key' ? path.slice(0, -1).join('/') : path.join('/'))
      else if (!sees(reading)) lost.push(`${kind} ${path.join('/')}`)
    }
    t.same(lost, [])
    t.ok(planted > 4, `${planted} places`)
    t.ok(refused.length < planted / 5, `only ${refused.length} of ${planted} are refused, such as ${refused[0] ?? 'none'}`)
  })

  t.test(`${name}: what looks like bytes is found, or listed where it stands`, async t => {
    const lost = [...canaries(body, { text: '4111111111111111', number: 0 })].filter(({ path, kind, body: changed }) => {
      const reading = kind === 'string' ? read(name, alone(changed, path)) : 'refused'
      return reading !== 'refused' && !sees(reading) && !isListed(reading, path)
    })
    t.same(lost.map(({ path }) => path.join('/')), [])
  })
}

/** The body with nothing beside the value in the lists that lead to it: nothing else is listed at their places. */
function alone (body: unknown, [first, ...rest]: ValuePath): unknown {
  if (Array.isArray(body)) return [alone(body[Number(first)], rest)]
  if (first === undefined || typeof body !== 'object' || body === null) return body
  return Object.fromEntries(Object.entries(body).map(([key, inner]) => [key, key === first ? alone(inner, rest) : inner]))
}

/** Content that could not be read is listed at the place itself, or at the part that holds it. */
function isListed ({ unscanned }: RequestReading, path: ValuePath): boolean {
  const own = `/${path.map(step => typeof step === 'number' ? '*' : step).join('/')}/`
  return unscanned.some(({ path: listed }) => own.startsWith(`${listed}/`))
}

t.test('the plain full bodies can be read, and what of them cannot be scanned is listed', async t => {
  const kinds = (name: string): string[] => {
    const reading = read(name, fullBodies[name]?.[2])
    return reading === 'refused' ? ['refused'] : [...new Set(reading.unscanned.map(({ kind }) => kind))].sort()
  }
  t.same(Object.fromEntries(Object.keys(fullBodies).map(name => [name, kinds(name)])), {
    chat: ['audio', 'file', 'image', 'opaque', 'remote', 'state'],
    responses: ['audio', 'encrypted', 'file', 'image', 'opaque', 'remote', 'state'],
    completions: [],
    embeddings: [],
    messages: ['encrypted', 'file', 'image', 'opaque', 'remote', 'state'],
    'count of tokens': ['encrypted', 'file', 'image', 'opaque', 'remote', 'state'],
    'ollama chat': ['image'],
    'ollama generate': ['image', 'token_array'],
    'ollama embed': [],
    'ollama embeddings': [],
    http: []
  })
})

t.test('what the endpoint would do or keep on its own side is named', async t => {
  const named = (name: string): readonly string[] => {
    const reading = read(name, fullBodies[name]?.[2])
    return reading === 'refused' ? [] : reading.serverSide
  }
  t.same(named('chat'), ['web_search'])
  t.same(named('responses'), ['code_interpreter', 'context_management', 'file_search', 'image_generation', 'mcp', 'remote:mcp.example', 'remote:x.example', 'stored', 'web_search'])
  t.same(named('messages'), ['container', 'context_management', 'mcp', 'remote:mcp.example', 'skills', 'web_fetch', 'web_search'])
  for (const name of ['completions', 'embeddings', 'ollama chat', 'ollama generate']) t.same(named(name), [], name)
})
