/** Follows a log frame by frame: every index, every record's form, every checkpoint's root. What recovery and verification share. */
import type { Checkpoint } from './note.ts'
import { BrokenLog, describePlace, type FramePiece } from './reader.ts'
import { Frontier, leafHash } from './tree.ts'
import { RecordView } from './view.ts'

export type SeeRecord = (record: RecordView, hash: Buffer) => void

export class Chain {
  readonly frontier: Frontier
  readonly #see: SeeRecord
  #timeUs: number

  /**
   * @param see is shown every record in order, once its place and form are found right
   * @param frontier the tree before the first frame
   * @param timeUs time of its last record
   */
  constructor (see: SeeRecord, frontier = new Frontier(), timeUs = 0) {
    this.#see = see
    this.frontier = frontier
    this.#timeUs = timeUs
  }

  /** Time of the last record. */
  get timeUs (): number { return this.#timeUs }

  /** Throws {@link BrokenLog} where the frame does not go on from what came before. */
  take (frame: FramePiece, openNote: (note: string) => Checkpoint): void {
    const where = describePlace(frame)
    const checkpoint = orBroken(where, () => openNote(frame.note))
    this.takeLeaves(frame.leaves, checkpoint.origin, where)
    this.close(() => checkpoint, where)
  }

  /** Leaves that stand at one place, of the log of that name. */
  takeLeaves (leaves: readonly Buffer[], origin: string, where: string): void {
    for (const leaf of leaves) this.#takeLeaf(leaf, origin, where)
  }

  /** A checkpoint must cover what came before, and no more. */
  close (open: () => Checkpoint, where: string): void {
    const { size, root } = orBroken(where, open)
    const stands = size === this.frontier.size && root.equals(this.frontier.root())
    if (!stands) throw new BrokenLog('the checkpoint does not cover the records before it', where)
  }

  #takeLeaf (leaf: Buffer, origin: string, where: string): void {
    const record = orBroken(where, () => new RecordView(leaf))
    const wrong = this.#wrongWith(record, origin)
    if (wrong !== null) throw new BrokenLog(wrong, `record ${record.index}, ${where}`)
    this.#timeUs = record.timeUs
    const hash = leafHash(leaf)
    this.frontier.append(hash)
    orBroken(where, () => { this.#see(record, hash) })
  }

  #wrongWith (record: RecordView, origin: string): string | null {
    if (record.index !== this.frontier.size) return `record ${this.frontier.size} is missing or moved`
    if (record.log !== origin) return 'the record belongs to another log'
    return record.timeUs < this.#timeUs ? 'the record\'s time goes back' : null
  }
}

function orBroken<T> (where: string, read: () => T): T {
  try {
    return read()
  } catch (thrown) {
    if (thrown instanceof BrokenLog) throw thrown
    throw new BrokenLog(thrown instanceof Error ? thrown.message : String(thrown), where)
  }
}
