/** What gateway and writer say to each other over their socket: one message a line, words and then a text. */

/** To the writer. `subject` is the decision's id, or `-`. */
export type Order =
  | { readonly word: 'hello', readonly boot: string, readonly claims: readonly string[], readonly resent: readonly string[] }
  | { readonly word: 'append', readonly number: number, readonly kind: AppendKind, readonly subject: string, readonly body: string }
  | { readonly word: 'refuse', readonly code: string }
  | { readonly word: 'close' }

/** A permit or redaction, which waits for its outcome; a denial; an outcome; a record of the system. */
export type AppendKind = 'permit' | 'deny' | 'outcome' | 'system'

/** From the writer. */
export type Answer =
  | { readonly word: 'ready', readonly origin: string, readonly synchronous: boolean }
  | { readonly word: 'state', readonly accepting: boolean }
  | { readonly word: 'batch', readonly size: number, readonly checkpoint: string, readonly receipts: ReadonlyArray<readonly [number: number, index: number, leafHash: string]> }
  | { readonly word: 'failed', readonly numbers: readonly number[], readonly code: string }

/** Appends travel as they are, so that a body is neither parsed nor written again on its way. */
export function encodeOrder (order: Order): string {
  if (order.word !== 'append') return `${JSON.stringify(order)}\n`
  return `append ${order.number} ${order.kind} ${order.subject} ${order.body}\n`
}

/** Throws for a line that is no order: the two ends are then of different releases. */
export function decodeOrder (line: string): Order {
  if (!line.startsWith('append ')) return JSON.parse(line) as Order
  const [, number = '', kind = '', subject = ''] = line.split(' ', 4)
  const body = line.slice('append '.length + number.length + 1 + kind.length + 1 + subject.length + 1)
  return { word: 'append', number: Number(number), kind: kind as AppendKind, subject, body }
}

export function encodeAnswer (answer: Answer): string {
  return `${JSON.stringify(answer)}\n`
}

export function decodeAnswer (line: string): Answer {
  return JSON.parse(line) as Answer
}

/** Cuts a stream of bytes into lines. */
export class Lines {
  #rest: Buffer[] = []

  /** The lines that are whole with this chunk. */
  take (chunk: Buffer): string[] {
    const lines: string[] = []
    let start = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      lines.push(Buffer.concat([...this.#rest, chunk.subarray(start, end)]).toString('utf8'))
      this.#rest = []
      start = end + 1
    }
    if (start < chunk.length) this.#rest.push(chunk.subarray(start))
    return lines
  }
}
