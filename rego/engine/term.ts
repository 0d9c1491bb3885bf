/** Reads what policies answer as text: JSON, but for sets, keys that are no strings, and numbers of any length. */

/** A value of Rego with its numbers as they were written. */
export type Term =
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean', readonly value: boolean }
  | { readonly kind: 'number', readonly text: string }
  | { readonly kind: 'string', readonly value: string }
  | { readonly kind: 'array', readonly items: readonly Term[] }
  | { readonly kind: 'object', readonly pairs: ReadonlyArray<readonly [key: Term, value: Term]> }
  | { readonly kind: 'set', readonly items: readonly Term[] }

/** True where JSON.parse keeps every number of a text: no long row of digits, no large exponent (in strings neither, which costs time alone). */
export function exactJson (text: string): boolean {
  return !/[0-9]{16}|[0-9][eE][+-]?[0-9]{2}/.test(text)
}

/** A value as JSON has it: sets as lists in OPA's order. Throws SyntaxError for no term, RangeError for a number that would be rounded. */
export function readValue (text: string): unknown {
  if (exactJson(text)) {
    try {
      return JSON.parse(text)
    } catch {} // it holds a set, or is no term at all
  }
  return valueOf(readTerm(text))
}

export function readTerm (text: string): Term {
  const reader = new Reader(text)
  const term = reader.term()
  reader.end()
  return term
}

class Reader {
  readonly #text: string
  #at = 0

  constructor (text: string) {
    this.#text = text
  }

