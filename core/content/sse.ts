/**
 * Reads a whole event stream (WHATWG HTML, server-sent events) into events that keep their bytes. What no client would show
 * (comments, unknown fields) is kept too: it is sent on, so it is to be judged.
 */
import { isUtf8 } from 'node:buffer'
import { GatewayError } from '../errors.ts'

/** `[start, end)` in bytes, without the line's end. */
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
  /** `[start, end)` in bytes, the blank line included. */
  readonly start: number
  readonly end: number
  /** False for a last event without its blank line: clients drop it. */
  readonly isComplete: boolean
  /** The data lines joined by LF, or null where there are none. */
  readonly data: string | null
  /** The last `event` field, or null. */
  readonly type: string | null
  readonly lines: readonly SseLine[]
}

/** Throws GW_UPSTREAM_BAD_RESPONSE where the bytes are not well-formed UTF-8. */
export function readEvents (body: Uint8Array): SseEvent[] {
  if (!isUtf8(body)) throw new GatewayError('GW_UPSTREAM_BAD_RESPONSE')
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const events: SseEvent[] = []
  let lines: SseLine[] = []
  let start = bytes.indexOf(byteOrderMark) === 0 ? byteOrderMark.length : 0
  for (const { at, end, next } of linesOf(bytes, start)) {
    if (at < end) lines.push(readLine(bytes, at, end))
    else {
      if (lines.length > 0) events.push(makeEvent(start, next, lines, true))
      lines = []
      start = next
    }
  }
  if (lines.length > 0) events.push(makeEvent(start, bytes.length, lines, false))
  return events
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])
const lineFeed = 0x0a
const carriageReturn = 0x0d

interface LinePlace { readonly at: number, readonly end: number, readonly next: number }

/** Lines end with LF, CR or CRLF; a last one may have no end. */
function * linesOf (bytes: Buffer, from: number): Generator<LinePlace> {
  let at = from
  for (let index = from; index < bytes.length; index++) {
    const byte = bytes[index]
    if (byte !== lineFeed && byte !== carriageReturn) continue
    const isPair = byte === carriageReturn && bytes[index + 1] === lineFeed
    yield { at, end: index, next: index + (isPair ? 2 : 1) }
    if (isPair) index++
    at = index + 1
  }
  if (at < bytes.length) yield { at, end: bytes.length, next: bytes.length }
}

function readLine (bytes: Buffer, start: number, end: number): SseLine {
  const line = bytes.subarray(start, end)
  const text = line.toString('utf8')
  const colon = line.indexOf(0x3a)
  if (colon === -1) return { field: text, value: '', text, start, end, valueStart: end }
  const skipped = line[colon + 1] === 0x20 ? colon + 2 : colon + 1
  return { field: line.toString('utf8', 0, colon), value: line.toString('utf8', skipped), text, start, end, valueStart: start + skipped }
}

function makeEvent (start: number, end: number, lines: readonly SseLine[], isComplete: boolean): SseEvent {
  const data = lines.filter(({ field }) => field === 'data')
  return {
    start,
    end,
    isComplete,
    data: data.length === 0 ? null : data.map(({ value }) => value).join('\n'),
    type: lines.findLast(({ field }) => field === 'event')?.value ?? null,
    lines
  }
}

/** Where an offset (in bytes) of the joined data stands in the body. */
export function dataPlace ({ lines }: SseEvent): (offset: number) => number {
  const data = lines.filter(({ field }) => field === 'data')
  return offset => {
    let rest = offset
    for (const { valueStart, end } of data) {
      if (rest <= end - valueStart) return valueStart + rest
      rest -= end - valueStart + 1
    }
    throw new RangeError('the offset is beyond the data of the event')
  }
}

/** One event with this data, as it goes out. */
export function writeEvent (data: string): string {
  return data.split('\n').map(line => `data: ${line}\n`).join('') + '\n'
}
