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

/** Texts of a stream: how much of each has come, and where it was edited. Pointers follow once they are written. */
export class StreamShifts {
  readonly #lengths = new Map<string, number>()
  readonly #shifts = new Map<string, Shift[]>()

  /** Takes note of what these pieces add to their texts. */
  follow (pieces: readonly PlacedPiece[], pointers: readonly Pointer[], place: (offset: number) => number): (edits: readonly PieceEdit[]) => readonly Change[] {
    const starts = pieces.map(({ lane, role, text }) => role === 'next' && lane.kind === 'text' ? this.#grow(lane, text) : -1)
    return edits => {
      for (const edit of edits) {
        const start = starts[edit.piece] ?? -1
        if (start !== -1) this.#note(pieces[edit.piece]?.lane.name ?? '', { ...edit, start: start + edit.start, end: start + edit.end })
      }
      return pointers.flatMap(({ node, path }) => {
        const moved = move(node.text, this.#shifts.get(path.join('/')) ?? [])
        return moved === null ? [] : [{ start: place(node.start), end: place(node.end), bytes: Buffer.from(moved) }]
      })
    }
  }

  /** Text that was put at the end of what has come, in an event of the gateway's own. */
  inserted ({ name }: StreamLane, text: string): void {
    const at = Math.max(0, (this.#lengths.get(name) ?? 0) - text.length)
    this.#note(name, { start: at, end: at, replacement: text })
  }

  /** @returns how long it was */
  #grow ({ name }: StreamLane, text: string): number {
    const before = this.#lengths.get(name) ?? 0
    this.#lengths.set(name, before + text.length)
    return before
  }

  #note (name: string, edit: TextEdit): void {
    const known = this.#shifts.get(name)
    if (known === undefined) this.#shifts.set(name, [shiftOf(edit)])
    else known.push(shiftOf(edit))
  }
}
