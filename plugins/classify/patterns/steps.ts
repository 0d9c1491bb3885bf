/**
 * How much work a pattern can make at one place of a text, whatever stands there: the proof that it is safe to run. The
 * pattern is taken apart into the places where it takes a unit (Glushkov, 1961); all that any text can lead to is gone through,
 * unit by unit: the ways of having come to each place are what a backtracking engine may have to try.
 */
import { beyond, parseExpression, type Expression, type UnitSet } from './expression.ts'

/** Where one unit is taken: which blocks of units it takes, and which places can follow. */
interface Place { readonly blocks: readonly number[], readonly next: number[] }

/** What a part of a pattern can begin and end with, by places, and whether it can be empty. */
interface Part { readonly first: readonly number[], readonly last: readonly number[], readonly isOptional: boolean }

/** Beyond so many steps, or so many states to go through, a pattern counts as endless. */
export interface StepLimits { readonly steps: number, readonly states: number }

/** Most places that are laid out: beyond it a pattern counts as endless. */
const mostPlaces = 20_000

/**
 * An upper bound of the units that a backtracking engine looks at when it tries a pattern at one place, each alternative
 * counted; Infinity where it is above the limits. What the pattern looks ahead or back to is counted as if it stood alone, a reference to a group as nothing.
 * @throws UnreadableExpression
 */
export function mostSteps (pattern: Pick<RegExp, 'source' | 'flags'>, limits: StepLimits = { steps: 100_000, states: 20_000 }): number {
  const expression = parseExpression(pattern)
  return looksOf(expression).reduce((sum, look) => sum + stepsOf(look, limits), stepsOf(expression, limits))
}

function stepsOf (expression: Expression, limits: StepLimits): number {
  const layout = new Layout(blocksOf(expression))
  const { first } = layout.part(expression)
  if (layout.places.length > mostPlaces) return Infinity
  let states = new Map<string, State>()
  add(states, { ways: new Map([[start, 1]]), steps: 0 })
  let seen = 0
  let most = 0
  while (states.size > 0) {
    const next = new Map<string, State>()
    for (const state of states.values()) {
      seen++
      most = Math.max(most, state.steps)
      for (const reached of advance(state, layout.places, first)) add(next, reached)
    }
    if (most > limits.steps || seen > limits.states) return Infinity
    states = next
  }
  return most
}

/** Before the first unit. */
const start = -1

/** What one text can lead to: in how many ways to which places, and how many units were looked at on all of them so far. */
interface State { readonly ways: ReadonlyMap<number, number>, readonly steps: number }

/** Of texts that lead to the same ways the one with the most steps counts. */
function add (states: Map<string, State>, state: State): void {
  const key = [...state.ways].sort(([a], [b]) => a - b).join()
  const known = states.get(key)
  if (known === undefined || known.steps < state.steps) states.set(key, state)
}

/** By one unit, whichever block it is of. */
function advance ({ ways, steps }: State, places: readonly Place[], first: readonly number[]): State[] {
  const byBlock = new Map<number, Map<number, number>>()
  let looked = 0
  for (const [from, count] of ways) {
    for (const place of from === start ? first : places[from]?.next ?? []) {
      looked += count
      for (const block of places[place]?.blocks ?? []) {
        const counts = byBlock.get(block) ?? new Map<number, number>()
        byBlock.set(block, counts)
        counts.set(place, (counts.get(place) ?? 0) + count)
      }
    }
  }
  return [...byBlock.values()].map(reached => ({ ways: reached, steps: steps + looked }))
}

/** Units that all sets of a pattern treat alike are one block: its number, by unit. */
function blocksOf (expression: Expression): Uint8Array {
  const sets = [...setsOf(expression)]
  const numbers = new Map<string, number>()
  return Uint8Array.from({ length: beyond + 1 }, (_, code) => {
    const signature = sets.map(set => set[code]).join('')
    const known = numbers.get(signature) ?? numbers.size
    numbers.set(signature, known)
    return known
  })
}

function * setsOf (expression: Expression): Generator<UnitSet> {
  if (expression.kind === 'unit') yield expression.set
  for (const part of partsOf(expression)) yield * setsOf(part)
}

function partsOf (expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'sequence': return expression.parts
    case 'choice': return expression.branches
    case 'repeat': case 'look': return [expression.part]
    default: return []
  }
}

function looksOf (expression: Expression): Expression[] {
  const inner = partsOf(expression).flatMap(looksOf)
  return expression.kind === 'look' ? [expression.part, ...inner] : inner
}

/** Lays a pattern out into places. */
class Layout {
  readonly places: Place[] = []
  readonly #blockOf: Uint8Array

  constructor (blockOf: Uint8Array) {
    this.#blockOf = blockOf
  }

  part (expression: Expression): Part {
    if (this.places.length > mostPlaces) return nothing
    switch (expression.kind) {
      case 'unit': return this.#unit(expression.set)
      case 'sequence': return expression.parts.reduce<Part>((before, part) => this.#join(before, this.part(part)), nothing)
      case 'choice': return either(expression.branches.map(branch => this.part(branch)))
      case 'repeat': return this.#repeat(expression)
      case 'edge': case 'look': case 'reference': return nothing
    }
  }

  #unit (set: UnitSet): Part {
    const blocks = new Set<number>()
    set.forEach((takes, code) => { if (takes === 1) blocks.add(this.#blockOf[code] ?? 0) })
    const place = this.places.push({ blocks: [...blocks], next: [] }) - 1
    return { first: [place], last: [place], isOptional: false }
  }

  #join (before: Part, after: Part): Part {
    for (const place of before.last) this.places[place]?.next.push(...after.first)
    return {
      first: before.isOptional ? [...before.first, ...after.first] : before.first,
      last: after.isOptional ? [...before.last, ...after.last] : after.last,
      isOptional: before.isOptional && after.isOptional
    }
  }

  /** Written out: so many times, then as many again, each within the one before. */
  #repeat ({ part, least, most }: Extract<Expression, { kind: 'repeat' }>): Part {
    let all = nothing
    for (let count = 0; count < least && this.places.length <= mostPlaces; count++) all = this.#join(all, this.part(part))
    let last: readonly number[] = all.last
    let first: readonly number[] = all.first
    const ends: number[] = [...all.last]
    for (let count = least; count < most && this.places.length <= mostPlaces; count++) {
      const once = this.part(part)
      for (const place of last) this.places[place]?.next.push(...once.first)
      if (count === 0 || (count === least && all.isOptional)) first = [...first, ...once.first]
      ends.push(...once.last)
      last = once.last
    }
    return { first, last: ends, isOptional: least === 0 || all.isOptional }
  }
}

const nothing: Part = { first: [], last: [], isOptional: true }

function either (parts: readonly Part[]): Part {
  return { first: parts.flatMap(({ first }) => first), last: parts.flatMap(({ last }) => last), isOptional: parts.some(({ isOptional }) => isOptional) }
}
