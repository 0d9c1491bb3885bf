/**
 * Reads a regular expression into a tree, so that what it can match can be reasoned about: how it begins, how long it
 * gets, how many ways it has to match one text. Takes the syntax of ECMAScript that detectors use, flags `i`, `s`, `u`
 * and `y`; what it does not know it refuses, and guesses nothing.
 */

/** Which units one place takes: 1 by ASCII code, and at 128 for whatever lies beyond. */
export type UnitSet = Uint8Array

/** Index in a {@link UnitSet} of all units beyond ASCII. */
export const beyond = 128

export type Expression =
  /** `source`, here and below: as it is written. */
  | { readonly kind: 'unit', readonly set: UnitSet, readonly source: string }
  /** `capture`: the name of the group that it is, or its number. */
  | { readonly kind: 'sequence', readonly parts: readonly Expression[], readonly capture?: string }
  | { readonly kind: 'choice', readonly branches: readonly Expression[] }
  | { readonly kind: 'repeat', readonly part: Expression, readonly least: number, readonly most: number }
  /** `^`, `$`, `\b`, `\B`: takes no unit. */
  | { readonly kind: 'edge', readonly source: string }
  | { readonly kind: 'look', readonly part: Expression, readonly isBehind: boolean, readonly isNegated: boolean }
  | { readonly kind: 'reference', readonly group: string }

/** An expression that cannot be read; the message says what and where. */
export class UnreadableExpression extends Error {
  override readonly name = 'UnreadableExpression'
}

const parsed = new WeakMap<Pick<RegExp, 'source' | 'flags'>, Expression>()

/** Each expression is read once, however often it is asked for. */
export function parseExpression (pattern: Pick<RegExp, 'source' | 'flags'>): Expression {
  const known = parsed.get(pattern)
  if (known !== undefined) return known
  const reader = new Reader(pattern.source, pattern.flags)
  const expression = reader.choice()
  reader.end()
  parsed.set(pattern, expression)
  return expression
}

/** Sets of classes, by the flags and how they are written: detectors share most of theirs. */
const classSets = new Map<string, UnitSet>()
const mostClassSets = 4096
const classText = /\[\^?(?:\\[^]|[^\]\\])*\]/y

/** Counts of a repetition by its sign. */
const repeats: ReadonlyMap<string, readonly [number, number]> = new Map([['*', [0, Infinity]], ['+', [1, Infinity]], ['?', [0, 1]]])

class Reader {
  readonly #source: string
  readonly #flags: string
  readonly #ignoresCase: boolean
  readonly #takesLines: boolean
  readonly #isUnicode: boolean
  #at = 0
  #captures = 0

  constructor (source: string, flags: string) {
    this.#source = source
    this.#flags = flags
    this.#ignoresCase = flags.includes('i')
    this.#takesLines = flags.includes('s')
    this.#isUnicode = flags.includes('u')
  }

