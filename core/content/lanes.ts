/** Lanes of a whole answer: the texts of its literals, with the way back into the bytes. */
import type { Lane, LaneEdit } from '../pipeline/facts.ts'
import { literalChanges, lowerEdits, splice, type Change, type Literal } from './edit.ts'
import { groupedBy } from './grouped.ts'
import { showNested } from './nested.ts'

/** Where the text of a lane stands; null for one that was derived from what stands elsewhere. */
interface Origin { readonly text: string, readonly literal: Literal | null }

/** Gathers lanes while an answer is read. */
export class LaneGathering {
  readonly #lanes: Lane[] = []
  readonly #origins: Origin[] = []

  /** Throws GW_CLASSIFY_TOO_DEEP for JSON within strings that is nested too deeply. */
  add (kind: Lane['kind'], path: readonly string[], literal: Literal): void {
    this.#add(kind, path, { text: literal.text, literal })
  }

  /** A text to be judged that is edited nowhere: whoever reads the answer sees to what it was derived from. */
  addDerived (kind: Lane['kind'], path: readonly string[], text: string): void {
    this.#add(kind, path, { text, literal: null })
  }

  #add (kind: Lane['kind'], path: readonly string[], origin: Origin): void {
    this.#lanes.push({ name: path.join('/'), kind, path, text: showNested(origin.text) })
    this.#origins.push(origin)
  }

  finish (): GatheredLanes {
    return new GatheredLanes(this.#lanes, this.#origins)
  }
}

/** The lanes of an answer, and the way to write edits of them. */
export class GatheredLanes {
  readonly lanes: readonly Lane[]
  readonly #origins: readonly Origin[]
  #indexes: ReadonlyMap<string, number> | null = null

  constructor (lanes: readonly Lane[], origins: readonly Origin[]) {
    this.lanes = lanes
    this.#origins = origins
  }

  /** The lane of this name, by its index: of a key and its value, the value's. */
  indexOf (name: string): number | null {
    this.#indexes ??= new Map(this.lanes.map((lane, index) => [lane.name, index]))
    return this.#indexes.get(name) ?? null
  }

  /** Throws GW_POLICY_REDACTION where an edit cannot be made. */
  #changes (body: Uint8Array, edits: readonly LaneEdit[]): Change[] {
    return [...groupedBy(edits, ({ lane }) => lane)].flatMap(([index, own]) => {
      const origin = this.#origins[index]
      if (origin === undefined) throw new RangeError('there is no such lane')
      const { text, literal } = origin
      return literal === null ? [] : literalChanges(body, literal, lowerEdits(text, this.lanes[index]?.text ?? '', own))
    })
  }

  /**
   * The very bytes where there are no edits. `dropped` values become `null` as soon as there is one; `moved` are changes that
   * follow from it. Throws GW_POLICY_REDACTION where an edit cannot be made.
   */
  rewrite (body: Uint8Array, edits: readonly LaneEdit[], dropped: ReadonlyArray<{ readonly start: number, readonly end: number }> = [], moved: readonly Change[] = []): Uint8Array {
    if (edits.length === 0) return body
    const nothing = Buffer.from('null')
    return splice(body, [...this.#changes(body, edits), ...dropped.map(({ start, end }) => ({ start, end, bytes: nothing })), ...moved])
  }
}
