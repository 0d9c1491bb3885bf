/**
 * Pseudonyms on their way back: where a model used a token of its request, the caller reads the value again. Only what this
 * request issued is put back, after the text was judged, and never where a value could leave by itself: in names, identifiers
 * and the addresses of links and images, which clients follow.
 */
import type { FoundToken } from '../../../core/enforce/pseudonyms.ts'
import type { Issued, Lane, LaneEdit } from '../../../core/pipeline/plugin.ts'
import type { TextEdit } from '../../../core/content/nested.ts'
import { isInAddress } from './address.ts'

const restorable: ReadonlySet<Lane['kind']> = new Set(['text', 'refusal', 'reasoning', 'tool_arguments', 'transcript'])

/** True where values are put back. */
export function isRestorable ({ kind }: Pick<Lane, 'kind'>, issued: Issued): boolean {
  return issued.size > 0 && restorable.has(kind)
}

/** Edits beside those given, which come first: what is taken out stays out. */
export function planRestores (lanes: readonly Lane[], issued: Issued, taken: readonly LaneEdit[]): LaneEdit[] {
  if (issued.size === 0) return []
  return lanes.flatMap((lane, index) => restoresOf(lane, lane.text, issued, taken.filter(edit => edit.lane === index)).map(edit => ({ lane: index, ...edit })))
}

/** As {@link planRestores}, of one text. */
export function restoresOf (lane: Pick<Lane, 'kind'>, text: string, issued: Issued, taken: ReadonlyArray<Pick<TextEdit, 'start' | 'end'>>): TextEdit[] {
  if (!isRestorable(lane, issued)) return []
  return issued.find(text)
    .filter(({ start, end }) => !taken.some(edit => edit.start < end && edit.end > start) && !isInAddress(text, start))
    .map(({ start, end, value }) => ({ start, end, replacement: value }))
}

/** Issued tokens in a text that comes in pieces. */
export class TokenFlow {
  readonly #issued: Issued
  /** The text from `#base` on: what may still begin a token, and what stands before it. */
  #tail = ''
  #base = 0
  /** Nothing before it can become part of a token any more. */
  settled = 0

  constructor (issued: Issued) {
    this.#issued = issued
  }

  /** @returns tokens known by now and not told before, by places of the whole text */
  push (text: string): FoundToken[] {
    this.#tail += text
    return this.#settleTo(Math.max(this.settled, this.#base + this.#issued.pending(this.#tail)))
  }

  end (): FoundToken[] {
    return this.#settleTo(this.#base + this.#tail.length)
  }

  #settleTo (place: number): FoundToken[] {
    const base = this.#base
    const found = place === this.settled
      ? []
      : this.#issued.find(this.#tail)
        .map(({ start, end, value }) => ({ start: base + start, end: base + end, value }))
        .filter(({ start, end }) => start >= this.settled && end <= place)
    this.settled = place
    if (place - base > 1) {
      // Of what stands before, all that matters is whether a word goes on.
      this.#tail = (isWordUnit(this.#tail.charAt(place - base - 1)) ? noDigit : ' ') + this.#tail.slice(place - base)
      this.#base = place - 1
    }
    return found
  }
}

/** A letter that no token has. */
const noDigit = 'ª'

function isWordUnit (unit: string): boolean {
  return /[\p{L}\p{N}]/u.test(unit)
}