  term (): Term {
    this.#space()
    const next = this.#text[this.#at]
    if (next === '[') return { kind: 'array', items: this.#list(']') }
    if (next === '{') return this.#braces()
    if (next === '"') return { kind: 'string', value: JSON.parse(this.#match(/"(?:[^"\\]|\\.)*"/sy)) as string }
    if (this.#text.startsWith('set(', this.#at)) {
      this.#match(/set\(\s*\)/y)
      return { kind: 'set', items: [] }
    }
    const word = this.#match(/null|true|false|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y)
    if (word === 'null') return { kind: 'null' }
    if (word === 'true' || word === 'false') return { kind: 'boolean', value: word === 'true' }
    return { kind: 'number', text: word }
  }

  end (): void {
    this.#space()
    if (this.#at < this.#text.length) throw new SyntaxError(`unexpected text at ${this.#at}`)
  }

  /** The items after an opening bracket, which stands here. */
  #list (closing: string): Term[] {
    const items: Term[] = []
    this.#at++
    while (!this.#take(closing)) {
      if (items.length > 0) this.#expect(',')
      if (items.length > 0 && this.#take(closing)) break // a comma may stand after the last
      items.push(this.term())
    }
    return items
  }

  /** An object or a set: told apart by what follows the first item. */
  #braces (): Term {
    this.#at++
    if (this.#take('}')) return { kind: 'object', pairs: [] }
    const first = this.term()
    if (!this.#take(':')) return { kind: 'set', items: unique([first, ...this.#rest(() => this.term())]) }
    const value = this.term()
    const rest = this.#rest((): readonly [Term, Term] => {
      const key = this.term()
      this.#expect(':')
      return [key, this.term()]
    })
    return { kind: 'object', pairs: [[first, value], ...rest] }
  }

  #rest<T> (item: () => T): T[] {
    const items: T[] = []
    while (!this.#take('}')) {
      this.#expect(',')
      if (this.#take('}')) break
      items.push(item())
    }
    return items
  }

  #take (text: string): boolean {
    this.#space()
    if (this.#text[this.#at] !== text) return false
    this.#at++
    return true
  }

  #expect (text: string): void {
    if (!this.#take(text)) throw new SyntaxError(`${text} expected at ${this.#at}`)
  }

  #space (): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++
  }

  #match (pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const [found] = pattern.exec(this.#text) ?? []
    if (found === undefined) throw new SyntaxError(`a term expected at ${this.#at}`)
    this.#at += found.length
    return found
  }
}

/** The items of a set, sorted, none twice. */
function unique (items: readonly Term[]): Term[] {
  return [...items].sort(compareTerms).filter((item, index, all) => index === 0 || compareTerms(all[index - 1] ?? item, item) !== 0)
}

const kindOrder = ['null', 'boolean', 'number', 'string', 'array', 'object', 'set'] as const

/** OPA's order of all values. */
export function compareTerms (a: Term, b: Term): number {
  if (a.kind !== b.kind) return kindOrder.indexOf(a.kind) - kindOrder.indexOf(b.kind)
  if (a.kind === 'boolean' && b.kind === 'boolean') return Number(a.value) - Number(b.value)
  if (a.kind === 'number' && b.kind === 'number') return compareNumbers(a.text, b.text)
  if (a.kind === 'string' && b.kind === 'string') return Buffer.compare(Buffer.from(a.value), Buffer.from(b.value))
  if ((a.kind === 'array' || a.kind === 'set') && (b.kind === 'array' || b.kind === 'set')) return compareLists(a.items, b.items)
  if (a.kind === 'object' && b.kind === 'object') return compareLists(sortedPairs(a).flat(), sortedPairs(b).flat())
  return 0
}

function compareLists (a: readonly Term[], b: readonly Term[]): number {
  for (const [index, item] of a.entries()) {
    const other = b[index]
    if (other === undefined) return 1
    const order = compareTerms(item, other)
    if (order !== 0) return order
  }
  return a.length - b.length
}

function sortedPairs ({ pairs }: { readonly pairs: ReadonlyArray<readonly [Term, Term]> }): Array<readonly [Term, Term]> {
  return [...pairs].sort(([a], [b]) => compareTerms(a, b))
}

/** Exact, whatever the length. */
function compareNumbers (a: string, b: string): number {
  const [left, right] = [scaled(a), scaled(b)]
  const least = Math.min(left.exponent, right.exponent)
  if (Math.max(left.exponent, right.exponent) - least > 10_000) return Number(a) - Number(b)
  const difference = left.digits * 10n ** BigInt(left.exponent - least) - right.digits * 10n ** BigInt(right.exponent - least)
  return difference === 0n ? 0 : difference < 0n ? -1 : 1
}

function scaled (text: string): { readonly digits: bigint, readonly exponent: number } {
  const [, sign = '', whole = '0', fraction = '', exponent = '0'] = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/.exec(text) ?? []
  const digits = BigInt(whole + fraction)
  return { digits: sign === '-' ? -digits : digits, exponent: Number(exponent) - fraction.length }
}

/** As OPA turns terms into JSON: sets as sorted lists, keys that are no strings as their JSON text, keys sorted, numbers as written. */
export function jsonOf (term: Term): string {
  switch (term.kind) {
    case 'null': return 'null'
    case 'boolean': return String(term.value)
    case 'number': return term.text
    case 'string': return JSON.stringify(term.value)
    case 'array':
    case 'set': return `[${term.items.map(jsonOf).join(',')}]`
    case 'object': {
      const pairs = term.pairs.map(([key, value]) => [key.kind === 'string' ? key.value : jsonOf(key), value] as const)
      pairs.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      return `{${pairs.map(([key, value]) => `${JSON.stringify(key)}:${jsonOf(value)}`).join(',')}}`
    }
  }
}

/** As Rego writes it. */
export function textOf (term: Term): string {
  if (term.kind === 'array') return `[${term.items.map(textOf).join(', ')}]`
  if (term.kind === 'set') return term.items.length === 0 ? 'set()' : `{${term.items.map(textOf).join(', ')}}`
  if (term.kind === 'object') return `{${sortedPairs(term).map(([key, value]) => `${textOf(key)}: ${textOf(value)}`).join(', ')}}`
  return jsonOf(term)
}

function valueOf (term: Term): unknown {
  switch (term.kind) {
    case 'null': return null
    case 'boolean':
    case 'string': return term.value
    case 'number': return numberOf(term.text)
    case 'array':
    case 'set': return term.items.map(valueOf)
    case 'object': {
      const value: Record<string, unknown> = {}
      for (const [key, item] of term.pairs) Object.defineProperty(value, key.kind === 'string' ? key.value : jsonOf(key), { value: valueOf(item), enumerable: true, configurable: true, writable: true })
      return value
    }
  }
}

function numberOf (text: string): number {
  const value = Number(text)
  if (!Number.isFinite(value) || compareNumbers(text, plain(value)) !== 0) throw new RangeError('a number is too long to be kept')
  return value
}

function plain (value: number): string {
  return JSON.stringify(value)
}
