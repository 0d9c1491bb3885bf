/** How a pattern begins: a cheap test that fails where the pattern must fail, so that most attempts never run it. */
import { beyond, parseExpression, type Expression, type UnitSet } from './expression.ts'

/** By unit (128 stands for all beyond ASCII): bit n is set where the pattern can take it at its n-th place. */
export interface Prefix { readonly table: Uint16Array, readonly length: number }

/** A bit each in 16. */
const longest = 12

/** Beyond it a pattern has so many ways to go on that no more is asked of a text. */
const mostWays = 256

/** What is still to be matched: an expression, and then the rest. */
interface Way { readonly part: Expression, readonly rest: Way | null }

interface Step { readonly set: UnitSet, readonly rest: Way | null }

export function prefixOf (pattern: RegExp): Prefix {
  const table = new Uint16Array(beyond + 1)
  let ways: Array<Way | null> = [{ part: parseExpression(pattern), rest: null }]
  let length = 0
  let isCertain = true
  while (length < longest && isCertain) {
    const steps: Step[] = []
    if (!ways.every(way => advance(way, steps)) || steps.length > mostWays) break
    for (const { set } of steps) set.forEach((takes, code) => { if (takes === 1) table[code] = (table[code] ?? 0) | (1 << length) })
    ways = steps.map(({ rest }) => rest)
    length++
    isCertain = !pattern.unicode || steps.every(({ set }) => set[beyond] === 0) // a character beyond ASCII may take two units
  }
  return { table, length }
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
export function mayStart ({ table, length }: Prefix, text: string, at: number): boolean {
  if (at + length > text.length) return false
  for (let place = 0; place < length; place++) {
    const unit = text.charCodeAt(at + place)
    if (((table[unit < beyond ? unit : beyond] ?? 0) >> place & 1) === 0) return false
  }
  return true
}
