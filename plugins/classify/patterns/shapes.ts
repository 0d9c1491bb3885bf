/** Shapes that many numbers share: patterns are made once for each, so that detectors of one shape run together. */
import { digitsOf, type Detector, type Surroundings } from './detector.ts'

/** No number goes on to the left, and no amount begins there. */
const left = '(?<!\\d[-./]|[$€£])'
/** Nor does a UUID, whose groups of hexadecimal digits may all be decimal ones. */
const noIdentifier = '(?<![\\da-fA-F]{4}-)'
/** Nor to the right. */
const right = '(?![\\w]|[-./]\\d)'

const made = new Map<string, RegExp>()

function once (source: string): RegExp {
  const known = made.get(source)
  if (known !== undefined) return known
  const pattern = new RegExp(source, 'y')
  made.set(source, pattern)
  return pattern
}

/** Digits alone. */
export function run (least: number, most = least): RegExp {
  return once(`${left}\\d{${least}${most === least ? '' : `,${most}`}}${right}`)
}

/** Groups of digits with the same separator between all of them. */
export function groups (sizes: readonly number[], separators = '- .'): RegExp[] {
  return [...separators].map(separator => {
    const between = separator === ' ' ? ' ' : `\\${separator}`
    const before = separator === ' ' ? '(?<!\\d[-./ ]|[$€£])' : separator === '-' ? `${left}${noIdentifier}` : left
    const after = separator === ' ' ? '(?![\\w]|[-./ ]\\d)' : right
    return once(`${before}${sizes.map(size => `\\d{${size}}`).join(between)}${after}`)
  })
}

/** A number with a rule of its own, in the shapes that it is written in. */
export interface Numbered {
  readonly label: string
  /** How many digits; left out: `written` alone. */
  readonly digits?: number
  /** Written in groups. */
  readonly written?: readonly RegExp[]
  readonly context: readonly string[]
  /** The rule, over the digits alone. */
  readonly holds: (digits: string) => boolean
  /** Confidence where a context word is near. */
  readonly near?: number
  /** Confidence elsewhere: of digits alone, and of groups; default none. */
  readonly alone?: number
  readonly aloneInGroups?: number
}

/** Milliseconds since 1970, which have thirteen digits too. */
export function isTime (digits: string): boolean {
  return /^1[5-8]\d{11}$/.test(digits)
}

export function numbered ({ label, digits, written = [], context, holds, near = 950, alone = 0, aloneInGroups = alone }: Numbered): Detector[] {
  const weigh = (elsewhere: number) => (value: string, surroundings: Surroundings) => {
    if (!holds(digitsOf(value))) return 0
    return surroundings.near ? near : elsewhere
  }
  const plain = digits === undefined ? [] : [{ pattern: run(digits), elsewhere: alone }]
  return [...plain, ...written.map(pattern => ({ pattern, elsewhere: aloneInGroups }))].map(({ pattern, elsewhere }) => ({
    label, anchor: { kind: 'digits' }, fewestDigits: Math.min(6, digits ?? 6), pattern, context, ...elsewhere === 0 ? { needs: 'near' } : {}, weigh: weigh(elsewhere)
  }))
}
