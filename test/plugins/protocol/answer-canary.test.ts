/** A card number in every leaf of a full answer of each API: it is judged, or the answer is not released. */
import t from 'tap'
import { GatewayError } from '../../../core/errors.ts'
import type { AnswerReading } from '../../../core/protocol/contract.ts'
import { fullAnswers, fullStreams } from './answers.ts'
import { canaries, protocolOf } from './bodies.ts'

const canary = { text: '4111 1111 1111 1111', number: 4111111111111111 }
/** In base64's alphabet, and longer than what stands in the plain answers. */
const likeBytes = { text: '4111111111111111AAAA', number: 0 }
const digits = /4111 ?1111 ?1111 ?1111/

function read (protocol: string, contentType: string, body: string): AnswerReading | null {
  try {
    return protocolOf(protocol).readAnswer({ status: 200, contentType, body: Buffer.from(body), stream: contentType !== 'application/json' })
  } catch (thrown) {
    if (thrown instanceof GatewayError && thrown.code === 'GW_UPSTREAM_BAD_RESPONSE') return null
    throw thrown
  }
}

/** An answer that cannot be read is not released. */
const isSeen = (reading: AnswerReading | null): boolean => reading === null || reading.answer.lanes.some(({ text }) => digits.test(text))

const listedBytes = (reading: AnswerReading | null): number => reading?.answer.unscanned.reduce((sum, { bytes }) => sum + bytes, 0) ?? 0

/** Texts, numbers and keys that are not judged wherever they stand; and what looks like bytes, that is not judged or listed. */
function lostIn (value: unknown, readOf: (value: unknown) => AnswerReading | null): string[] {
  const listed = listedBytes(readOf(value))
  const lost = [
    ...[...canaries(value, canary)].filter(({ body: changed }) => !isSeen(readOf(changed))),
    ...[...canaries(value, likeBytes)].filter(({ kind, body: changed }) => kind === 'string' && !isSeen(readOf(changed)) && listedBytes(readOf(changed)) <= listed)
  ]
  return lost.map(({ kind, path }) => `${kind} ${path.join('/')}`)
}

for (const [name, [protocol, body]] of Object.entries(fullAnswers)) {
  t.test(`${name}, whole: nothing passes unjudged`, async t => {
    const readOf = (value: unknown): AnswerReading | null => read(protocol, 'application/json', JSON.stringify(value))
    t.ok(readOf(body), 'the plain answer can be read')
    t.same(lostIn(body, readOf), [])
  })
}

for (const [name, [protocol, contentType, events, frame]] of Object.entries(fullStreams)) {
  t.test(`${name}, as a stream: nothing passes unjudged`, async t => {
    const readOf = (value: unknown): AnswerReading | null => read(protocol, contentType, frame(value as unknown[]))
    t.ok(readOf(events), 'the plain answer can be read')
    t.same(lostIn(events, readOf), [])
  })
}

t.test('what no detector can read is listed by kind', async t => {
  const kinds = (reading: AnswerReading | null): string[] => [...new Set(reading?.answer.unscanned.map(({ kind }) => kind))].sort()
  t.same(Object.fromEntries(Object.entries(fullAnswers).map(([name, [protocol, body]]) => [name, kinds(read(protocol, 'application/json', JSON.stringify(body)))])), {
    chat: ['audio'],
    response: ['encrypted', 'image'],
    completion: [],
    embeddings: [],
    message: ['encrypted'],
    'count of tokens': [],
    'ollama chat': [],
    'ollama generation': ['token_array'],
    'ollama embeddings': []
  })
  t.same(Object.fromEntries(Object.entries(fullStreams).map(([name, [protocol, contentType, events, frame]]) => [name, kinds(read(protocol, contentType, frame(events)))])), {
    chat: [],
    completion: [],
    response: ['audio', 'image'],
    'response that calls': [],
    message: ['encrypted'],
    'ollama chat': [],
    'ollama generation': ['token_array']
  })
})
