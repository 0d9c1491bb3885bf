/**
 * JSON within a text that comes in pieces (the arguments of a tool call, a structured answer): shown with the escapes of its
 * strings decoded, at any depth, as `nested.ts` shows a whole one. Edits of what was shown are carried back to the text.
 */
import { GatewayError } from '../errors.ts'
import { deepestNesting, type TextEdit } from './nested.ts'

/**
 * A stretch of what was shown and where it came from. `width` is the length of an escape, or null where units came one by
 * one; `literal` tells strings and numbers apart, 0 = what holds the JSON together.
 */
interface Run {
  readonly kind: 'text' | 'number' | 'structure'
  readonly depth: number
  readonly literal: number
  readonly shown: number
  readonly raw: number
  readonly width: number | null
  length: number
}

export class NestedFlow {
  #runs: Run[] = []
  #shown = ''
  #shownLength = 0
  #rawLength = 0
  #literals = 0
  readonly #root = new Level(0, (unit, raw, width, kind, depth, literal) => { this.#emit(unit, raw, width, kind, depth, literal) }, () => ++this.#literals)

  /** @returns what is shown of it, with what an escape that was cut left over from the piece before. Throws GW_CLASSIFY_TOO_DEEP. */
  push (piece: string): string {
    const from = this.#rawLength
    this.#rawLength += piece.length
    if (this.#root.isPlain) {
      this.#extend(from, piece.length)
      return piece
    }
    this.#shown = ''
    for (let index = 0; index < piece.length; index++) {
      this.#root.feed(piece.charCodeAt(index), from + index, null)
      if (this.#root.isPlain) {
        this.#extend(from + index + 1, piece.length - index - 1)
        return this.#shown + piece.slice(index + 1)
      }
    }
    return this.#shown
  }

  /** The text is over: shows an escape that was cut off, as it stands. */
  end (): string {
    this.#shown = ''
    this.#root.end()
    return this.#shown
  }

  /** How much is shown of the text up to a place. */
  shownOf (raw: number): number {
    const run = this.#runs.findLast(one => one.raw < raw)
    if (run === undefined) return this.#runs[0]?.shown ?? 0
    if (run.width !== null) return endOf(run) <= raw ? run.shown + run.length : run.shown
    return run.shown + Math.min(run.length, raw - run.raw)
  }

  /** Where the text stands up to which everything before a place of the shown text came from; a number counts as one. */
  rawOf (shown: number): number {
    const run = this.#runs.findLast(one => one.shown < shown)
    if (run === undefined) return this.#runs[0]?.raw ?? 0
    const isWhole = shown >= run.shown + run.length
    if (run.kind === 'number' && (!isWhole || this.#root.isOpenNumber(run.literal))) return run.raw
    return isWhole ? endOf(run) : run.width === null ? run.raw + shown - run.shown : run.raw
  }

  /**
   * An edit of the shown text as one of the text.
   * @param slice the shown text between two places
   * @param mayTear true where JSON that hid nothing may be edited as plain text
   * Throws GW_POLICY_REDACTION for an edit that would tear the JSON apart.
   */
  lower ({ start, end, replacement }: TextEdit, slice: (start: number, end: number) => string, mayTear: boolean): TextEdit {
    const runs = this.#runs.filter(run => run.shown < end && run.shown + run.length > start)
    const [first] = runs
    const last = runs.at(-1)
    if (first === undefined || last === undefined) throw new GatewayError('GW_POLICY_REDACTION')
    const from = first.width === null ? first.raw + start - first.shown : first.raw
    const to = last.width === null ? last.raw + end - last.shown : endOf(last)
    const isOne = runs.every(({ kind, literal }) => kind === first.kind && literal === first.literal)
    if (isOne && first.kind === 'text') return { start: from, end: to, replacement: escaped(replacement, first.depth) }
    if (isOne && first.kind === 'number') {
      const text = slice(first.shown, start) + replacement + slice(end, first.shown + first.length)
      return { start: first.raw, end: endOf(first), replacement: escaped(JSON.stringify(text), first.depth) }
    }
    if (!mayTear || runs.some(({ width }) => width !== null)) throw new GatewayError('GW_POLICY_REDACTION')
    return { start: from, end: to, replacement }
  }

  /** What lies before this place of the text is not asked for again. */
  forget (raw: number): void {
    const kept = this.#runs.findIndex(run => endOf(run) > raw)
    if (kept > 0) this.#runs = this.#runs.slice(kept)
    else if (kept === -1) this.#runs = this.#runs.slice(-1)
  }

  #extend (raw: number, length: number): void {
    const last = this.#runs.at(-1)
    if (last?.kind === 'text' && last.depth === 0 && last.width === null && endOf(last) === raw) last.length += length
    else this.#runs.push({ kind: 'text', depth: 0, literal: 0, shown: this.#shownLength, raw, width: null, length })
    this.#shownLength += length
  }

  #emit (unit: string, raw: number, width: number | null, kind: Run['kind'], depth: number, literal: number): void {
    const last = this.#runs.at(-1)
    const goesOn = width === null && last?.width === null && last.kind === kind && last.depth === depth && last.literal === literal && endOf(last) === raw
    if (goesOn) last.length += unit.length
    else this.#runs.push({ kind, depth, literal, shown: this.#shownLength, raw, width, length: unit.length })
    this.#shown += unit
    this.#shownLength += unit.length
  }
}

function endOf ({ raw, width, length }: Run): number {
  return raw + (width ?? length)
}

/** A text as it stands within strings within strings. */
function escaped (text: string, depth: number): string {
  let written = text
  for (let level = 0; level < depth; level++) written = JSON.stringify(written).slice(1, -1)
  return written
}

