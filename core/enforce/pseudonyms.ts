/**
 * Pseudonyms of one request: tokens issued in the place of values, and found again in the answer. The same value of the same
 * subject gets the same token in every request, so that a conversation holds together; the values themselves live here
 * alone, from redaction to settle.
 */
import { createHmac, type KeyObject } from 'node:crypto'
import { typeWord } from './type-word.ts'

/** A token in a text, and the value it stands for. Offsets in UTF-16 units. */
export interface FoundToken { readonly start: number, readonly end: number, readonly value: string }

/** What the response phase may know of the pseudonyms of its request. */
export interface Issued {
  /** How many tokens were issued. */
  readonly size: number
  /**
   * Issued tokens in a text, in order: in any case, with spaces, hyphens or escapes where the underscores were, as models write
   * them. Tokens that were not issued for this request are none.
   */
  find (text: string): FoundToken[]
  /** From where on the end of a text may still become an issued token; the text's length where nothing can. */
  pending (text: string): number
}

/** Whose pseudonyms: they link the requests of one subject, and of no other. */
export interface PseudonymOwner { readonly tenant: string | null, readonly issuer: string, readonly subject: string }

/** Crockford's digits of base 32: none looks like another. */
const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const codeLength = 8

/** What models put between the words of a token, and how much of it. */
const separator = /[\s_\\\-*`.\u2010-\u2015\u00a0\u200b]/
const mostSeparators = 4

/** No token, however written, is longer. */
const longestToken = 320

export class Pseudonyms implements Issued {
  readonly #key: Buffer
  readonly #isTaken: (token: string) => boolean
  /** Tokens by what they stand for. */
  #tokens = new Map<string, string>()
  /** Values by code, by the letters of the type word. */
  #values = new Map<string, Map<string, string>>()

  /**
   * @param isTaken true for a token that stands in the request already: such a text of the caller's is never restored to
   * a value, so that another token is issued
   */
  constructor (key: KeyObject, owner: PseudonymOwner, isTaken: (token: string) => boolean = () => false) {
    this.#key = createHmac('sha256', key).update(JSON.stringify(['pseudonym', owner.tenant, owner.issuer, owner.subject])).digest()
    this.#isTaken = isTaken
  }

  get size (): number {
    return this.#tokens.size
  }

  /** The token of a value: `EMAIL_ADDRESS_7K2M9Q4T`. Spellings that differ in case or punctuation share one. */
  issue (label: string, value: string): string {
    const meaning = `${label}\0${normalised(value)}`
    const known = this.#tokens.get(meaning)
    if (known !== undefined) return known
    const word = typeWord(label)
    const values = this.#valuesOf(lettersOf(word))
    for (let attempt = 0; ; attempt++) {
      const code = this.#code(meaning, attempt)
      const token = `${word}_${code}`
      if (values.has(code) || this.#isTaken(token)) continue
      values.set(code, value)
      this.#tokens.set(meaning, token)
      return token
    }
  }

  find (text: string): FoundToken[] {
    const found: FoundToken[] = []
    if (this.size === 0) return found
    for (let at = 0; at < text.length; at++) {
      if (!isWordStart(text, at)) continue
      const match = this.#longestAt(text, at)
      if (match === null) continue
      found.push(match)
      at = match.end - 1
    }
    return found
  }

  pending (text: string): number {
    if (this.size === 0) return text.length
    for (let at = Math.max(0, text.length - longestToken); at < text.length; at++) {
      if (isWordStart(text, at) && [...this.#values].some(([letters, values]) => matchAt(text, at, letters, values) === 'pending')) return at
    }
    return text.length
  }

  /** Forgets every value. */
  wipe (): void {
    this.#tokens = new Map()
    this.#values = new Map()
    this.#key.fill(0)
  }

  #valuesOf (letters: string): Map<string, string> {
    const known = this.#values.get(letters)
    if (known !== undefined) return known
    const values = new Map<string, string>()
    this.#values.set(letters, values)
    return values
  }

  #code (meaning: string, attempt: number): string {
    const mac = createHmac('sha256', this.#key).update(meaning).update(`\0${attempt}`).digest()
    return Array.from({ length: codeLength }, (_, index) => digits[(mac[index] ?? 0) & 31]).join('')
  }

  #longestAt (text: string, at: number): FoundToken | null {
    let longest: FoundToken | null = null
    for (const [letters, values] of this.#values) {
      const match = matchAt(text, at, letters, values)
      if (match === null) continue
      // At the end of a whole text nothing follows: what could go on is over.
      const token = match === 'pending' ? matchAt(`${text} `, at, letters, values) : match
      if (token !== null && token !== 'pending' && (longest === null || token.end > longest.end)) longest = token
    }
    return longest
  }
}

/** The token that stands at a place; `pending` where the text ends before that is clear. */
function matchAt (text: string, start: number, letters: string, values: ReadonlyMap<string, string>): FoundToken | 'pending' | null {
  let code = ''
  let at = start
  for (let place = 0; place < letters.length + codeLength; place++) {
    at = skipSeparators(text, at, place === 0 ? 0 : mostSeparators)
    if (at >= text.length) return 'pending'
    const unit = text.charAt(at++).toUpperCase()
    if (place < letters.length) {
      if (unit !== letters.charAt(place)) return null
    } else {
      code += asDigit(unit)
      if (!mayBecome(code, values)) return null
    }
  }
  if (at >= text.length) return 'pending'
  const value = values.get(code)
  return value === undefined || isWordUnit(text.charAt(at)) ? null : { start, end: at, value }
}

function mayBecome (start: string, values: ReadonlyMap<string, string>): boolean {
  for (const code of values.keys()) if (code.startsWith(start)) return true
  return false
}

function skipSeparators (text: string, from: number, most: number): number {
  let at = from
  while (at - from < most && separator.test(text.charAt(at))) at++
  return at
}

/** What Crockford reads as a digit. */
function asDigit (unit: string): string {
  return unit === 'O' ? '0' : unit === 'I' || unit === 'L' ? '1' : unit
}

function isWordStart (text: string, at: number): boolean {
  return isWordUnit(text.charAt(at)) && (at === 0 || !isWordUnit(text.charAt(at - 1)))
}

function isWordUnit (unit: string): boolean {
  return /[\p{L}\p{N}]/u.test(unit)
}

function lettersOf (word: string): string {
  return word.replace(/[^A-Z0-9]/g, '')
}

function normalised (value: string): string {
  return value.normalize('NFKC').toLowerCase().replace(/[^\p{L}\p{N}@.+]/gu, '')
}

/** Texts of a request that look like tokens: what {@link Pseudonyms} must not issue. */
export function tokensIn (texts: Iterable<string>): ReadonlySet<string> {
  const found = new Set<string>()
  for (const text of texts) for (const [token] of text.matchAll(/[A-Z][A-Z0-9_]{1,60}_[0-9A-HJKMNP-TV-Z]{8}(?![A-Za-z0-9])/g)) found.add(token)
  return found
}
