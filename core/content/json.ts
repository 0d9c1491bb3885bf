/**
 * A strict reader of JSON (RFC 8259) that keeps the place of everything: what was not edited stays byte-exact, and a number
 * keeps its literal. No key twice in one object, no nesting beyond {@link deepest}, no byte that is not well-formed UTF-8.
 *
 * A lone surrogate that was written as an escape is kept as it is in the text: detectors see it, and only a literal that
 * holds an edit is written again.
 */
import { isUtf8 } from 'node:buffer'
import { GatewayError } from '../errors.ts'

/** Containers within containers. */
export const deepest = 64

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
export interface JsonArray extends Span { readonly kind: 'array', readonly items: readonly JsonNode[] }
export interface JsonWord extends Span { readonly kind: 'true' | 'false' | 'null' }
export type JsonNode = JsonText | JsonObject | JsonArray | JsonWord

/**
 * Reads a whole body.
 * Throws GW_CLASSIFY_UNREADABLE, GW_CLASSIFY_DUPLICATE_KEY or GW_CLASSIFY_TOO_DEEP.
 */
export function readJson (body: Uint8Array): JsonNode {
  if (!isUtf8(body)) throw unreadable()
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  // One character a byte: offsets are bytes, and only strings that hold more than ASCII are decoded apart.
  return new Reader(bytes.toString('latin1'), (start, end) => bytes.toString('utf8', start, end), true).whole()
}

/**
 * Reads JSON that stands in a text, with offsets in UTF-16 units. Keys may repeat: everything in it is still there to be seen.
 * @returns null where the text is no JSON
 * Throws GW_CLASSIFY_TOO_DEEP.
 */
export function readJsonText (text: string): JsonNode | null {
  try {
    return new Reader(text, (start, end) => text.slice(start, end), false).whole()
  } catch (thrown) {
    if (thrown instanceof GatewayError && thrown.code === 'GW_CLASSIFY_UNREADABLE') return null
    throw thrown
  }
}

/** The value of a member, or null where there is none or the node is no object. */
export function memberOf (node: JsonNode | null, name: string): JsonNode | null {
  if (node?.kind !== 'object') return null
  return node.members.find(({ key }) => key.text === name)?.value ?? null
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
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const minus = 0x2d
const zero = 0x30

/** Recursive descent; {@link deepest} bounds its recursion. */
class Reader {
  readonly #source: string
  readonly #decode: (start: number, end: number) => string
  readonly #refusesRepeats: boolean
  #at = 0
  #depth = 0

  constructor (source: string, decode: (start: number, end: number) => string, refusesRepeats: boolean) {
    this.#source = source
    this.#decode = decode
    this.#refusesRepeats = refusesRepeats
  }

  whole (): JsonNode {
    const node = this.#value()
    this.#space()
    if (this.#at !== this.#source.length) throw unreadable()
    return node
  }

  #value (): JsonNode {
    switch (this.#space()) {
      case quote: return this.#string('string')
      case 0x7b: return this.#nested(() => this.#object())
      case 0x5b: return this.#nested(() => this.#array())
      case 0x74: return this.#word('true')
      case 0x66: return this.#word('false')
      case 0x6e: return this.#word('null')
      default: return this.#number()
    }
  }

  /** Skips white space; the code of what follows, NaN at the end. */
  #space (): number {
    for (;;) {
      const code = this.#source.charCodeAt(this.#at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code
      this.#at++
    }
  }

  #nested<T> (read: () => T): T {
    if (++this.#depth > deepest) throw new GatewayError('GW_CLASSIFY_TOO_DEEP')
    const node = read()
    this.#depth--
    return node
  }

  #object (): JsonObject {
    const start = this.#at++
    const members: JsonMember[] = []
    if (this.#space() !== 0x7d) {
      do members.push(this.#member())
      while (this.#goesOn(0x7d))
    } else this.#at++
    if (this.#refusesRepeats && repeats(members)) throw new GatewayError('GW_CLASSIFY_DUPLICATE_KEY')
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
    const start = this.#at++
    const items: JsonNode[] = []
    if (this.#space() !== 0x5d) {
      do items.push(this.#value())
      while (this.#goesOn(0x5d))
    } else this.#at++
    return { kind: 'array', start, end: this.#at, items }
  }

  /** Past a comma: true; past the closing bracket: false. */
  #goesOn (close: number): boolean {
    const code = this.#space()
    if (code !== comma && code !== close) throw unreadable()
    this.#at++
    return code === comma
  }

  #string<K extends 'string' | 'key'> (kind: K): { kind: K, start: number, end: number, text: string } {
    const source = this.#source
    const start = this.#at
    let at = start + 1
    let isEscaped = false
    let isWide = false
    for (let code = source.charCodeAt(at); code !== quote; code = source.charCodeAt(at)) {
      if (!(code >= 0x20)) throw unreadable() // a control character, or NaN: the end
      if (code > 0x7f) isWide = true
      isEscaped ||= code === backslash
      at += code === backslash ? 2 : 1
    }
    this.#at = at + 1
    const literal = isWide ? this.#decode(start, this.#at) : source.slice(start, this.#at)
    return { kind, start, end: this.#at, text: isEscaped ? unescape(literal) : literal.slice(1, -1) }
  }

  #number (): JsonText {
    const start = this.#at
    if (this.#is(minus)) this.#at++
    if (this.#is(zero)) this.#at++
    else this.#digits()
    if (this.#is(0x2e)) {
      this.#at++
      this.#digits()
    }
    if (this.#is(0x65) || this.#is(0x45)) {
      this.#at++
      if (this.#is(minus) || this.#is(0x2b)) this.#at++
      this.#digits()
    }
    return { kind: 'number', start, end: this.#at, text: this.#source.slice(start, this.#at) }
  }

  #is (code: number): boolean {
    return this.#source.charCodeAt(this.#at) === code
  }

  /** One digit or more. */
  #digits (): void {
    const start = this.#at
    for (let code = this.#source.charCodeAt(start); code >= zero && code <= 0x39; code = this.#source.charCodeAt(this.#at)) this.#at++
    if (this.#at === start) throw unreadable()
  }

  #word (kind: JsonWord['kind']): JsonWord {
    if (!this.#source.startsWith(kind, this.#at)) throw unreadable()
    const start = this.#at
    this.#at += kind.length
    return { kind, start, end: this.#at }
  }
}

function unescape (literal: string): string {
  try {
    return JSON.parse(literal) as string
  } catch (thrown) {
    throw unreadable(thrown)
  }
}

function repeats (members: readonly JsonMember[]): boolean {
  return members.length > 1 && new Set(members.map(({ key }) => key.text)).size < members.length
}
