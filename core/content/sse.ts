/**
 * Reads an event stream (WHATWG HTML, server-sent events) as it arrives, into events that keep their bytes. What no client
 * would show (comments, unknown fields) is kept too: it is sent on, so it is to be judged.
 */
import { isUtf8 } from 'node:buffer'
import { GatewayError } from '../errors.ts'

/** `[start, end)` in bytes of the event, without the line's end. */
export interface SseLine {
  /** Field name; empty for a comment. */
  readonly field: string
  readonly value: string
  /** The whole line. */
  readonly text: string
  readonly start: number
  readonly end: number
  /** Where the value begins. */
  readonly valueStart: number
}

export interface SseEvent {
  /** All of it: what stands before its first line (a byte order mark, blank lines), its lines, its blank line. */
  readonly bytes: Buffer
  /** False for a last event without its blank line: clients drop it. */
  readonly isComplete: boolean
  /** The data lines joined by LF, as bytes; null where there are none. */
  readonly data: Buffer | null
  /** The last `event` field, or null. */
  readonly type: string | null
  readonly lines: readonly SseLine[]
}

/** The largest event that is read. */
export const largestEventBytes = 4 * 1024 * 1024
/** The most lines of one event. */
const mostLines = 65_536

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])
const lineFeed = 0x0a
const carriageReturn = 0x0d

/** One stream. Together the events it gives hold every byte that was pushed, in order. */
export class SseReader {
  /** Bytes of the event that is not whole yet. */
  #kept: Uint8Array[] = []
  #keptBytes = 0
  #lineBytes = 0
  #hasLines = false
  /** The last byte seen was a CR: an LF that follows belongs to it. */
  #afterReturn = false
  #isFirst = true

  /** Bytes as they arrive, cut anywhere. Throws GW_UPSTREAM_BAD_RESPONSE for what is no UTF-8, or for an event that is too large, or of too many lines. */
  push (bytes: Uint8Array): SseEvent[] {
    const events: SseEvent[] = []
    const ends = new LineEnds(bytes)
    let start = 0
    let at = 0
    if (this.#afterReturn && bytes[0] === lineFeed) at = 1
    if (bytes.length > 0) this.#afterReturn = false
    for (;;) {
      const index = ends.from(at)
      if (index === -1) break
      this.#lineBytes += index - at
      at = this.#pastLineEnd(bytes, index)
      if (this.#lineBytes > 0) this.#hasLines = true
      else if (this.#hasLines) {
        events.push(this.#take(bytes.subarray(start, at), true))
        start = at
      }
      this.#lineBytes = 0
    }
    this.#lineBytes += bytes.length - at
    this.#keep(bytes.subarray(start))
    return events
  }

  /** What is left at the end of the stream: an event without its blank line, or null. */
  end (): SseEvent | null {
    return this.#keptBytes === 0 ? null : this.#take(new Uint8Array(0), false)
  }

  #pastLineEnd (bytes: Uint8Array, index: number): number {
    if (bytes[index] !== carriageReturn) return index + 1
    if (index + 1 === bytes.length) this.#afterReturn = true
    return bytes[index + 1] === lineFeed ? index + 2 : index + 1
  }

  #keep (rest: Uint8Array): void {
    if (rest.length === 0) return
    this.#kept.push(rest)
    this.#keptBytes += rest.length
    if (this.#keptBytes > largestEventBytes) throw new GatewayError('GW_UPSTREAM_BAD_RESPONSE')
  }

  #take (last: Uint8Array, isComplete: boolean): SseEvent {
    const bytes = this.#kept.length === 0 ? asBuffer(last) : Buffer.concat([...this.#kept, last])
    const skipped = this.#isFirst && bytes.indexOf(byteOrderMark) === 0 ? byteOrderMark.length : 0
    this.#kept = []
    this.#keptBytes = 0
    this.#hasLines = false
    this.#isFirst = false
    if (bytes.length > largestEventBytes || !isUtf8(bytes)) throw new GatewayError('GW_UPSTREAM_BAD_RESPONSE')
    return readEvent(bytes, skipped, isComplete)
  }
}

/** Reads a whole stream. Throws GW_UPSTREAM_BAD_RESPONSE. */
export function readEvents (body: Uint8Array): SseEvent[] {
  const reader = new SseReader()
  const events = reader.push(body)
  const last = reader.end()
  return last === null ? events : [...events, last]
}

/** Lines end with LF, CR or CRLF. Asked for rising places it looks at each byte once for each of the two. */
class LineEnds {
  readonly #bytes: Uint8Array
  #feed: number
  #return: number

