/** Numbers of an answer that point into one of its texts (where a citation begins and ends): an edit of the text moves them. */
import type { Change } from '../../../core/content/edit.ts'
import type { JsonText } from '../../../core/content/json.ts'
import type { TextEdit } from '../../../core/content/nested.ts'
import type { PieceEdit, StreamLane } from '../../../core/pipeline/stream.ts'
import type { PlacedPiece } from '../../../core/protocol/event.ts'

export interface Pointer {
  readonly node: JsonText
  /** Leads to the text. */
  readonly path: readonly string[]
}

/** A text that grew, or shrank, after a place in it. */
interface Shift { readonly at: number, readonly by: number }

/** New numbers for pointers whose text was edited. */
export function pointerChanges (pointers: readonly Pointer[], editsOf: (path: readonly string[]) => readonly TextEdit[]): Change[] {
  return pointers.flatMap(({ node, path }) => {
    const moved = move(node.text, editsOf(path).map(shiftOf))
    return moved === null ? [] : [{ start: node.start, end: node.end, bytes: Buffer.from(moved) }]
  })
}

function shiftOf ({ start, end, replacement }: TextEdit): Shift {
  return { at: start, by: replacement.length - (end - start) }
}

/** The number after these shifts; null where it stays as it is. Never before the beginning. */
function move (literal: string, shifts: readonly Shift[]): string | null {
  const from = Number(literal)
  const by = shifts.reduce((sum, shift) => shift.at < from ? sum + shift.by : sum, 0)
  return by === 0 || !Number.isSafeInteger(from) ? null : String(Math.max(0, from + by))
}

/** A text that goes on in an event of the gateway's own; where it stood is known once it is cut off there. */
interface Moved { readonly name: string, readonly length: number, start: number }

type Noted = (edits: readonly PieceEdit[]) => void

/** Texts of a stream: how much of each has come, and where it was edited. Pointers follow once they are written. */
export class StreamShifts {
  readonly #lengths = new Map<string, number>()
  readonly #shifts = new Map<string, Shift[]>()
  /** The text that is on its way: the next edit cuts it off where it stood. */
  #moved: Moved | null = null

  /** Takes note of what these pieces add to their texts. */
  follow (pieces: readonly PlacedPiece[]): Noted {
    const starts = pieces.map(({ lane, role, text }) => role === 'next' && lane.kind === 'text' ? this.#grow(lane, text) : -1)
    return edits => {
      for (const edit of edits) {
        const start = starts[edit.piece] ?? -1
        if (start !== -1) this.#edit(pieces[edit.piece]?.lane.name ?? '', start, edit)
      }
    }
  }

  /** The changes of an event in which these point into texts. */
  pointing (pointers: readonly Pointer[], place: (offset: number) => number): () => readonly Change[] {
    return () => pointers.flatMap(({ node, path }) => {
      const moved = move(node.text, this.#shifts.get(path.join('/')) ?? [])
      return moved === null ? [] : [{ start: place(node.start), end: place(node.end), bytes: Buffer.from(moved) }]
    })
  }

  /** Takes note of text that is put into a lane: moved there from an earlier event, or added at its end, where nothing points beyond it. */
  inserted ({ name }: StreamLane, { length }: string): Noted {
    const moved: Moved = { name, length, start: -1 }
    this.#moved = moved
    return edits => {
      if (moved.start !== -1) for (const edit of edits) this.#edit(name, moved.start, edit)
    }
  }

  #edit (name: string, from: number, { start, end, replacement }: TextEdit): void {
    const moved = this.#moved
    this.#moved = null
    if (moved?.name === name && replacement === '' && end - start === moved.length) moved.start = from + start
    else this.#note(name, { at: from + start, by: replacement.length - (end - start) })
  }

  /** @returns how long it was */
  #grow ({ name }: StreamLane, text: string): number {
    const before = this.#lengths.get(name) ?? 0
    this.#lengths.set(name, before + text.length)
    return before
  }

  #note (name: string, shift: Shift): void {
    const known = this.#shifts.get(name)
    if (known === undefined) this.#shifts.set(name, [shift])
    else known.push(shift)
  }
}
