/** How a pattern begins: a cheap test that fails where the pattern must fail, so that most attempts never run it. */
import { beyond, parseExpression, type Expression, type UnitSet } from './expression.ts'

/** By unit (128 stands for all beyond ASCII): bit n is set where the pattern can take it at its n-th place. */
export interface Prefix {
  readonly table: Uint16Array
  readonly length: number
  /** Which units may stand before it; null where any may, or none. */
  readonly before: UnitSet | null
}

/** A bit each in 16. */
const longest = 12

/** Beyond it a pattern has so many ways to go on that no more is asked of a text. */
const mostWays = 256

/** What is still to be matched: an expression, and then the rest. */
interface Way { readonly part: Expression, readonly rest: Way | null }

interface Step { readonly set: UnitSet, readonly rest: Way | null }

export function prefixOf (pattern: RegExp): Prefix {
  const table = new Uint16Array(beyond + 1)
  const expression = parseExpression(pattern)
  let ways: Array<Way | null> = [{ part: expression, rest: null }]
  let length = 0
  let isCertain = true
  while (length < longest && isCertain) {
    const steps: Step[] = []
    if (!ways.every(way => advance(way, steps)) || steps.length > mostWays) break
    for (const { set } of steps) addPlace(table, set, length)
    ways = steps.map(({ rest }) => rest)
    length++
    isCertain = !pattern.unicode || steps.every(({ set }) => set[beyond] === 0) // a character beyond ASCII may take two units
  }
  return { table, length, before: pattern.unicode ? null : beforeOf(expression) } // within a character of two units it is tried from its first
}

function addPlace (table: Uint16Array, set: UnitSet, place: number): void {
  for (let code = 0; code <= beyond; code++) if (set[code] === 1) table[code] = (table[code] ?? 0) | (1 << place)
}

/** What all leading looks back ask of the unit before. */
function beforeOf (expression: Expression): UnitSet | null {
  const parts = expression.kind === 'sequence' ? expression.parts : [expression]
  const sets: UnitSet[] = []
  for (const part of parts) {
    if (part.kind === 'look' && part.isBehind && !part.isNegated) {
      const last = lastUnits(part.part)
      if (!last.mayBeEmpty) sets.push(last.set)
    } else if (part.kind !== 'look' && part.kind !== 'edge') break
  }
  const [first, ...others] = sets
  return first === undefined ? null : first.map((takes, code) => takes === 1 && others.every(set => set[code] === 1) ? 1 : 0)
}

/** The units that an expression can end with. */
function lastUnits (expression: Expression): { readonly set: UnitSet, readonly mayBeEmpty: boolean } {
  switch (expression.kind) {
    case 'unit': return { set: expression.set, mayBeEmpty: false }
    case 'repeat': return { set: lastUnits(expression.part).set, mayBeEmpty: expression.least === 0 || lastUnits(expression.part).mayBeEmpty }
    case 'choice': return either(expression.branches.map(lastUnits))
    case 'sequence': {
      const ends: Array<ReturnType<typeof lastUnits>> = []
      for (const part of expression.parts.toReversed()) {
        const last = lastUnits(part)
        ends.push(last)
        if (!last.mayBeEmpty) return { ...either(ends), mayBeEmpty: false }
      }
      return { ...either(ends), mayBeEmpty: true }
    }
    default: return { set: new Uint8Array(beyond + 1), mayBeEmpty: true }
  }
}

function either (ends: ReadonlyArray<ReturnType<typeof lastUnits>>): ReturnType<typeof lastUnits> {
  return { set: Uint8Array.from({ length: beyond + 1 }, (_, code) => ends.some(({ set }) => set[code] === 1) ? 1 : 0), mayBeEmpty: ends.some(({ mayBeEmpty }) => mayBeEmpty) }
}

/** Adds the next steps of a way. False where it may end here, or cannot be followed. */
function advance (way: Way | null, steps: Step[]): boolean {
  if (way === null) return false
  const { part, rest } = way
  switch (part.kind) {
    case 'unit': return steps.push({ set: part.set, rest }) <= mostWays
    case 'sequence': return advance(part.parts.reduceRight<Way | null>((after, one) => ({ part: one, rest: after }), rest), steps)
    case 'choice': return part.branches.every(branch => advance({ part: branch, rest }, steps))
    case 'repeat': return advanceRepeat(part, rest, steps)
    case 'edge': case 'look': return advance(rest, steps)
    case 'reference': return false
  }
}

function advanceRepeat ({ part, least, most }: Extract<Expression, { kind: 'repeat' }>, rest: Way | null, steps: Step[]): boolean {
  const goesOn = most === 0 || advance({ part, rest: most === 1 ? rest : { part: { kind: 'repeat', part, least: Math.max(0, least - 1), most: most - 1 }, rest } }, steps)
  return goesOn && (least > 0 || advance(rest, steps))
}

/** False where a pattern with this prefix cannot match at `at`. */
export function mayStart ({ table, length, before }: Prefix, text: string, at: number): boolean {
  if (at + length > text.length) return false
  if (before !== null && (at === 0 || before[Math.min(text.charCodeAt(at - 1), beyond)] === 0)) return false
  for (let place = 0; place < length; place++) {
    const unit = text.charCodeAt(at + place)
    if (((table[unit < beyond ? unit : beyond] ?? 0) >> place & 1) === 0) return false
  }
  return true
}
