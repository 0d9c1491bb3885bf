/** Verifies a log with public keys alone (CONTRACT 6). Nothing the writer says of itself is taken for granted. */
import { Chain } from './chain.ts'
import { missingEvidence, type Proven } from './evidence.ts'
import { openCheckpoint, type VerifierKey } from './note.ts'
import { BrokenLog, readLog } from './reader.ts'
import { Trail, type Violation } from './trail.ts'

export interface Verification {
  /** INTACT-FILE: the file holds together, its tail may be cut. ANCHORED: it also holds all that others were given proof of. */
  readonly result: 'BROKEN' | 'INTACT-FILE' | 'ANCHORED'
  /** Records verified. */
  readonly size: number
  /** Base64, as checkpoints have it. */
  readonly root: string
  /** Permits without an outcome, oldest first. */
  readonly open: readonly string[]
  readonly violations: readonly Violation[]
  readonly broken: { readonly what: string, readonly where: string } | null
}

/**
 * @param keys one of them must have signed each checkpoint
 * @param receipts evidence that others hold of this log, verified before
 */
export function verifyLog (folder: string, keys: readonly VerifierKey[], receipts: readonly Proven[] = []): Verification {
  const trail = new Trail()
  const anchors = new Anchors(receipts)
  const chain: Chain = new Chain((record, hash) => {
    trail.see(record, hash)
    anchors.see(record.index, hash, chain)
  })
  const broken = findBreak(() => {
    for (const piece of readLog(folder)) if (piece.kind === 'frame') chain.take(piece, note => openCheckpoint(note, keys))
    anchors.requireAll()
  })
  return {
    result: broken !== null ? 'BROKEN' : receipts.length > 0 ? 'ANCHORED' : 'INTACT-FILE',
    size: chain.frontier.size,
    root: chain.frontier.root().toString('base64'),
    open: trail.open,
    violations: trail.violations,
    broken
  }
}

function findBreak (follow: () => void): Verification['broken'] {
  try {
    follow()
    return null
  } catch (thrown) {
    if (thrown instanceof BrokenLog) return { what: thrown.what, where: thrown.where }
    throw thrown
  }
}

/** What others were given proof of must be in the log: each record in its place, each signed root at its size. */
class Anchors {
  readonly #records = new Map<number, Proven[]>()
  readonly #roots = new Map<number, Proven[]>()

  constructor (receipts: readonly Proven[]) {
    for (const proven of receipts) {
      put(this.#records, proven.record.index, proven)
      put(this.#roots, proven.checkpoint.size, proven)
    }
  }

  see (index: number, hash: Buffer, { frontier }: Chain): void {
    settle(this.#records, index, proven => proven.hash.equals(hash))
    settle(this.#roots, frontier.size, proven => proven.checkpoint.root.equals(frontier.root()))
  }

  requireAll (): void {
    for (const [proven] of [...this.#records.values(), ...this.#roots.values()]) if (proven !== undefined) throw missingEvidence(proven)
  }
}

function put (map: Map<number, Proven[]>, at: number, proven: Proven): void {
  map.set(at, [...map.get(at) ?? [], proven])
}

function settle (map: Map<number, Proven[]>, at: number, holds: (proven: Proven) => boolean): void {
  const failed = map.get(at)?.find(proven => !holds(proven))
  if (failed !== undefined) throw missingEvidence(failed)
  map.delete(at)
}