type Emit = (unit: string, raw: number, width: number | null, kind: Run['kind'], depth: number, literal: number) => void

const quote = 0x22
const backslash = 0x5c
const simpleEscapes = new Map([[0x22, '"'], [0x5c, '\\'], [0x2f, '/'], [0x62, '\b'], [0x66, '\f'], [0x6e, '\n'], [0x72, '\r'], [0x74, '\t']])

/** One text: plain, or JSON whose strings are texts of the next level. Reads leniently: whatever no JSON holds makes it plain. */
class Level {
  readonly #depth: number
  readonly #emit: Emit
  readonly #name: () => number
  #state: 'start' | 'structure' | 'number' | 'string' | 'escape' | 'plain' = 'start'
  #inner: Level | null = null
  #literal = 0
  /** Of an escape that is not over: its units after the backslash, and where it began. */
  #escape = ''
  #escapeRaw = 0
  #escapeEnd = 0
  readonly #own: number

  constructor (depth: number, emit: Emit, name: () => number, own = 0) {
    this.#depth = depth
    this.#emit = emit
    this.#name = name
    this.#own = own
  }

  get isPlain (): boolean {
    return this.#state === 'plain'
  }

  /** True while the number with this name may go on. */
  isOpenNumber (literal: number): boolean {
    return this.#state === 'number' ? this.#literal === literal : this.#inner?.isOpenNumber(literal) ?? false
  }

  /** @param width of the escape the unit was written as, from `raw` on; null where it stands for itself */
  feed (code: number, raw: number, width: number | null): void {
    switch (this.#state) {
      case 'start': return this.#begin(code, raw, width)
      case 'structure': return this.#between(code, raw, width)
      case 'number':
        if (isOfNumber(code)) return this.#out(code, raw, width, 'number', this.#literal)
        this.#state = 'structure'
        return this.#between(code, raw, width)
      case 'string': return this.#inString(code, raw, width)
      case 'escape': return this.#inEscape(code, raw, width)
      case 'plain': return this.#out(code, raw, width, 'text', this.#own)
    }
  }

  end (): void {
    if (this.#state === 'escape') this.#show(this.#escapeEnd)
    else this.#inner?.end()
  }

  #out (code: number, raw: number, width: number | null, kind: Run['kind'], literal: number): void {
    this.#emit(String.fromCharCode(code), raw, width, kind, this.#depth, literal)
  }

  #begin (code: number, raw: number, width: number | null): void {
    if (isSpace(code)) return this.#out(code, raw, width, 'text', this.#own)
    this.#state = code === quote || code === 0x5b || code === 0x7b ? 'structure' : 'plain'
    if (this.#state === 'structure' && this.#depth === deepestNesting) throw new GatewayError('GW_CLASSIFY_TOO_DEEP')
    this.feed(code, raw, width)
  }

  #between (code: number, raw: number, width: number | null): void {
    if (code === quote) {
      this.#state = 'string'
      this.#inner = new Level(this.#depth + 1, this.#emit, this.#name, this.#name())
      return this.#out(code, raw, width, 'structure', 0)
    }
    if (code === 0x2d || isDigit(code)) {
      this.#state = 'number'
      this.#literal = this.#name()
      return this.#out(code, raw, width, 'number', this.#literal)
    }
    if (isSpace(code) || '{}[]:,'.includes(String.fromCharCode(code)) || 'truefalsn'.includes(String.fromCharCode(code))) return this.#out(code, raw, width, 'structure', 0)
    this.#state = 'plain'
    this.feed(code, raw, width)
  }

  #inString (code: number, raw: number, width: number | null): void {
    if (code === quote) {
      this.#state = 'structure'
      this.#inner?.end()
      this.#inner = null
      return this.#out(code, raw, width, 'structure', 0)
    }
    if (code !== backslash) return this.#inner?.feed(code, raw, width)
    this.#state = 'escape'
    this.#escape = ''
    this.#escapeRaw = raw
    this.#escapeEnd = raw + (width ?? 1)
  }

  #inEscape (code: number, raw: number, width: number | null): void {
    this.#escape += String.fromCharCode(code)
    this.#escapeEnd = raw + (width ?? 1)
    const whole = this.#escapeEnd - this.#escapeRaw
    if (this.#escape.length === 1 && this.#escape !== 'u') {
      const simple = simpleEscapes.get(code)
      if (simple === undefined) return this.#giveUp(raw, width)
      this.#state = 'string'
      return this.#inner?.feed(simple.charCodeAt(0), this.#escapeRaw, whole)
    }
    if (!/^u[0-9a-f]{0,4}$/i.test(this.#escape)) return this.#giveUp(raw, width)
    if (this.#escape.length < 5) return
    this.#state = 'string'
    this.#inner?.feed(parseInt(this.#escape.slice(1), 16), this.#escapeRaw, whole)
  }

  /** What stands there is no escape, so this is no JSON: it is shown as it is. */
  #giveUp (raw: number, width: number | null): void {
    this.#state = 'plain'
    this.#inner = null
    this.#show(raw + (width ?? 1))
  }

  #show (rawEnd: number): void {
    const width = rawEnd - this.#escapeRaw
    const units = `\\${this.#escape}`
    if (width === units.length) for (let index = 0; index < units.length; index++) this.#out(units.charCodeAt(index), this.#escapeRaw + index, null, 'text', this.#own)
    else this.#emit(units, this.#escapeRaw, width, 'text', this.#depth, this.#own)
  }
}

function isSpace (code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d
}

function isDigit (code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function isOfNumber (code: number): boolean {
  return isDigit(code) || code === 0x2e || code === 0x2b || code === 0x2d || (code | 32) === 0x65
}
