/** Verifies a log with public keys alone (CONTRACT 6). Nothing the writer says of itself is taken for granted. */
import { Chain } from './chain.ts'
import type { Proven } from './evidence.ts'
import { Keyring } from './keyring.ts'
import { cosignaturesOf, openCheckpoint, type Checkpoint, type VerifierKey } from './note.ts'
import { BrokenLog } from './reader.ts'
import { openReading, type Reading } from './readings.ts'
import { Trail, type Violation } from './trail.ts'
import { Frontier } from './tree.ts'
import type { RecordView } from './view.ts'

export interface Verification {
  /**
   * INTACT-FILE: the file holds together, its tail may be cut. ANCHORED: it also holds all that others were given proof of.
   * WITNESSED: and enough witnesses cosigned a head of it.
   */
  readonly result: 'BROKEN' | 'INTACT-FILE' | 'ANCHORED' | 'WITNESSED'
  /** Records of the log, pruned ones too. */
  readonly size: number
  /** Base64, as checkpoints have it. */
  readonly root: string
  /** Permits without an outcome, oldest first. */
  readonly open: readonly string[]
  readonly violations: readonly Violation[]
  readonly broken: { readonly what: string, readonly where: string } | null
  /** Records at the beginning that are gone by a prune on record: their hashes are verified, their content cannot be. */
  readonly pruned: number
  /** The largest tree that enough witnesses cosigned, and who did. */
  readonly witnessed: { readonly size: number, readonly by: readonly string[] } | null
}

/** What others hold of a log. */
export interface Held {
  /** Evidence, verified before. */
  readonly receipts?: readonly Proven[]
  /** Notes with cosignatures. */
  readonly cosigned?: readonly string[]
  readonly witnesses?: readonly VerifierKey[]
  /** How many of the witnesses must have cosigned the same head. */
  readonly quorum?: number
}

/**
 * @param folder a log's own, live or a copy, or tiles that were exported
 * @param keys those that may have signed checkpoints; rotations in the log are followed from any of them
 */
export function verifyLog (folder: string, keys: readonly VerifierKey[], held: Held = {}): Verification {
  const { receipts = [] } = held
  const heads = witnessedHeads(keys, held)
  const anchors = new Anchors(receipts, heads.map(({ checkpoint }) => checkpoint))
  const verifier = new Verifier(folder, keys, anchors, heads)
  const broken = findBreak(() => { verifier.follow() })
  const head = heads.at(-1) ?? null
  const result = head !== null ? 'WITNESSED' : receipts.length > 0 ? 'ANCHORED' : 'INTACT-FILE'
  return {
    result: broken === null ? result : 'BROKEN',
    size: verifier.frontier.size,
    root: verifier.frontier.root().toString('base64'),
    open: verifier.trail.open,
    violations: verifier.trail.violations,
    broken,
    pruned: verifier.pruned,
    witnessed: head === null ? null : { size: head.checkpoint.size, by: head.by }
  }
}

interface Head {
  readonly checkpoint: Checkpoint
  readonly by: readonly string[]
  /** When the first and the last of them cosigned it, microseconds since the epoch. */
  readonly firstUs: number
  readonly lastUs: number
}

/** The heads that enough witnesses cosigned, the largest last. Throws for a note that the log itself did not sign. */
function witnessedHeads (keys: readonly VerifierKey[], { cosigned = [], witnesses = [], quorum = 1 }: Held): Head[] {
  const heads = cosigned.map(note => {
    const cosignatures = cosignaturesOf(note, witnesses)
    const times = cosignatures.map(({ seconds }) => seconds * 1_000_000)
    return { checkpoint: openCheckpoint(note, keys), by: cosignatures.map(({ name }) => name), firstUs: Math.min(...times), lastUs: Math.max(...times) }
  })
  return heads.filter(({ by }) => by.length >= quorum).sort((left, right) => left.checkpoint.size - right.checkpoint.size)
}

/** Clocks of the log and its witnesses may differ by so much, and a head may wait so long for them. */
const clockSlackUs = 60_000_000

