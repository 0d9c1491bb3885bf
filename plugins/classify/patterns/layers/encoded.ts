/** Runs of text in base 64 or in hexadecimal digits, which decode to text. */
import type { Original } from '../offsets.ts'
import type { Decoded, Layer } from './decoded.ts'
import { widthOf } from './escapes.ts'
import type { StartsOf } from './views.ts'

/** Shorter ones say too little, and are too often something else. In units. */
const leastBase64 = 12
const leastHex = 16

/** So much of what a run decodes to must be printable; all of it where that is less than so many bytes. */
const leastPrintable = 0.85
const fewBytes = 16

/** Bits of each unit in base 64, its URL-safe form included; -1 for those outside. */
const sextets = Int8Array.from({ length: 128 }, (_, code) => {
  const unit = String.fromCharCode(code)
  if (unit === '-' || unit === '+') return 62
  if (unit === '_' || unit === '/') return 63
  return 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'.indexOf(unit)
})

/**
 * Encoded runs, in the order of the text.
 * @param runs where long runs of letters and digits begin
 */
export function findEncoded (text: string, runs: StartsOf): Decoded[] {
  const { items, count } = runs
  const found: Decoded[] = []
  let done = 0
  for (let index = 0; index < count; index++) {
    const at = items[index] ?? 0
    if (at < done) continue
    const start = startOf(text, at, done)
    const end = endOf(text, at)
    done = end
    const decoded = decodeRun(text, start, end)
    if (decoded === null) continue
    found.push(decoded)
    done = decoded.end
  }
  return found
}

/** Pairs of hexadecimal digits with something between them: `34 31 31 31`, `0x34, 0x31`. */
const pairs = /(?<![0-9A-Za-z])(?:0x)?[0-9A-Fa-f]{2}(?:(?:[ :-]|, ?)(?:0x)?[0-9A-Fa-f]{2}){9,16383}(?![0-9A-Za-z])/y

/** @param starts where runs of pairs may begin */
export function findPairs (text: string, starts: StartsOf): Decoded[] {
  const found: Decoded[] = []
  for (let at = 0; at < starts.count; at++) {
    pairs.lastIndex = starts.items[at] ?? 0
    const match = pairs.exec(text)
    if (match === null) continue
    const { 0: written, index } = match
    const places = [...written.matchAll(/(?:0x)?[0-9A-Fa-f]{2}/g)].map(pair => pair.index + pair[0].length - 2)
    const bytes = Buffer.from(places.map(place => parseInt(written.slice(place, place + 2), 16)))
    const decoded = textOf(bytes, 1)
    if (decoded === null) continue
    const spanOf: Original = (from, to) => [places[decoded.byteOf(from)] ?? 0, (places[decoded.byteOf(to) - 1] ?? 0) + 2]
    found.push({ start: index, end: index + written.length, text: decoded.text, via: 'hex', inner: spanOf })
  }
  return found
}

function startOf (text: string, at: number, least: number): number {
  let start = at
  while (start > least && sextetAt(text, start - 1) !== -1) start--
  return start
}

function endOf (text: string, at: number): number {
  let end = at
  while (end < text.length && sextetAt(text, end) !== -1) end++
  return end
}

function sextetAt (text: string, index: number): number {
  return sextets[text.charCodeAt(index)] ?? -1
}

function decodeRun (text: string, start: number, end: number): Decoded | null {
  const length = end - start
  if (length >= leastHex && length % 2 === 0 && mayBeHex(text, start)) {
    const run = text.slice(start, end)
    if (/^[0-9A-Fa-f]+$/.test(run)) return decodeBytes(Buffer.from(run, 'hex'), start, end, 'hex', place => place * 2)
  }
  if (length < leastBase64 - 2 || !mayBeText(text, start)) return null
  return decodeBase64(text, start, end)
}

/** The first eight bytes are such that text may begin so. */
function mayBeHex (text: string, start: number): boolean {
  let before = 0
  for (let index = start; index < start + leastHex; index += 2) {
    const byte = hexDigit(text.charCodeAt(index)) << 4 | hexDigit(text.charCodeAt(index + 1))
    if (byte < 0 || !isTextByte(byte, before)) return false
    before = byte
  }
  return true
}

