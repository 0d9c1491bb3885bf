/**
 * Reads one canonical JSON text (RFC 8785, integers alone) byte by byte, strictly: no space, keys sorted and none twice, each text and
 * number in its one form. Remembers where the members of the outermost objects stand.
 */
import { isUtf8 } from 'node:buffer'

const [quote, backslash, comma, colon, minus] = [0x22, 0x5c, 0x2c, 0x3a, 0x2d]
const [openObject, closeObject, openArray, closeArray] = [0x7b, 0x7d, 0x5b, 0x5d]
const [zero, nine, firstPrintable, firstBeyondAscii] = [0x30, 0x39, 0x20, 0x80]
/** One letter after a backslash, and `u00` with two digits for the control characters that have none. */
const shortEscapes = new Set([...'bfnrt"\\'].map(letter => letter.charCodeAt(0)))
const longEscape = /^u00(?:0[0-7bef]|1[0-9a-f])$/
const literals = ['true', 'false', 'null'].map(text => Buffer.from(text))
const maxSafe = Number.MAX_SAFE_INTEGER
/** Objects that are not nested deeper tell where their members stand. */
const rememberedDepth = 2
const maxDepth = 64

/** Where a member stands: bytes [keyStart, keyEnd) within its quotes, [start, end) of its value. */
export interface Member { readonly depth: number, readonly keyStart: number, readonly keyEnd: number, readonly start: number, readonly end: number }

export class NotCanonical extends Error {}

/** The members of the outermost object and of the objects in it, in order of their end. Throws {@link NotCanonical} for anything but one canonical text. */
export function scanCanonical (text: Buffer): Member[] {
  if (!isUtf8(text)) throw new NotCanonical('the text is not UTF-8')
  const scanner = new Scanner(text)
  if (scanner.value(0, 0) !== text.length) throw new NotCanonical('the text goes on after its value')
  return scanner.members
}

class Scanner {
  readonly members: Member[] = []
  readonly #text: Buffer

  constructor (text: Buffer) {
    this.#text = text
  }

  /** Answers where the value that begins at `at` ends. */
  value (at: number, depth: number): number {
    const byte = this.#text[at]
    if (byte === quote) return this.#string(at)
    if (byte === openObject) return this.#object(at, depth)
    if (byte === openArray) return this.#array(at, depth)
    if (byte === minus || (byte !== undefined && byte >= zero && byte <= nine)) return this.#integer(at)
    return this.#literal(at)
  }

  #object (at: number, depth: number): number {
    if (depth >= maxDepth) throw new NotCanonical('the text is nested too deeply')
    const text = this.#text
    if (text[at + 1] === closeObject) return at + 2
    let [lastStart, lastEnd] = [-1, -1]
    for (let next = at + 1; ; next++) {
      if (text[next] !== quote) throw new NotCanonical('a key is missing')
      const keyEnd = this.#string(next) - 1
      if (lastStart !== -1 && !this.#isBefore(lastStart, lastEnd, next + 1, keyEnd)) throw new NotCanonical('keys are not sorted, or one stands twice')
      lastStart = next + 1
      lastEnd = keyEnd
      if (text[keyEnd + 1] !== colon) throw new NotCanonical('a key has no value')
      const end = this.value(keyEnd + 2, depth + 1)
      if (depth < rememberedDepth) this.members.push({ depth, keyStart: lastStart, keyEnd, start: keyEnd + 2, end })
      if (text[end] === closeObject) return end + 1
      if (text[end] !== comma) throw new NotCanonical('an object is not closed')
      next = end
    }
  }

  #array (at: number, depth: number): number {
    if (depth >= maxDepth) throw new NotCanonical('the text is nested too deeply')
    if (this.#text[at + 1] === closeArray) return at + 2
    for (let next = at + 1; ; next++) {
      next = this.value(next, depth + 1)
      if (this.#text[next] === closeArray) return next + 1
      if (this.#text[next] !== comma) throw new NotCanonical('an array is not closed')
    }
  }

  #string (at: number): number {
    const text = this.#text
    for (let next = at + 1; ; next++) {
      const byte = text[next]
      if (byte === quote) return next + 1
      if (byte === undefined || byte < firstPrintable) throw new NotCanonical('a text is not closed, or holds a control character')
      if (byte === backslash) next = this.#escape(next + 1)
    }
  }

  /** Answers where the escape's last byte stands. */
  #escape (at: number): number {
    if (shortEscapes.has(this.#text[at] ?? 0)) return at
    if (!longEscape.test(this.#text.toString('latin1', at, at + 5))) throw new NotCanonical('a text has an escape that it needs not')
    return at + 4
  }

  #integer (at: number): number {
    const text = this.#text
    let end = text[at] === minus ? at + 1 : at
    const first = end
    while ((text[end] ?? 0) >= zero && (text[end] ?? 0) <= nine) end++
    const isPlain = end > first && (text[first] !== zero || (end === first + 1 && first === at)) // no leading zero, no -0
    if (!isPlain || (end - at > 15 && Math.abs(Number(text.toString('latin1', at, end))) > maxSafe)) throw new NotCanonical('a number is no safe integer in its one form')
    return end
  }

  #literal (at: number): number {
    const text = this.#text
    const literal = literals.find(known => known[0] === text[at])
    if (literal === undefined) throw new NotCanonical('a value is missing')
    for (let offset = 1; offset < literal.length; offset++) if (text[at + offset] !== literal[offset]) throw new NotCanonical('a value is missing')
    return at + literal.length
  }

  /** By UTF-16 units. Bytes have the same order as long as both keys are plain ASCII. */
  #isBefore (leftStart: number, leftEnd: number, rightStart: number, rightEnd: number): boolean {
    const text = this.#text
    for (let offset = 0; ; offset++) {
      const [left, right] = [leftStart + offset, rightStart + offset]
      if (right === rightEnd) return false
      if (left === leftEnd) return true
      const [a = 0, b = 0] = [text[left], text[right]]
      if (a >= firstBeyondAscii || b >= firstBeyondAscii || a === backslash || b === backslash) return keyOf(text, leftStart, leftEnd) < keyOf(text, rightStart, rightEnd)
      if (a !== b) return a < b
    }
  }
}

function keyOf (text: Buffer, start: number, end: number): string {
  return JSON.parse(text.toString('utf8', start - 1, end + 1))
}
