/**
 * Where a pattern is not decided yet: the text ends before it can be said whether it matches there, or how far. Derived from the
 * pattern itself: every place of it may instead be the end of the text, and so may what it looks ahead to.
 *
 * What is derived never calls decided what is not. The other way round it may err: then a little more is held.
 */
import { parseExpression, type Expression } from './expression.ts'

const derivedOnes = new WeakMap<RegExp, RegExp>()

/** Tried at a place (sticky), true where the pattern is not decided there. Groups `before` and `value` are those of the pattern. Derived once for each pattern. */
export function undecided (pattern: RegExp): RegExp {
  const known = derivedOnes.get(pattern)
  if (known !== undefined) return known
  const derived = new RegExp(`${viable(parseExpression(pattern), { names: '', keeps: true })}$`, pattern.flags)
  derivedOnes.set(pattern, derived)
  return derived
}

/** As {@link undecided}, for any of several patterns; one for each set of flags. */
export function undecidedAny (patterns: readonly RegExp[]): RegExp[] {
  return byFlags(patterns, (pattern, index) => viable(parseExpression(pattern), { names: `p${index}`, keeps: false }))
}

/**
 * Where in a text (from `lastIndex` on) begins the first stretch, up to its end, that may be the start of what one of the
 * patterns finds: also of what it finds to the left of its anchor (`before`), before there is any.
 */
export function mayBegin (patterns: readonly RegExp[]): RegExp[] {
  const led = patterns.filter(({ source }) => source.includes('(?<before>'))
  return byFlags(led, (pattern, index) => viable(unfolded(parseExpression(pattern)), { names: `p${index}`, keeps: false })).map(({ source, flags }) => new RegExp(source, flags.replace('y', 'g')))
}

function byFlags (patterns: readonly RegExp[], derive: (pattern: RegExp, index: number) => string): RegExp[] {
  const derived = new Map<string, string[]>()
  for (const [index, pattern] of patterns.entries()) derived.set(pattern.flags, [...derived.get(pattern.flags) ?? [], derive(pattern, index)])
  return [...derived].map(([flags, sources]) => new RegExp(`(?:${sources.join('|')})$`, flags))
}

/** How far a pattern looks back from where it is tried, in units. */
export function reachBehind (pattern: RegExp): number {
  return behind(parseExpression(pattern))
}

/** How groups are named: kept, or made different from those of other patterns. */
interface Naming { readonly names: string, readonly keeps: boolean }

function viable (expression: Expression, naming: Naming): string {
  switch (expression.kind) {
    case 'unit': return `(?:${expression.source}|$)`
    case 'sequence': {
      const parts = expression.parts.map(part => viable(part, naming)).join('')
      return expression.capture === undefined ? parts : `(?<${nameOf(expression.capture, naming)}>${parts})`
    }
    case 'choice': return `(?:${expression.branches.map(branch => viable(branch, naming)).join('|')})`
    case 'repeat': return viableRepeat(expression, naming)
    case 'edge': return expression.source.startsWith('\\') ? `(?:${expression.source}|$)` : expression.source
    case 'look': return viableLook(expression, naming)
    case 'reference': return `(?:\\k<${nameOf(expression.group, naming)}>|[^]{0,${mostReferred}}$)`
  }
}

/** Longest text of a group that is referred to: separators. */
const mostReferred = 4

function nameOf (capture: string, { names, keeps }: Naming): string {
  return keeps && !/^\d/.test(capture) ? capture : `${names}g${capture}`
}

function viableRepeat ({ part, least, most }: Extract<Expression, { kind: 'repeat' }>, naming: Naming): string {
  const counts = `{${least},${most === Infinity ? '' : most}}`
  if (part.kind !== 'unit') return `(?:${viable(part, naming)})${counts}`
  const { source } = part
  return least === 0 ? source + counts : `(?:${source}${counts}|${source}{0,${least - 1}}$)`
}

/** Where what is looked ahead to reaches the end, all that follows is open. */
function viableLook (look: Extract<Expression, { kind: 'look' }>, naming: Naming): string {
  if (look.isBehind) return `(?:${written(look, naming)}|$)`
  const open = `(?=${viable(look.part, { names: `${naming.names}l`, keeps: false })}$)[^]*`
  return `(?:${open}|${look.isNegated ? written(look, naming) : `(?=${viable(look.part, naming)})`})`
}

/** The expression itself, its groups named as the others are. */
function written (expression: Expression, naming: Naming): string {
  switch (expression.kind) {
    case 'unit': case 'edge': return expression.source
    case 'sequence': {
      const parts = expression.parts.map(part => written(part, naming)).join('')
      return expression.capture === undefined ? parts : `(?<${nameOf(expression.capture, naming)}>${parts})`
    }
    case 'choice': return `(?:${expression.branches.map(branch => written(branch, naming)).join('|')})`
    case 'repeat': return `(?:${written(expression.part, naming)}){${expression.least},${expression.most === Infinity ? '' : expression.most}}`
    case 'look': return `(?${expression.isBehind ? '<' : ''}${expression.isNegated ? '!' : '='}${written(expression.part, naming)})`
    case 'reference': return `\\k<${nameOf(expression.group, naming)}>`
  }
}

/** What stands to the left of the anchor as what comes first; other looks back are left out: they look from elsewhere. */
function unfolded (expression: Expression): Expression {
  if (expression.kind !== 'sequence') return expression
  return { ...expression, parts: expression.parts.flatMap(part => part.kind !== 'look' || !part.isBehind ? [part] : leads(part.part) ? [part.part] : []) }
}

function leads (expression: Expression): boolean {
  switch (expression.kind) {
    case 'sequence': return expression.capture === 'before' || expression.parts.some(leads)
    case 'choice': return expression.branches.some(leads)
    default: return false
  }
}

function behind (expression: Expression): number {
  switch (expression.kind) {
    case 'sequence': return Math.max(0, ...expression.parts.map(behind))
    case 'choice': return Math.max(0, ...expression.branches.map(behind))
    case 'repeat': return behind(expression.part)
    case 'look': return expression.isBehind ? longest(expression.part) + behind(expression.part) : behind(expression.part)
    default: return 0
  }
}

function longest (expression: Expression): number {
  switch (expression.kind) {
    case 'unit': return 2 // a character may take two units
    case 'sequence': return expression.parts.reduce((sum, part) => sum + longest(part), 0)
    case 'choice': return Math.max(0, ...expression.branches.map(longest))
    case 'repeat': return Math.min(expression.most, 1024) * longest(expression.part)
    case 'reference': return mostReferred
    default: return 0
  }
}