/** Negative for what is none. */
function hexDigit (unit: number): number {
  if (unit >= 48 && unit <= 57) return unit - 48
  const lower = unit | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

/** The first six bytes are such that text may begin so, each of them or each first of two. */
function mayBeText (text: string, start: number): boolean {
  let before = 0
  let bits = 0
  let left = 0
  for (let index = start, bytes = 0; bytes < 6; index++) {
    bits = (bits << 6) | sextetAt(text, index)
    left += 6
    if (left < 8) continue
    left -= 8
    const byte = (bits >> left) & 0xff
    if (!isTextByte(byte, before) && !(byte === 0 && bytes % 2 === 1)) return false
    before = byte
    bytes++
  }
  return true
}

function isTextByte (byte: number, before: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 9 || byte === 10 || byte === 13 || (byte >= 0xc2 && byte < 0xf5) || (byte >= 0x80 && byte < 0xc0 && before >= 0x80)
}

/** Lines of this length on are lines of one encoded text, as mail and keys have them. */
const longLine = 60
const lineEnd = /\r?\n[ \t]{0,8}/y

function decodeBase64 (text: string, start: number, firstEnd: number): Decoded | null {
  const { written, end, placeOf } = joinLines(text, start, firstEnd)
  let last = end
  while (last < end + 2 && text.charAt(last) === '=') last++
  if (written.length + last - end < leastBase64) return null
  return decodeBytes(Buffer.from(written, 'base64'), start, last, 'base64', byte => placeOf(Math.floor(byte * 8 / 6)))
}

interface Lines { readonly written: string, readonly end: number, placeOf (unit: number): number }

/** What goes on in lines of the same length. */
function joinLines (text: string, start: number, firstEnd: number): Lines {
  const width = firstEnd - start
  const lines = [{ from: start, end: firstEnd }]
  if (width >= longLine && width % 4 === 0) {
    for (let end = firstEnd; end - (lines.at(-1)?.from ?? 0) === width;) {
      lineEnd.lastIndex = end
      if (!lineEnd.test(text)) break
      const from = lineEnd.lastIndex
      end = endOf(text, from)
      if (end === from || end - from > width) break
      lines.push({ from, end })
    }
  }
  return {
    written: lines.map(({ from, end }) => text.slice(from, end)).join(''),
    end: lines.at(-1)?.end ?? firstEnd,
    placeOf: unit => (lines[Math.floor(unit / width)]?.from ?? start) - start + unit % width
  }
}

/**
 * @param unitOf which unit of the run the first bit of a byte is in
 */
function decodeBytes (bytes: Buffer, start: number, end: number, via: Layer, unitOf: (byte: number) => number): Decoded | null {
  const decoded = textOf(bytes, bytes.length < fewBytes ? 1 : leastPrintable)
  if (decoded === null) return null
  const inner: Original = (from, to) => {
    const last = decoded.byteOf(to)
    return [unitOf(decoded.byteOf(from)), last >= bytes.length ? end - start : unitOf(last - 1) + 2]
  }
  return { start, end, text: decoded.text, via, inner }
}

interface Read { readonly text: string, byteOf (unit: number): number }

/** Bytes as text, where they are: of two bytes each where every second is zero, else UTF-8. */
function textOf (bytes: Buffer, share: number): Read | null {
  if (bytes.length >= 8 && isWide(bytes)) {
    const text = bytes.toString('utf16le')
    return isPrintable(text, share) ? { text, byteOf: unit => unit * 2 } : null
  }
  const text = bytes.toString('utf8')
  if (!isPrintable(text, share)) return null
  if (text.length === bytes.length) return { text, byteOf: unit => unit }
  const places = bytePlaces(bytes, text.length)
  return { text, byteOf: unit => places[unit] ?? bytes.length }
}

function isWide (bytes: Buffer): boolean {
  for (let index = 1; index < Math.min(bytes.length, 64); index += 2) if (bytes[index] !== 0) return false
  return true
}

/** Where in the bytes each unit of their text begins. */
function bytePlaces (bytes: Buffer, units: number): Int32Array {
  const places = new Int32Array(units + 1)
  let unit = 0
  for (let at = 0; at < bytes.length && unit < units;) {
    const width = widthOf(bytes, at)
    for (let half = 0; half < (width === 4 ? 2 : 1); half++) places[unit++] = at
    at += width
  }
  places[units] = bytes.length
  return places
}

function isPrintable (text: string, share: number): boolean {
  let printable = 0
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if ((unit >= 0x20 && unit < 0x7f) || unit === 9 || unit === 10 || unit === 13 || (unit >= 0xa0 && unit !== 0xfffd)) printable++
  }
  return text.length > 0 && printable >= text.length * share
}
