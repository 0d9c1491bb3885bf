/** `sprintf` as OPA has it, which is Go's fmt.Sprintf: the verbs that policies use, exact; all others are OPA's evaluator's. */
import { Beyond } from './host.ts'
import { textOf, type Term } from './term.ts'

/** A part of a format: text, or a verb with its width. */
type Part = string | { readonly verb: string, readonly width: number, readonly left: boolean, readonly zero: boolean }

/** True where every verb of a format is served here, whatever its values are. */
export function servesFormat (format: string): boolean {
  return partsOf(format) !== null
}

/** Undefined where OPA's operands would not do. Throws {@link Beyond} for a format that is not served. */
export function sprintf (format: Term, values: Term): string | undefined {
  if (format.kind !== 'string' || values.kind !== 'array') return undefined
  const parts = partsOf(format.value)
  if (parts === null) throw new Beyond('this format is not served')
  const given = values.items.map(argumentOf)
  let used = 0
  const text = parts.map(part => typeof part === 'string' ? part : write(part, given[used++])).join('')
  const extra = given.slice(used).map(({ type, text }) => `${type === 'big.Int' ? '*' : ''}${type}=${text}`)
  return extra.length === 0 ? text : `${text}%!(EXTRA ${extra.join(', ')})`
}

/** Null where something is not served: other verbs, a precision, an argument's index. */
function partsOf (format: string): Part[] | null {
  const parts: Part[] = []
  let at = 0
  while (at < format.length) {
    const next = format.indexOf('%', at)
    if (next !== at) {
      const end = next < 0 ? format.length : next
      parts.push(format.slice(at, end))
      at = end
      continue
    }
    const [whole, flags = '', width = '', verb = ''] = /^%([-0]*)([1-9][0-9]{0,2})?([svdxXob%])/.exec(format.slice(at)) ?? []
    if (whole === undefined || (verb === '%' && whole !== '%%')) return null
    if (flags.includes('0') && width === '') return null
    parts.push(verb === '%' ? '%' : { verb, width: Number(width), left: flags.includes('-'), zero: flags.includes('0') })
    at += whole.length
  }
  return parts
}

/** What Go's Sprintf is given: an int64, a big integer, a float64 or a string. */
interface Argument { readonly type: 'int64' | 'big.Int' | 'float64' | 'string', readonly text: string }

function argumentOf (term: Term): Argument {
  if (term.kind === 'string') return { type: 'string', text: term.value }
  if (term.kind !== 'number') return { type: 'string', text: textOf(term) }
  if (/[.eE]/.test(term.text)) return { type: 'float64', text: floatText(Number(term.text)) }
  const value = BigInt(term.text)
  return { type: BigInt.asIntN(64, value) === value ? 'int64' : 'big.Int', text: String(value) }
}

const bases: Readonly<Record<string, number>> = { d: 10, x: 16, X: 16, o: 8, b: 2 }

function write (part: Exclude<Part, string>, given: Argument | undefined): string {
  if (given === undefined) return `%!${part.verb}(MISSING)`
  const { verb } = part
  if (verb === 'v') return padded(given.text, part, given.type !== 'string')
  if (given.type === 'string') return ofString(part, given.text)
  if (given.type === 'float64') {
    if (verb === 'x' || verb === 'X' || verb === 'b') throw new Beyond('this number is not served')
    return bad(part, given)
  }
  const base = verb === 's' && given.type === 'big.Int' ? 10 : bases[verb]
  if (base === undefined) return bad(part, given)
  const digits = BigInt(given.text).toString(base)
  return padded(verb === 'X' ? digits.toUpperCase() : digits, part, true)
}

function ofString (part: Exclude<Part, string>, text: string): string {
  if (part.verb === 's') return padded(text, part, false)
  if (part.verb !== 'x' && part.verb !== 'X') return bad(part, { type: 'string', text })
  const hex = Buffer.from(text, 'utf8').toString('hex')
  return padded(part.verb === 'X' ? hex.toUpperCase() : hex, part, false)
}

/** A verb that is not for such a value: Go says so within the text. */
function bad (part: Exclude<Part, string>, { type, text }: Argument): string {
  return `%!${part.verb}(${type}=${padded(text, part, type !== 'string')})`
}

/** To a width in code points. Zeros go behind the sign of a number; they never go to the right. */
function padded (text: string, { width, left, zero }: Exclude<Part, string>, isNumber: boolean): string {
  const missing = width - [...text].length
  if (missing <= 0) return text
  if (left) return text + ' '.repeat(missing)
  if (!zero) return ' '.repeat(missing) + text
  const sign = isNumber && text.startsWith('-') ? '-' : ''
  return sign + '0'.repeat(missing) + text.slice(sign.length)
}

/** As Go's %v: the shortest digits that are this number, with an exponent below -4 and from 6 on. */
function floatText (value: number): string {
  const [, sign = '', lead = '0', rest = '', exponentText = '0'] = /^(-?)([0-9])(?:\.([0-9]+))?e([+-][0-9]+)$/.exec(value.toExponential()) ?? []
  const [digits, exponent] = [lead + rest, Number(exponentText)]
  if (exponent < -4 || exponent >= 6) {
    const power = String(Math.abs(exponent)).padStart(2, '0')
    return `${sign}${lead}${rest === '' ? '' : `.${rest}`}e${exponent < 0 ? '-' : '+'}${power}`
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  const fraction = digits.slice(exponent + 1)
  return `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`
}
