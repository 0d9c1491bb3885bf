/**
 * A strict reader of JSON (RFC 8259) that keeps the place of everything: what was not edited stays byte-exact, and a number
 * keeps its literal. No key twice in one object, no nesting beyond {@link deepest}, no byte that is not well-formed UTF-8.
 *
 * A lone surrogate that was written as an escape is kept as it is in the text: detectors see it, and only a literal that
 * holds an edit is written again.
 */
import { isAscii, isUtf8 } from 'node:buffer'
import { GatewayError } from '../errors.ts'

/** Containers within containers. */
export const deepest = 64

/** Values in one text. Numbers of a long list count only where somebody looks at them one by one. */
export const mostValues = 1_000_000

interface Span {
  /** In bytes of the body, or in UTF-16 units where a text was read. Quotes and braces included. */
  readonly start: number
  readonly end: number
}

/** A string or key with its decoded text, or a number with its literal. */
export interface JsonText extends Span { readonly kind: 'string' | 'number', readonly text: string }
export interface JsonKey extends Span { readonly kind: 'key', readonly text: string }
export interface JsonMember { readonly key: JsonKey, readonly value: JsonNode }
export interface JsonObject extends Span { readonly kind: 'object', readonly members: readonly JsonMember[] }
export interface JsonArray extends Span {
  readonly kind: 'array'
  /** Of a long list of numbers they are made when this is asked for. Throws GW_CLASSIFY_TOO_LARGE where they are more than is read. */
  readonly items: readonly JsonNode[]
  /** Of a long list of numbers alone: what stands between its brackets, and how many they are. Vectors and tokens are judged by it, without a node for each. */
  readonly numbers: { readonly text: string, readonly count: number } | null
}
export interface JsonWord extends Span { readonly kind: 'true' | 'false' | 'null' }
export type JsonNode = JsonText | JsonObject | JsonArray | JsonWord

/**
 * Reads a whole body.
 * Throws GW_CLASSIFY_UNREADABLE, GW_CLASSIFY_DUPLICATE_KEY, GW_CLASSIFY_TOO_DEEP, or GW_CLASSIFY_TOO_LARGE for too many values.
 */
export function readJson (body: Uint8Array): JsonNode {
  if (!isUtf8(body)) throw unreadable()
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  // One character a byte: offsets are bytes, and only strings that hold more than ASCII are decoded apart.
  const decode = isAscii(body) ? null : (start: number, end: number) => bytes.toString('utf8', start, end)
  return new Reader(bytes.toString('latin1'), decode, true).whole()
}

/**
 * Reads JSON that stands in a text, with offsets in UTF-16 units. Keys may repeat: everything in it is still there to be seen.
 * @returns null where the text is no JSON
 * Throws GW_CLASSIFY_TOO_DEEP, or GW_CLASSIFY_TOO_LARGE for too many values.
 */
export function readJsonText (text: string): JsonNode | null {
  try {
    return new Reader(text, null, false).whole()
  } catch (thrown) {
    if (thrown instanceof GatewayError && thrown.code === 'GW_CLASSIFY_UNREADABLE') return null
    throw thrown
  }
}

/** The value of a member, or null where there is none or the node is no object. */
export function memberOf (node: JsonNode | null, name: string): JsonNode | null {
  if (node?.kind !== 'object') return null
  for (const { key, value } of node.members) if (key.text === name) return value
  return null
}

/** As {@link memberOf}; a JSON null counts as none. */
export function presentMember (node: JsonNode | null, name: string): JsonNode | null {
  const value = memberOf(node, name)
  return value?.kind === 'null' ? null : value
}

/** The text of a string member, or null. */
export function textMember (node: JsonNode | null, name: string): string | null {
  const value = memberOf(node, name)
  return value?.kind === 'string' ? value.text : null
}

/** The items of an array; none for anything else. */
export function itemsOf (node: JsonNode | null): readonly JsonNode[] {
  return node?.kind === 'array' ? node.items : []
}

/** A number literal that is a whole number of zero or more, or null. */
export function countOf (node: JsonNode | null): number | null {
  if (node?.kind !== 'number') return null
  const value = Number(node.text)
  return Number.isSafeInteger(value) && value >= 0 ? value : null
}

function unreadable (cause?: unknown): GatewayError {
  return new GatewayError('GW_CLASSIFY_UNREADABLE', { cause })
}

const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const minus = 0x2d
const zero = 0x30

/** Nothing of its kind from here on. */
const nowhere = Number.MAX_SAFE_INTEGER

/**
 * Where the next character of a kind stands. Asked for rising places it looks at each character of the source once, by the
 * engine's own search, which is several times faster than a loop here.
 */
class Ahead {
  readonly #source: string
  readonly #find: (from: number) => number
  #known = -1