  choice (): Expression {
    const branches = [this.#sequence()]
    while (this.#take('|')) branches.push(this.#sequence())
    return branches.length === 1 && branches[0] !== undefined ? branches[0] : { kind: 'choice', branches }
  }

  end (): void {
    if (this.#at < this.#source.length) throw this.#unreadable('an unmatched )')
  }

  #sequence (): Expression {
    const parts: Expression[] = []
    while (this.#at < this.#source.length && !'|)'.includes(this.#peek())) parts.push(this.#repeated(this.#atom()))
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'sequence', parts }
  }

  #repeated (part: Expression): Expression {
    const counted = /^\{(\d{1,5})(,(\d{0,5}))?\}/.exec(this.#source.slice(this.#at, this.#at + 16))
    const [least, most] = counted === null ? repeats.get(this.#peek()) ?? [1, 1] : countsOf(counted)
    if (counted === null && !repeats.has(this.#peek())) return part
    this.#at += counted?.[0].length ?? 1
    this.#take('?') // a lazy repetition takes the same texts
    if ('*+?{'.includes(this.#peek()) && this.#peek() !== '') throw this.#unreadable('a repetition of a repetition')
    return { kind: 'repeat', part, least, most }
  }

  #atom (): Expression {
    const from = this.#at
    const unit = this.#next()
    switch (unit) {
      case '(': return this.#group()
      case '[': return this.#unit(this.#knownClass(from) ?? this.#newClass(from), from)
      case '.': return this.#unit(this.#takesLines ? setOf(() => true) : setOf(code => code !== 10 && code !== 13), from)
      case '^': case '$': return { kind: 'edge', source: unit }
      case '\\': return this.#escape(from)
      case '*': case '+': case '?': throw this.#unreadable('a repetition of nothing')
      default: return this.#unit(this.#single(unit), from)
    }
  }

  #unit (set: UnitSet, from: number): Expression {
    return { kind: 'unit', set, source: this.#source.slice(from, this.#at) }
  }

  #group (): Expression {
    const sign = ['?=', '?!', '?<=', '?<!', '?:'].find(one => this.#take(one))
    const capture = sign === undefined ? this.#takeName() : ''
    const part = this.choice()
    if (!this.#take(')')) throw this.#unreadable('a group that is not closed')
    if (sign === undefined) return { kind: 'sequence', parts: [part], capture }
    if (sign === '?:') return part
    return { kind: 'look', part, isBehind: sign.includes('<'), isNegated: sign.includes('!') }
  }

  /** The name of a group that captures, or its number. */
  #takeName (): string {
    const number = String(++this.#captures)
    const name = /^\?<([A-Za-z_]\w*)>/.exec(this.#source.slice(this.#at, this.#at + 64))
    if (name === null && this.#peek() === '?') throw this.#unreadable('a group of a kind that is not known')
    this.#at += name?.[0].length ?? 0
    return name?.[1] ?? number
  }

  #escape (from: number): Expression {
    const unit = this.#next()
    if (unit === 'b' || unit === 'B') return { kind: 'edge', source: `\\${unit}` }
    if (/[1-9]/.test(unit)) return { kind: 'reference', group: unit }
    if (unit === 'k') return { kind: 'reference', group: this.#between('<', '>') }
    return this.#unit(this.#escaped(unit), from)
  }

  /** What stands after a backslash, in a class or out of it. */
  #escaped (unit: string): UnitSet {
    const known = escapedSets[unit]
    if (known !== undefined) return known
    if (unit === 'p' || unit === 'P') return this.#property(unit)
    if (unit === 'x') return this.#single(this.#code(2))
    if (unit === 'u') return this.#single(this.#peek() === '{' ? String.fromCodePoint(parseInt(this.#between('{', '}'), 16)) : this.#code(4))
    if (/[A-Za-z0-9]/.test(unit)) throw this.#unreadable(`the escape \\${unit}`)
    return this.#single(unit)
  }

  #property (unit: string): UnitSet {
    const name = this.#between('{', '}')
    try {
      const property = new RegExp(`\\${unit}{${name}}`, 'u')
      return setOf(code => code >= beyond || property.test(String.fromCharCode(code)))
    } catch {
      throw this.#unreadable(`the property ${name}`)
    }
  }

  /** The set of a class that was read before: goes on behind it. */
  #knownClass (from: number): UnitSet | undefined {
    classText.lastIndex = from
    const text = classText.exec(this.#source)?.[0]
    const known = text === undefined ? undefined : classSets.get(this.#flags + text)
    if (known !== undefined && text !== undefined) this.#at = from + text.length
    return known
  }

  #newClass (from: number): UnitSet {
    const set = this.#class()
    if (classSets.size < mostClassSets) classSets.set(this.#flags + this.#source.slice(from, this.#at), set)
    return set
  }

  #class (): UnitSet {
    const isNegated = this.#take('^')
    const set = new Uint8Array(beyond + 1)
    while (!this.#take(']')) {
      const first = this.#member()
      if (this.#peek() === '-' && this.#source.charAt(this.#at + 1) !== ']') {
        this.#at++
        addRange(set, first, this.#member())
      } else addAll(set, first)
    }
    const cased = this.#ignoresCase ? withBothCases(set) : set
    // What is beyond ASCII is one class here: the negation of a part of it may still hold some of it.
    return isNegated ? setOf(code => code === beyond || cased[code] === 0) : cased
  }

  #member (): UnitSet {
    const unit = this.#next()
    if (unit !== '\\') return single(unit)
    const escape = this.#next()
    return escape === 'b' ? single('\b') : escape === '-' ? single('-') : this.#escaped(escape)
  }

  #single (unit: string): UnitSet {
    return this.#ignoresCase ? withBothCases(single(unit)) : single(unit)
  }

  #code (digits: number): string {
    const text = this.#source.slice(this.#at, this.#at + digits)
    if (!/^[0-9A-Fa-f]+$/.test(text) || text.length !== digits) throw this.#unreadable('an escape that is cut short')
    this.#at += digits
    return String.fromCharCode(parseInt(text, 16))
  }

  #between (open: string, close: string): string {
    const end = this.#source.indexOf(close, this.#at)
    if (!this.#take(open) || end === -1) throw this.#unreadable(`a missing ${open}`)
    const text = this.#source.slice(this.#at, end)
    this.#at = end + 1
    return text
  }

  #peek (): string {
    return this.#source.charAt(this.#at)
  }

  #next (): string {
    if (this.#at >= this.#source.length) throw this.#unreadable('an end in the middle')
    const unit = this.#isUnicode ? String.fromCodePoint(this.#source.codePointAt(this.#at) ?? 0) : this.#peek()
    this.#at += unit.length
    return unit
  }

  #take (text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }

  #unreadable (what: string): UnreadableExpression {
    return new UnreadableExpression(`${what} at ${this.#at + 1}`)
  }
}

function countsOf ([, least = '', range, most = '']: RegExpExecArray): [number, number] {
  return [Number(least), range === undefined ? Number(least) : most === '' ? Infinity : Number(most)]
}

function setOf (takes: (code: number) => boolean): UnitSet {
  const set = new Uint8Array(beyond + 1)
  for (let code = 0; code <= beyond; code++) if (takes(code)) set[code] = 1
  return set
}

function single (unit: string): UnitSet {
  const set = new Uint8Array(beyond + 1)
  set[Math.min(unit.codePointAt(0) ?? 0, beyond)] = 1
  return set
}

function addAll (set: UnitSet, more: UnitSet): void {
  for (let code = 0; code <= beyond; code++) if (more[code] === 1) set[code] = 1
}

function addRange (set: UnitSet, first: UnitSet, last: UnitSet): void {
  const [from, to] = [first.indexOf(1), last.lastIndexOf(1)]
  for (let code = from; code <= to; code++) set[code] = 1
}

function withBothCases (set: UnitSet): UnitSet {
  const isIn = (unit: string): boolean => set[unit.charCodeAt(0)] === 1
  // Two signs beyond ASCII are cases of k and s under the flag u.
  return setOf(code => code === beyond ? set[beyond] === 1 || isIn('k') || isIn('s') : isIn(String.fromCharCode(code).toLowerCase()) || isIn(String.fromCharCode(code).toUpperCase()))
}

const isWordUnit = (code: number): boolean => code < beyond && /\w/.test(String.fromCharCode(code))
const isSpace = (code: number): boolean => code === beyond || /\s/.test(String.fromCharCode(code))
const isDigit = (code: number): boolean => code >= 48 && code <= 57

const escapedSets: Readonly<Record<string, UnitSet>> = {
  d: setOf(isDigit),
  D: setOf(code => !isDigit(code)),
  w: setOf(isWordUnit),
  W: setOf(code => !isWordUnit(code)),
  s: setOf(isSpace),
  S: setOf(code => code === beyond || !isSpace(code)),
  n: single('\n'),
  r: single('\r'),
  t: single('\t'),
  f: single('\f'),
  v: single('\v'),
  0: single('\0')
}
