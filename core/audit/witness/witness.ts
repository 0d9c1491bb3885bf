/**
 * A witness: it keeps the largest head of each log that it was shown, cosigns only heads that go on from it, and so never two
 * histories of one log. What it cosigned is durable before anyone is told.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder, writeDurably } from '../folder.ts'
import { openCheckpoint, parseCheckpoint, splitNote, type Checkpoint, type VerifierKey } from '../verify/note.ts'
import { isConsistent } from '../verify/proof.ts'
import { emptyRoot } from '../verify/tree.ts'
import type { Cosigner } from './cosigner.ts'
import type { Submission } from './submission.ts'

/** What becomes of a submission; each but the first is an answer of HTTP (c2sp.org/tlog-witness). */
export type Answer =
  | { readonly kind: 'cosigned', readonly line: string }
  /** The witness cosigned a tree of another size last, or another tree of this size. */
  | { readonly kind: 'conflict', readonly size: number }
  | { readonly kind: 'unknown_log' | 'not_signed' | 'malformed' | 'inconsistent' }

export class Witness {
  readonly #cosigner: Cosigner
  readonly #folder: string
  readonly #logs: readonly VerifierKey[]
  readonly #heads = new Map<string, Checkpoint>()

  /**
   * @param folder where the heads are kept: nobody else may write there
   * @param logs keys of the logs to watch
   */
  constructor (cosigner: Cosigner, folder: string, logs: readonly VerifierKey[]) {
    this.#cosigner = cosigner
    this.#folder = folder
    this.#logs = logs
    makeFolder(folder)
  }

  /** The head of a log that was cosigned last. */
  headOf (origin: string): Checkpoint {
    const known = this.#heads.get(origin) ?? this.#read(origin)
    this.#heads.set(origin, known)
    return known
  }

  /** By the rules of `add-checkpoint`, in their order. */
  add ({ oldSize, path, note }: Submission): Answer {
    const origin = note.slice(0, note.indexOf('\n'))
    const keys = this.#logs.filter(key => key.origin === origin)
    if (keys.length === 0) return { kind: 'unknown_log' }
    const next = openOrNull(note, keys)
    if (next === null) return { kind: 'not_signed' }
    if (oldSize > next.size) return { kind: 'malformed' }
    const head = this.headOf(origin)
    if (oldSize !== head.size) return { kind: 'conflict', size: head.size }
    if (next.size === head.size && !next.root.equals(head.root)) {
      this.#keepFork(note)
      return { kind: 'conflict', size: head.size }
    }
    if (!isConsistent(head.size, head.root, next.size, next.root, path)) return { kind: 'inconsistent' }
    return { kind: 'cosigned', line: this.accept(note, next) }
  }

  /** Cosigns a head that was found to go on from the last one, and keeps it. Answers the signature line. */
  accept (note: string, head: Checkpoint): string {
    const line = this.#cosigner.cosign(note)
    writeDurably(this.headFile(head.origin), note + line, 0o644)
    this.#heads.set(head.origin, head)
    return line
  }

  /** Where a log's last head lies, with its cosignature: an auditor takes it from there. */
  headFile (origin: string): string {
    return join(this.#folder, `${nameOf(origin)}.checkpoint`)
  }

  #read (origin: string): Checkpoint {
    const file = this.headFile(origin)
    return existsSync(file) ? parseCheckpoint(splitNote(readFileSync(file, 'utf8')).text, [{ origin }]) : { origin, size: 0, root: emptyRoot() }
  }

  /** Two heads of one size, both signed by the log, prove that it told two histories: the other one is kept beside ours. */
  #keepFork (note: string): void {
    const origin = note.slice(0, note.indexOf('\n'))
    const file = join(this.#folder, `${nameOf(origin)}.fork`)
    if (!existsSync(file)) writeDurably(file, note, 0o644)
  }
}

function openOrNull (note: string, keys: readonly VerifierKey[]): Checkpoint | null {
  try {
    return openCheckpoint(note, keys)
  } catch {
    return null
  }
}

/** Names of logs may hold anything. */
function nameOf (origin: string): string {
  return createHash('sha256').update(origin).digest('hex').slice(0, 32)
}
