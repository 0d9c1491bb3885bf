/** Events of a stream that know where each of their texts stands, so that edits change those bytes and no others. */
import { literalChanges, splice, type Change, type Literal } from '../content/edit.ts'
import { applyTextEdits } from '../content/nested.ts'
import type { AnswerEvent, PieceEdit, StreamEnd, StreamPiece } from '../pipeline/stream.ts'

/** A text with its place in the event's bytes; a shadow has none. */
export interface PlacedPiece extends StreamPiece, Literal {}

/** `[start, end)` in bytes of the event. */
export interface Place { readonly start: number, readonly end: number }

/** All that a protocol says of an event. */
export interface EventFacts extends Omit<AnswerEvent, 'write' | 'pieces'> {
  readonly pieces: readonly PlacedPiece[]
  /** JSON values that become `null` where anything of the answer was edited: what the shadows were read from. */
  readonly voided: readonly Place[]
  /** Told of the edits each time the event is written with some, or after edits before it. */
  readonly noted: ((edits: readonly PieceEdit[]) => void) | null
  /** What else changes once it is written so, in bytes of the event as received. */
  readonly rewritten: (() => readonly Change[]) | null
}

export function makeEvent (facts: EventFacts): AnswerEvent {
  return new PlacedEvent(facts)
}

class PlacedEvent implements AnswerEvent {
  readonly #facts: EventFacts

  constructor (facts: EventFacts) {
    this.#facts = facts
  }

  get mark (): AnswerEvent['mark'] { return this.#facts.mark }
  get bytes (): Uint8Array { return this.#facts.bytes }
  get pieces (): readonly PlacedPiece[] { return this.#facts.pieces }
  get closes (): AnswerEvent['closes'] { return this.#facts.closes }
  get calls (): AnswerEvent['calls'] { return this.#facts.calls }
  get unscanned (): AnswerEvent['unscanned'] { return this.#facts.unscanned }
  get finish (): string | null { return this.#facts.finish }
  get usage (): AnswerEvent['usage'] { return this.#facts.usage }

  ending (end: StreamEnd): Uint8Array {
    return this.#facts.ending(end)
  }

  write (edits: readonly PieceEdit[], isEdited: boolean): AnswerEvent {
    const { voided } = this.#facts
    const voids = isEdited ? voided : []
    const own = edits.filter(({ piece }) => this.pieces[piece]?.role !== 'shadow')
    this.#facts.noted?.(own)
    const further = this.#facts.rewritten?.() ?? []
    if (own.length + voids.length + further.length === 0) return this
    const changes = [...this.#changes(own), ...voids.map(({ start, end }) => ({ start, end, bytes: nothing })), ...further]
    const place = placeAfter(changes)
    return new PlacedEvent({
      ...this.#facts,
      rewritten: null,
      bytes: splice(this.bytes, changes),
      pieces: this.#edited(own, place).filter(({ role }) => !(isEdited && role === 'shadow')),
      voided: isEdited ? [] : voided.map(({ start, end }) => ({ start: place(start), end: place(end) }))
    })
  }

  #changes (edits: readonly PieceEdit[]): Change[] {
    return this.pieces.flatMap((piece, index) => {
      const own = edits.filter(edit => edit.piece === index)
      return own.length === 0 ? [] : literalChanges(this.bytes, piece, own)
    })
  }

  #edited (edits: readonly PieceEdit[], place: (offset: number) => number): PlacedPiece[] {
    return this.pieces.map((piece, index) => {
      const own = edits.filter(edit => edit.piece === index)
      const placed = { ...piece, start: place(piece.start), end: place(piece.end) }
      if (own.length === 0) return placed
      return { ...placed, text: applyTextEdits(piece.text, own), kind: piece.kind === 'number' ? 'string' : piece.kind }
    })
  }
}

const nothing = Buffer.from('null')

/** Where a place outside all changes, or at their borders, stands afterwards. */
function placeAfter (changes: readonly Change[]): (offset: number) => number {
  return offset => offset + changes.reduce((shift, { start, end, bytes }) => end <= offset ? shift + bytes.length - (end - start) : shift, 0)
}