  constructor (source: string, wanted: string | RegExp) {
    this.#source = source
    if (typeof wanted === 'string') this.#find = from => this.#source.indexOf(wanted, from)
    else this.#find = from => search(wanted, source, from)
  }

  /** The first place at `from` or beyond it. */
  from (from: number): number {
    if (this.#known < from) {
      const found = this.#find(from)
      this.#known = found === -1 ? nowhere : found
    }
    return this.#known
  }
}

function search (wanted: RegExp, source: string, from: number): number {
  wanted.lastIndex = from
  return wanted.exec(source)?.index ?? -1
}

/** What is left of {@link mostValues}. */
class Budget {
  #left = mostValues

  take (count: number): void {
    this.#left -= count
    if (this.#left < 0) throw new GatewayError('GW_CLASSIFY_TOO_LARGE')
  }
}

/** Shorter lists are read as any other: a list of their own costs more. */
const fewestNumbers = 32

/** A long list of numbers; their nodes are made when they are asked for. */
class NumberList implements JsonArray {
  readonly kind = 'array'
  readonly start: number
  readonly end: number
  readonly #source: string
  readonly #count: number
  readonly #budget: Budget
  #items: readonly JsonText[] | null = null

  constructor (source: string, { start, end }: Span, count: number, budget: Budget) {
    this.start = start
    this.end = end
    this.#source = source
    this.#count = count
    this.#budget = budget
  }

