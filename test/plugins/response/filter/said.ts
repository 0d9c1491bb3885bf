/** What a stream of any dialect says, for comparing streams that differ in their cuts alone. */
import type { AnswerReading, AnswerStream } from '../../../../core/protocol/contract.ts'
import type { Dialect } from './streams.ts'

/** A text cut between UTF-16 units: characters and escapes are cut, too. */
export function pieces (whole: string, at: readonly number[]): string[] {
  const places = [...new Set(at.map(cut => cut % (whole.length + 1)))].sort((x, y) => x - y)
  return [...places, whole.length].map((end, index) => whole.slice(index === 0 ? 0 : places[index - 1], end))
}

export function openDialect ({ protocol, contentType }: Dialect): AnswerStream {
  const stream = protocol.openAnswer?.({ status: 200, contentType, stream: true })
  if (stream === null || stream === undefined) throw new Error('a stream is a stream')
  return stream
}

export function readDialect ({ protocol, contentType }: Dialect, body: Uint8Array): AnswerReading {
  return protocol.readAnswer({ status: 200, contentType, body, stream: true })
}

/** All that an answer says, lane by lane; JSON as it parses. */
export function saidBy (dialect: Dialect, body: Uint8Array): unknown {
  return readDialect(dialect, body).answer.lanes.filter(({ name }) => name !== 'stream').map(({ name, kind, text: whole }) => `${kind} ${name}: ${parsed(whole)}`).sort()
}

function parsed (whole: string): string {
  try {
    return JSON.stringify(JSON.parse(whole))
  } catch {
    return whole
  }
}