class Verifier {
  readonly trail: Trail
  /** Records at the beginning whose hashes alone are left. */
  readonly pruned: number
  readonly frontier: Frontier
  readonly #reading: Reading
  readonly #ring: Keyring
  readonly #anchors: Anchors
  readonly #chain: Chain
  readonly #heads: readonly Head[]
  #prunedByRecord = 0

  constructor (folder: string, keys: readonly VerifierKey[], anchors: Anchors, heads: readonly Head[]) {
    this.#heads = heads
    this.#reading = openReading(folder, keys)
    this.#anchors = anchors
    this.#ring = new Keyring(this.#reading.keys)
    this.pruned = this.#reading.pruned
    this.frontier = new Frontier()
    this.trail = new Trail(this.pruned)
    this.#chain = new Chain((record, hash) => { this.#see(record, hash) }, this.frontier)
  }

  /** Throws {@link BrokenLog} where the log does not hold together, or lacks what others hold proof of. */
  follow (): void {
    for (const hash of this.#reading.hashes()) this.#place(hash)
    this.#reading.follow(this.#chain, this.#ring)
    if (this.pruned > this.#prunedByRecord) throw new BrokenLog('records are missing, and no record says that they were pruned', `records 0 to ${this.pruned - 1}`)
    this.#anchors.requireAll()
  }

  #see (record: RecordView, hash: Buffer): void {
    if (!this.#ring.holds(record)) throw new Error(`the signature of record ${record.index} does not stand`)
    this.#ring.see(record)
    this.trail.see(record, hash)
    for (const head of this.#heads) this.#compareTimes(record, head)
    this.#anchors.see(record.index, hash, this.frontier)
    if (record.kind === 'system' && record.field('event') === 'prune') this.#prunedByRecord = Number(record.field('before_index'))
  }

  /** What a head covers is no younger than its cosignatures, what follows it no older: whatever the log's own clock says. */
  #compareTimes ({ index, timeUs }: RecordView, { checkpoint, firstUs, lastUs }: Head): void {
    if (index < checkpoint.size && timeUs > firstUs + clockSlackUs) this.trail.violations.push({ what: 'the record is dated after witnesses had cosigned it', index })
    if (index >= checkpoint.size && timeUs < lastUs - clockSlackUs) this.trail.violations.push({ what: 'the record is dated before witnesses had cosigned those before it', index })
  }

  #place (hash: Buffer): void {
    const index = this.frontier.size
    this.frontier.append(hash)
    this.#anchors.see(index, hash, this.frontier)
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
  readonly #roots = new Map<number, Checkpoint[]>()

  constructor (receipts: readonly Proven[], heads: readonly Checkpoint[]) {
    for (const proven of receipts) put(this.#records, proven.record.index, proven)
    for (const checkpoint of [...receipts.map(proven => proven.checkpoint), ...heads]) put(this.#roots, checkpoint.size, checkpoint)
  }

  see (index: number, hash: Buffer, frontier: Frontier): void {
    for (const proven of this.#records.get(index) ?? []) if (!proven.hash.equals(hash)) throw missingRecord(proven)
    this.#records.delete(index)
    for (const head of this.#roots.get(frontier.size) ?? []) if (!head.root.equals(frontier.root())) throw missingHead(head)
    this.#roots.delete(frontier.size)
  }

  requireAll (): void {
    for (const [proven] of this.#records.values()) if (proven !== undefined) throw missingRecord(proven)
    for (const [head] of this.#roots.values()) if (head !== undefined && head.size > 0) throw missingHead(head)
  }
}

function put<T> (map: Map<number, T[]>, at: number, value: T): void {
  map.set(at, [...map.get(at) ?? [], value])
}

function missingRecord ({ record, checkpoint }: Proven): BrokenLog {
  return new BrokenLog('a record that was proven earlier is not in this log', `record ${record.index} of a tree of ${checkpoint.size}`)
}

function missingHead ({ size }: Checkpoint): BrokenLog {
  return new BrokenLog('a head that others hold, signed by this log, is not that of this log', `a tree of ${size}`)
}
