/**
 * Opens a log for writing: proves its end whole, and cuts off what a write under way left behind. It begins at the newest seal that
 * the log itself confirms, so that a start takes no longer the longer the log is; `audit verify` reads all.
 */
import { Chain } from './verify/chain.ts'
import { Disk } from './disk.ts'
import { factsOf } from './facts.ts'
import { listSeals, listSegments, recordsFolder } from './verify/files.ts'
import { makeFolder } from './folder.ts'
import { encodeFrame } from './frame.ts'
import { bodyOf } from './leaf.ts'
import { Ledger } from './ledger.ts'
import { Links } from './links.ts'
import { openCheckpoint, parseCheckpoint, parseVerifier } from './verify/note.ts'
import { verifierText, type SigningKey } from './note.ts'
import { Floors, type Floor } from './floor.ts'
import { settleRotation } from './keys.ts'
import { BrokenLog, readLog, type FramePiece, type TailPiece } from './verify/reader.ts'
import { readSeal, sealOf, writeSeal, type Seal } from './seal.ts'
import { Store } from './store.ts'
import { Frontier } from './verify/tree.ts'
import { RecordView } from './verify/view.ts'
import { storedLeaves, TreeKeeper } from './tree-files.ts'

export interface OpenedLog {
  readonly ledger: Ledger
  readonly links: Links
  /** Microseconds that a raw synchronous write takes here. */
  readonly writeUs: number
}

export interface OpenOptions {
  /** The gateway's process. */
  readonly boot: string
  readonly floors?: readonly Floor[]
  readonly signsRecords?: boolean
}

interface Found {
  readonly chain: Chain
  readonly keeper: TreeKeeper
  readonly links: Links
  readonly last: FramePiece | null
  readonly tail: TailPiece
}

/** Throws {@link BrokenLog} for a log that does not hold together: nothing may be added to one. */
export function openForWriting (folder: string, held: SigningKey, { boot, floors = [], signsRecords = false }: OpenOptions): OpenedLog {
  makeFolder(recordsFolder(folder))
  const disk = Disk.open(folder)
  const { chain, keeper, links, last, tail } = find({ folder, key: held, disk, floors: new Floors(floors) })
  const key = settleRotation(folder, held, last?.note ?? null)
  const store = Store.open(folder, disk, tail, tail.tornBytes)
  // After a failed write a frame may be seen that is not durable: the last one is written again before it is built upon.
  if (last !== null && last.segment === tail.segment) store.confirm(encodeFrame(last.leaves, last.note))
  const ledger = new Ledger({ folder, key, frontier: chain.frontier, keeper, links, store, timeUs: chain.timeUs, boot, signsRecords })
  if (tail.tornBytes > 0) ledger.addOwn({ kind: 'system', event: 'recover', dropped_bytes: tail.tornBytes, size: chain.frontier.size })
  return { ledger, links, writeUs: disk.writeUs }
}

interface Source {
  readonly folder: string
  readonly key: SigningKey
  readonly disk: Disk
  readonly floors: Floors
}

/** From the newest seal that the next segment confirms; without one, from the beginning. */
function find (source: Source): Found {
  const { folder } = source
  for (const segment of listSeals(folder).reverse()) {
    const read = readSeal(folder, segment)
    const usable = read !== null && storedLeaves(folder) >= read.seal.size
    const found = usable ? new Follower(source, read.seal).follow(read.state) : null
    if (found !== null) return found
  }
  const [first = 0] = listSegments(folder)
  if (first !== 0) throw new BrokenLog('the log\'s first segments are gone, and no seal vouches for what they held', recordsFolder(folder))
  return new Follower(source, null).follow(null) ?? nothing()
}

function nothing (): never {
  throw new Error('a log that is read from its beginning has an end')
}

const beginning: Seal = { boot: '', held: false, open: [], roots: [], segment: -1, size: 0, time_us: 0 }

/** Follows the log from one state to its end. */
class Follower {
  readonly #source: Source
  readonly #from: Seal
  readonly #keeper: TreeKeeper
  readonly #links = new Links()
  readonly #chain: Chain
  #boot: string

  constructor (source: Source, seal: Seal | null) {
    this.#source = source
    this.#from = seal ?? beginning
    const { boot, open, roots, size, time_us: timeUs } = this.#from
    this.#boot = boot
    for (const [id, decision] of open) this.#links.open.set(id, decision)
    this.#links.held = this.#from.held
    this.#keeper = new TreeKeeper(size)
    const frontier = new Frontier(this.#keeper.see, { size, roots: roots.map(root => Buffer.from(root, 'hex')) })
    this.#chain = new Chain((record, hash) => { this.#see(record, hash) }, frontier, timeUs)
  }

  /** @param state digest of the seal that the first record must confirm; null is answered where it does not */
  follow (state: string | null): Found | null {
    const { folder, key, disk, floors } = this.#source
    let last: FramePiece | null = null
    for (const piece of readLog(folder, file => disk.read(file), { segment: this.#from.segment + 1, offset: 0 })) {
      if (last === null && state !== null && !confirms(piece, state)) return null
      if (piece.kind === 'tail') return this.#end(last, piece)
      if (last !== null && piece.segment !== last.segment) this.#seal(last.segment)
      this.#chain.take(piece, note => parseCheckpoint(note, [key]))
      floors.see(this.#chain.frontier)
      last = piece
    }
    return null
  }

  #see (record: RecordView, hash: Buffer): void {
    if (record.kind === 'system' && record.field('event') === 'start') this.#boot = String(record.field('boot'))
    const facts = factsOf(bodyOf(record.leaf))
    if (facts !== null) this.#links.recorded(facts, record.index, hash.toString('hex'), this.#boot)
  }

  /** A segment that was sealed before is sealed anew: its seal or its hashes were lost. */
  #seal (segment: number): void {
    const { frontier, timeUs } = this.#chain
    this.#keeper.store(this.#source.folder, frontier.size)
    writeSeal(this.#source.folder, sealOf(segment, frontier, this.#links, timeUs, this.#boot))
  }

  /** The last checkpoint covers all records: its signature stands for those before. */
  #end (last: FramePiece | null, tail: TailPiece): Found {
    if (last !== null) openCheckpoint(last.note, [parseVerifier(verifierText(this.#source.key))])
    this.#source.floors.require(this.#chain.frontier)
    return { chain: this.#chain, keeper: this.#keeper, links: this.#links, last, tail }
  }
}

/** True where a segment begins with the record of the seal before it. */
function confirms (piece: FramePiece | TailPiece, state: string): boolean {
  const [leaf] = piece.kind === 'frame' ? piece.leaves : []
  if (leaf === undefined) return false
  const record = new RecordView(leaf)
  return record.kind === 'system' && record.field('event') === 'seal' && record.field('state') === state
}
