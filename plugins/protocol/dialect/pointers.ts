/** Numbers of an answer that point into one of its texts (where a citation begins and ends): an edit of the text moves them. */
import type { Change } from '../../../core/content/edit.ts'
import type { JsonText } from '../../../core/content/json.ts'
import type { TextEdit } from '../../../core/content/nested.ts'

export interface Pointer {
  readonly node: JsonText
  /** Leads to the text. */
  readonly path: readonly string[]
}

/** A text that grew, or shrank, after a place in it. */
export interface Shift { readonly at: number, readonly by: number }

/** New numbers for pointers whose text was edited. */
export function pointerChanges (pointers: readonly Pointer[], editsOf: (path: readonly string[]) => readonly TextEdit[]): Change[] {
  return pointers.flatMap(({ node, path }) => {
    const moved = move(node.text, editsOf(path).map(shiftOf))
    return moved === null ? [] : [{ start: node.start, end: node.end, bytes: Buffer.from(moved) }]
  })
}

export function shiftOf ({ start, end, replacement }: TextEdit): Shift {
  return { at: start, by: replacement.length - (end - start) }
}

/** The number after these shifts; null where it stays as it is. Never before the beginning. */
export function move (literal: string, shifts: readonly Shift[]): string | null {
  const from = Number(literal)
  const by = shifts.reduce((sum, shift) => shift.at < from ? sum + shift.by : sum, 0)
  return by === 0 || !Number.isSafeInteger(from) ? null : String(Math.max(0, from + by))
}