  constructor (bytes: Uint8Array) {
    this.#bytes = bytes
    this.#feed = bytes.indexOf(lineFeed)
    this.#return = bytes.indexOf(carriageReturn)
  }

  /** Where the next end is, or -1. */
  from (at: number): number {
    if (this.#feed !== -1 && this.#feed < at) this.#feed = this.#bytes.indexOf(lineFeed, at)
    if (this.#return === -1) return this.#feed
    if (this.#return < at) this.#return = this.#bytes.indexOf(carriageReturn, at)
    if (this.#return === -1) return this.#feed
    return this.#feed === -1 ? this.#return : Math.min(this.#feed, this.#return)
  }
}

function readEvent (bytes: Buffer, skipped: number, isComplete: boolean): SseEvent {
  const lines: SseLine[] = []
  const ends = new LineEnds(bytes)
  for (let at = skipped; at < bytes.length;) {
    const found = ends.from(at)
    const end = found === -1 ? bytes.length : found
    if (end > at && lines.push(readLine(bytes, at, end)) > mostLines) throw new GatewayError('GW_UPSTREAM_BAD_RESPONSE')
    at = end + 1 // the LF of a CRLF reads as one more blank line
  }
  const data = lines.filter(isData)
  return { bytes, isComplete, data: dataOf(bytes, data), type: lines.findLast(({ field }) => field === 'event')?.value ?? null, lines }
}

function isData ({ field }: SseLine): boolean {
  return field === 'data'
}

function dataOf (bytes: Buffer, lines: readonly SseLine[]): Buffer | null {
  const [first, ...more] = lines
  if (first === undefined) return null
  if (more.length === 0) return bytes.subarray(first.valueStart, first.end)
  return Buffer.from(lines.map(({ value }) => value).join('\n'))
}

function readLine (bytes: Buffer, start: number, end: number): SseLine {
  const text = bytes.toString('utf8', start, end)
  const colon = text.indexOf(':')
  if (colon === -1) return { field: text, value: '', text, start, end, valueStart: end }
  const field = text.slice(0, colon)
  const skipped = text.charCodeAt(colon + 1) === 0x20 ? colon + 2 : colon + 1
  return { field, value: text.slice(skipped), text, start, end, valueStart: start + Buffer.byteLength(field) + skipped - colon }
}

/** Where an offset (in bytes) of the joined data stands in the event's bytes. */
export function dataPlace ({ lines }: SseEvent): (offset: number) => number {
  const data = lines.filter(isData)
  const [first] = data
  if (first !== undefined && data.length === 1) return offset => first.valueStart + offset
  let length = 0
  const starts = data.map(({ valueStart, end }) => {
    const start = length
    length += end - valueStart + 1
    return start
  })
  return offset => {
    const index = lastUpTo(starts, offset)
    const line = data[index]
    const rest = offset - (starts[index] ?? 0)
    if (line === undefined || rest > line.end - line.valueStart) throw new RangeError('the offset is beyond the data of the event')
    return line.valueStart + rest
  }
}

/** The index of the last number of a sorted list that is not above this one; -1 where all are. */
function lastUpTo (sorted: readonly number[], most: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] ?? 0) <= most) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** One event with this data, as it goes out. */
export function writeEvent (data: string): string {
  return data.split('\n').map(line => `data: ${line}\n`).join('') + '\n'
}

function asBuffer (bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
