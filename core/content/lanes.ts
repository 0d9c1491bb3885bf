/**
 * Lanes of an answer: runs of text, each gathered from one literal or from many (the chunks of a stream), with the way back
 * into the bytes.
 */
import type { Lane, LaneEdit } from '../pipeline/facts.ts'
import { literalChanges, lowerEdits, splice, type Change, type Literal } from './edit.ts'
import { groupedBy } from './grouped.ts'
import { showNested, type TextEdit } from './nested.ts'

interface Draft {
  readonly kind: Lane['kind']
  readonly path: readonly string[]
  /** The literals whose texts make the lane, in order; and places where the very same text stands again. */
  readonly literals: Literal[]
  readonly repeats: Literal[]
  /** Text that has no literal of its own to be edited in. */
  readonly derived?: string[]
}

/** Gathers lanes while an answer is read. */
export class LaneGathering {
  readonly #drafts: Draft[] = []
  readonly #indexes = new Map<string, number>()

  /** A lane of its own. Returns its index. */
  add (kind: Lane['kind'], path: readonly string[], literal: Literal): number {
    return this.#drafts.push({ kind, path, literals: [literal], repeats: [] }) - 1
  }

  /** Goes on with the lane of this path, or begins it. */
  append (kind: Lane['kind'], path: readonly string[], literal: Literal): number {
    return this.#shared(JSON.stringify([kind, path]), kind, path, draft => { draft.literals.push(literal) }, literal)
  }

  /** A lane of its own for each different text at this path; where the text stands again, edits reach it too. */
  addOnce (kind: Lane['kind'], path: readonly string[], literal: Literal): number {
    return this.#shared(JSON.stringify([kind, path, literal.text]), kind, path, draft => { draft.repeats.push(literal) }, literal)
  }

  #shared (name: string, kind: Lane['kind'], path: readonly string[], join: (draft: Draft) => void, literal: Literal): number {
    const known = this.#indexes.get(name)
    const draft = this.#drafts[known ?? -1]
    if (known !== undefined && draft !== undefined) {
      join(draft)
      return known
    }
    const index = this.add(kind, path, literal)
    this.#indexes.set(name, index)
    return index
  }

  /** A text to be judged that is edited nowhere: whoever reads the answer sees to what it was derived from. */
  addDerived (kind: Lane['kind'], path: readonly string[], text: string): void {
    this.#drafts.push({ kind, path, literals: [], repeats: [], derived: [text] })
  }

  /** As {@link addDerived}, going on with the lane of this path. */
  appendDerived (kind: Lane['kind'], path: readonly string[], text: string): void {
    const name = JSON.stringify(['derived', kind, path])
    const known = this.#indexes.get(name)
    if (known !== undefined) this.#drafts[known]?.derived?.push(text)
    else {
      this.#indexes.set(name, this.#drafts.length)
      this.addDerived(kind, path, text)
    }
  }

  finish (): GatheredLanes {
    return new GatheredLanes(this.#drafts)
  }
}

/** The lanes of an answer, and the way to write edits of them. */
export class GatheredLanes {
  readonly lanes: readonly Lane[]
  readonly #drafts: readonly Draft[]
  readonly #texts: readonly string[]

  /** Throws GW_CLASSIFY_TOO_DEEP for JSON within strings that is nested too deeply. */
  constructor (drafts: readonly Draft[]) {
    this.#drafts = drafts
    this.#texts = drafts.map(({ literals, derived }) => derived?.join('') ?? literals.map(({ text }) => text).join(''))
    this.lanes = drafts.map(({ kind, path }, index) => ({ name: path.join('/'), kind, path, text: showNested(this.#texts[index] ?? '') }))
  }

  /**
   * The changes of the answer's bytes. A replacement stands in the literal where its edit begins, the rest is taken out.
   * Throws GW_POLICY_REDACTION where an edit cannot be made.
   */
  changes (body: Uint8Array, edits: readonly LaneEdit[]): Change[] {
    return [...groupedBy(edits, ({ lane }) => lane)].flatMap(([index, own]) => {
      const draft = this.#drafts[index]
      if (draft === undefined) throw new RangeError('there is no such lane')
      if (draft.derived !== undefined) return []
      const lowered = lowerEdits(this.#texts[index] ?? '', this.lanes[index]?.text ?? '', own)
      return [...spread(body, draft.literals, lowered), ...draft.repeats.flatMap(literal => literalChanges(body, literal, lowered))]
    })
  }

  /** The very bytes where there are no edits. `dropped` values become `null` as soon as there is one; `moved` are changes that follow from it. */
  rewrite (body: Uint8Array, edits: readonly LaneEdit[], dropped: ReadonlyArray<{ readonly start: number, readonly end: number }> = [], moved: readonly Change[] = []): Uint8Array {
    if (edits.length === 0) return body
    const nothing = Buffer.from('null')
    return splice(body, [...this.changes(body, edits), ...dropped.map(({ start, end }) => ({ start, end, bytes: nothing })), ...moved])
  }
}

/** Shares edits of a joined text out to the literals it was joined from. */
function spread (body: Uint8Array, literals: readonly Literal[], edits: readonly TextEdit[]): Change[] {
  let offset = 0
  let first = 0
  return literals.flatMap(literal => {
    const from = offset
    const to = offset += literal.text.length
    while ((edits[first]?.end ?? Infinity) <= from) first++
    const own = touching(edits, first, from, to).map(edit => within(edit, from, to))
    return own.length === 0 ? [] : literalChanges(body, literal, own)
  })
}

function touching (edits: readonly TextEdit[], first: number, from: number, to: number): TextEdit[] {
  const found: TextEdit[] = []
  for (let index = first; (edits[index]?.start ?? Infinity) < to; index++) {
    const edit = edits[index]
    if (edit !== undefined && edit.end > from) found.push(edit)
  }
  return found
}

function within ({ start, end, replacement }: TextEdit, from: number, to: number): TextEdit {
  return { start: Math.max(start, from) - from, end: Math.min(end, to) - from, replacement: start >= from ? replacement : '' }
}
