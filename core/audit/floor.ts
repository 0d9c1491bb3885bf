/**
 * What is known to have been in the log: a head that was acknowledged, and that someone still holds. A log that is shorter, or has
 * another root there, lost records or was replaced, and nothing may be added to it.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeFolder } from './folder.ts'
import { orAbsent } from './verify/files.ts'
import { parseCheckpoint, splitNote, type Checkpoint } from './verify/note.ts'
import { BrokenLog } from './verify/reader.ts'
import type { Frontier } from './verify/tree.ts'

export interface Floor {
  readonly head: Checkpoint
  /** Who holds it, for the message. */
  readonly heldBy: string
}

/** The floor that a note tells, or null where it tells none of this log. Its signature is not asked: a false one only stops a start. */
export function floorOf (note: string, origin: string, heldBy: string): Floor | null {
  try {
    return { head: parseCheckpoint(splitNote(note).text, [{ origin }]), heldBy }
  } catch {
    return null
  }
}

/** The head in a file, or null where there is none yet. */
export function readHead (file: string, origin: string): Floor | null {
  const note = orAbsent(() => readFileSync(file, 'utf8'))
  return note === null ? null : floorOf(note, origin, file)
}

/** Whole or not at all; not synced: it is a lower bound. */
export function writeHead (file: string, note: string): void {
  makeFolder(dirname(file))
  writeFileSync(`${file}.draft`, note, { mode: 0o600 })
  renameSync(`${file}.draft`, file)
}

/** Holds a log that is followed to its floors. */
export class Floors {
  readonly #floors: readonly Floor[]

  constructor (floors: readonly Floor[]) {
    this.#floors = floors
  }

  /** After each frame. Throws {@link BrokenLog} where another root stands at a floor's size. */
  see (frontier: Frontier): void {
    for (const { head, heldBy } of this.#floors) {
      if (head.size === frontier.size && !head.root.equals(frontier.root())) throw new BrokenLog(`the log had other records when it had ${head.size}`, heldBy)
    }
  }

  /** At the end. Throws {@link BrokenLog} where the log is shorter than a floor. */
  require ({ size }: Frontier): void {
    for (const { head, heldBy } of this.#floors) {
      if (size < head.size) throw new BrokenLog(`the log holds ${size} records, and ${head.size} were acknowledged`, heldBy)
    }
  }
}