  get numbers (): { readonly text: string, readonly count: number } {
    return { text: this.#source.slice(this.start + 1, this.end - 1), count: this.#count }
  }

  get items (): readonly JsonText[] {
    this.#items ??= this.#read()
    return this.#items
  }

  #read (): JsonText[] {
    this.#budget.take(this.#count)
    const items: JsonText[] = []
    for (let at = this.start + 1; at < this.end;) {
      const start = spaceEnd(this.#source, at)
      const end = numberEnd(this.#source, start)
      items.push({ kind: 'number', start, end, text: this.#source.slice(start, end) })
      at = spaceEnd(this.#source, end) + 1
    }
    return items
  }
}

/** Recursive descent; {@link deepest} bounds its recursion. */
class Reader {
  readonly #source: string
  readonly #decode: ((start: number, end: number) => string) | null
  readonly #refusesRepeats: boolean
  readonly #escapes: Ahead
  readonly #controls: Ahead
  readonly #wide: Ahead
  readonly #budget = new Budget()
  #at = 0
  #depth = 0

  /** @param decode the text of a span that holds more than ASCII; null where no span needs it */
  constructor (source: string, decode: ((start: number, end: number) => string) | null, refusesRepeats: boolean) {
    this.#source = source
    this.#decode = decode
    this.#refusesRepeats = refusesRepeats
    this.#escapes = new Ahead(source, '\\')
    // eslint-disable-next-line no-control-regex
    this.#controls = new Ahead(source, /[\u0000-\u001f]/g)
    this.#wide = new Ahead(source, /[\u0080-\u00ff]/g)
  }

  whole (): JsonNode {
    const node = this.#value()
    this.#space()
    if (this.#at !== this.#source.length) throw unreadable()
    return node
  }

  #value (): JsonNode {
    this.#budget.take(1)
    switch (this.#space()) {
      case quote: return this.#string('string')
      case 0x7b: return this.#object()
      case 0x5b: return this.#array()
      case 0x74: return this.#word('true')
      case 0x66: return this.#word('false')
      case 0x6e: return this.#word('null')
      default: return this.#number()
    }
  }

  /** Skips white space; the code of what follows, NaN at the end. */
  #space (): number {
    this.#at = spaceEnd(this.#source, this.#at)
    return this.#source.charCodeAt(this.#at)
  }

  #descend (): void {
    if (++this.#depth > deepest) throw new GatewayError('GW_CLASSIFY_TOO_DEEP')
  }

  #object (): JsonObject {
    this.#descend()
    const start = this.#at++
    const members: JsonMember[] = []
    if (this.#space() !== 0x7d) {
      do members.push(this.#member())
      while (this.#goesOn(0x7d))
    } else this.#at++
    if (this.#refusesRepeats && repeats(members)) throw new GatewayError('GW_CLASSIFY_DUPLICATE_KEY')
    this.#depth--
    return { kind: 'object', start, end: this.#at, members }
  }

  #member (): JsonMember {
    if (this.#space() !== quote) throw unreadable()
    const key = this.#string('key')
    if (this.#space() !== colon) throw unreadable()
    this.#at++
    return { key, value: this.#value() }
  }

  #array (): JsonArray {
    this.#descend()
    const start = this.#at++
    const numbers = this.#numbers(start)
    if (numbers !== null) {
      this.#depth--
      return numbers
    }
    const items: JsonNode[] = []
    if (this.#space() !== 0x5d) {
      do items.push(this.#value())
      while (this.#goesOn(0x5d))
    } else this.#at++
    this.#depth--
    return { kind: 'array', start, end: this.#at, items, numbers: null }
  }

  /** Past a long list of nothing but numbers. Null, and still before its first item, where it is another one. */
  #numbers (start: number): NumberList | null {
    const source = this.#source
    let at = spaceEnd(source, start + 1)
    for (let count = 1; isNumberStart(source.charCodeAt(at)); count++) {
      at = spaceEnd(source, numberEnd(source, at))
      const code = source.charCodeAt(at++)
      if (code === 0x5d) {
        if (count < fewestNumbers) return null
        this.#at = at
        return new NumberList(source, { start, end: at }, count, this.#budget)
      }
      if (code !== comma) return null
      at = spaceEnd(source, at)
    }
    return null
  }

  /** Past a comma: true; past the closing bracket: false. */
  #goesOn (close: number): boolean {
    const code = this.#space()
    if (code !== comma && code !== close) throw unreadable()
    this.#at++
    return code === comma
  }

  #string<K extends 'string' | 'key'> (kind: K): { kind: K, start: number, end: number, text: string } {
    const start = this.#at
    let close = this.#quoteFrom(start + 1)
    let escape = this.#escapes.from(start + 1)
    const isEscaped = escape < close
    while (escape < close) {
      if (escape + 1 >= close) close = this.#quoteFrom(escape + 2)
      escape = this.#escapes.from(escape + 2)
    }
    if (this.#controls.from(start) < close) throw unreadable()
    this.#at = close + 1
    const isWide = this.#decode !== null && this.#wide.from(start) < close
    return { kind, start, end: close + 1, text: this.#text(start, close, isEscaped, isWide) }
  }

  #quoteFrom (from: number): number {
    const at = this.#source.indexOf('"', from)
    if (at === -1) throw unreadable()
    return at
  }

  #text (start: number, close: number, isEscaped: boolean, isWide: boolean): string {
    const outer = isEscaped ? 1 : 0 // the engine decodes escapes of a whole literal
    const from = start + 1 - outer
    const text = (isWide ? this.#decode?.(from, close + outer) : undefined) ?? this.#source.slice(from, close + outer)
    return isEscaped ? unescape(text) : text
  }

  #number (): JsonText {
    const start = this.#at
    this.#at = numberEnd(this.#source, start)
    return { kind: 'number', start, end: this.#at, text: this.#source.slice(start, this.#at) }
  }

  #word (kind: JsonWord['kind']): JsonWord {
    if (!this.#source.startsWith(kind, this.#at)) throw unreadable()
    const start = this.#at
    this.#at += kind.length
    return { kind, start, end: this.#at }
  }
}

/** Past white space. */
function spaceEnd (source: string, at: number): number {
  for (;; at++) {
    const code = source.charCodeAt(at)
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at
  }
}

function isNumberStart (code: number): boolean {
  return code === minus || (code >= zero && code <= 0x39)
}

/** Past a number. Throws GW_CLASSIFY_UNREADABLE where none stands. */
function numberEnd (source: string, start: number): number {
  const whole = source.charCodeAt(start) === minus ? start + 1 : start
  let end = source.charCodeAt(whole) === zero ? whole + 1 : digitsEnd(source, whole)
  if (source.charCodeAt(end) === 0x2e) end = digitsEnd(source, end + 1)
  const exponent = source.charCodeAt(end)
  if (exponent !== 0x65 && exponent !== 0x45) return end
  const sign = source.charCodeAt(end + 1)
  return digitsEnd(source, sign === minus || sign === 0x2b ? end + 2 : end + 1)
}

/** Past one digit or more. */
function digitsEnd (source: string, start: number): number {
  let at = start
  for (let code = source.charCodeAt(at); code >= zero && code <= 0x39; code = source.charCodeAt(at)) at++
  if (at === start) throw unreadable()
  return at
}

function unescape (literal: string): string {
  try {
    return JSON.parse(literal) as string
  } catch (thrown) {
    throw unreadable(thrown)
  }
}

/** Objects of so few members are compared pair by pair: that is faster than a set. */
const few = 8

function repeats (members: readonly JsonMember[]): boolean {
  if (members.length > few) return new Set(members.map(({ key }) => key.text)).size < members.length
  return members.some(({ key }, index) => isAmong(members, index, key.text))
}

function isAmong (members: readonly JsonMember[], count: number, name: string): boolean {
  for (let index = 0; index < count; index++) if (members[index]?.key.text === name) return true
  return false
}
