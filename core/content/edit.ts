/** Writes edits of decoded text into the bytes it stands in: no byte outside the edited spans changes. */
import { GatewayError } from '../errors.ts'
import type { Leaf } from '../pipeline/facts.ts'
import type { LeafEdit } from '../protocol/contract.ts'
import { groupedBy } from './grouped.ts'
import { lowerBase64, lowerNested, showBase64, showNested, type TextEdit } from './nested.ts'

/** A string, key or number literal in JSON, or a stretch of raw text; `[start, end)` in bytes, quotes included. */
export interface Literal {
  readonly kind: 'string' | 'number' | 'key' | 'raw'
  /** Decoded; a number as its literal. */
  readonly text: string
  readonly start: number
  readonly end: number
}

/** New bytes for `[start, end)`. */
export interface Change { readonly start: number, readonly end: number, readonly bytes: Uint8Array }

/**
 * The body with these edits. A number becomes a JSON string of its edited text.
 * Throws GW_POLICY_REDACTION for an edit outside the body, of a key, of a span that is not in the text, or that overlaps another.
 */
export function applyLeafEdits (body: Uint8Array, leaves: readonly Leaf[], edits: readonly LeafEdit[]): Buffer {
  const changes = [...groupedBy(edits, ({ leaf }) => leaf)].flatMap(([index, own]) => {
    const leaf = leaves[index]
    if (leaf === undefined || leaf.place !== 'body' || leaf.kind === 'key') throw impossible()
    const literal = { kind: leaf.kind, text: textOf(body, leaf), start: leaf.start, end: leaf.end }
    return literalChanges(body, literal, lowerEdits(literal.text, leaf.text, own, leaf.form))
  })
  return splice(body, changes)
}

/** What the literal says, unless it is not the leaf's. */
function textOf (body: Uint8Array, leaf: Leaf): string {
  const literal = Buffer.from(body.subarray(leaf.start, leaf.end)).toString('utf8')
  const text = leaf.kind === 'number' ? literal : parsed(literal)
  if (text === null || shownAs(leaf, text) !== leaf.text) throw impossible()
  return text
}

function shownAs ({ kind, form }: Leaf, text: string): string | null {
  if (kind === 'number') return text
  return form === 'base64' ? showBase64(text) : showNested(text)
}

function parsed (literal: string): string | null {
  try {
    const value: unknown = JSON.parse(literal)
    return typeof value === 'string' ? value : null
  } catch {
    return null
  }
}

/**
 * Edits of what detectors were shown, as edits of the text: sorted, and never through the middle of a character.
 * Throws GW_POLICY_REDACTION.
 */
export function lowerEdits (text: string, shown: string, edits: readonly TextEdit[], form?: Leaf['form']): TextEdit[] {
  const sorted = edits.toSorted((a, b) => a.start - b.start || a.end - b.end).map(edit => widen(shown, edit))
  for (const [index, { start, end }] of sorted.entries()) {
    const before = sorted[index - 1]?.end ?? 0
    if (!(start >= before && end >= start && end <= shown.length)) throw impossible()
  }
  if (form === 'base64') return lowerBase64(text, sorted)
  try {
    return lowerNested(text, sorted)
  } catch (thrown) {
    // JSON that hid nothing is edited as the plain text it was shown as.
    if (text === shown && thrown instanceof GatewayError) return sorted
    throw thrown
  }
}

function widen (text: string, { start, end, replacement }: TextEdit): TextEdit {
  return { start: splitsCharacter(text, start) ? start - 1 : start, end: splitsCharacter(text, end) ? end + 1 : end, replacement }
}

function splitsCharacter (text: string, at: number): boolean {
  const isHigh = (code: number): boolean => code >= 0xd800 && code < 0xdc00
  const isLow = (code: number): boolean => code >= 0xdc00 && code < 0xe000
  return isHigh(text.charCodeAt(at - 1)) && isLow(text.charCodeAt(at))
}

/** The bytes that change within one literal. Edits are sorted, of the decoded text, and do not overlap. */
export function literalChanges (body: Uint8Array, literal: Literal, edits: readonly TextEdit[]): Change[] {
  if (literal.kind === 'number') return [numberChange(literal, edits)]
  const inner = literal.kind === 'raw' ? 0 : 1
  const cursor = new LiteralCursor(body, literal.start + inner, literal.end - inner, literal.kind !== 'raw')
  return edits.map(({ start, end, replacement }) => ({
    start: cursor.seek(start),
    end: cursor.seek(end),
    bytes: Buffer.from(literal.kind === 'raw' ? replacement.replace(/[\r\n]/g, ' ') : JSON.stringify(replacement).slice(1, -1))
  }))
}

function numberChange ({ text, start, end }: Literal, edits: readonly TextEdit[]): Change {
  let edited = ''
  let at = 0
  for (const edit of edits) {
    edited += text.slice(at, edit.start) + edit.replacement
    at = edit.end
  }
  return { start, end, bytes: Buffer.from(JSON.stringify(edited + text.slice(at))) }
}

/** Walks a string's bytes forward and says where its n-th UTF-16 unit begins. */
class LiteralCursor {
  readonly #bytes: Uint8Array
  readonly #end: number
  readonly #hasEscapes: boolean
  #at: number
  #units = 0

  constructor (bytes: Uint8Array, start: number, end: number, hasEscapes: boolean) {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
    this.#hasEscapes = hasEscapes
  }

  seek (unit: number): number {
    while (this.#units < unit) this.#step()
    if (this.#units !== unit || this.#at > this.#end) throw impossible()
    return this.#at
  }

  #step (): void {
    const byte = this.#bytes[this.#at]
    if (byte === undefined || this.#at >= this.#end) throw impossible()
    const isEscape = this.#hasEscapes && byte === 0x5c
    if (isEscape) this.#at += this.#bytes[this.#at + 1] === 0x75 ? 6 : 2
    else this.#at += byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
    this.#units += !isEscape && byte >= 0xf0 ? 2 : 1
  }
}

/** The body with these changes; they may come in any order. Throws GW_POLICY_REDACTION where two overlap. */
export function splice (body: Uint8Array, changes: readonly Change[]): Buffer {
  const pieces: Uint8Array[] = []
  let at = 0
  for (const { start, end, bytes } of changes.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (start < at) throw impossible()
    pieces.push(body.subarray(at, start), bytes)
    at = end
  }
  return Buffer.concat([...pieces, body.subarray(at)])
}

function impossible (): GatewayError {
  return new GatewayError('GW_POLICY_REDACTION')
}
