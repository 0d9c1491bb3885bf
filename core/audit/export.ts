/**
 * Writes a log as C2SP tiles (c2sp.org/tlog-tiles), for tools that are not ours. A later export into the same folder adds what is new:
 * whole tiles never change, and the checkpoint comes last, so that whoever reads beside it finds all that it covers.
 */
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { leafHashes } from './verify/files.ts'
import { joinBundle, restPath, tilePath, tileWidth } from './verify/tiles.ts'
import { readLog } from './verify/reader.ts'
import { Frontier, leafHash } from './verify/tree.ts'
import { RecordView } from './verify/view.ts'

export interface Exported {
  /** Records of the tree. */
  readonly size: number
  /** Files written; what was there already is not written again. */
  readonly files: number
  /** Records at the beginning that were pruned: their hashes alone are exported. */
  readonly pruned: number
}

/** Throws where the log cannot be read, or is empty. */
export function exportTiles (folder: string, target: string): Exported {
  const tiles = new TileWriter(target)
  let note: string | null = null
  let pruned = 0
  for (const piece of readLog(folder)) {
    if (piece.kind === 'tail') break
    if (note === null) {
      pruned = firstIndex(piece.leaves)
      for (const hash of leafHashes(folder, pruned)) tiles.add(hash, null)
      if (tiles.size !== pruned) throw new Error('the hashes of pruned records are gone')
    }
    for (const leaf of piece.leaves) tiles.add(leafHash(leaf), leaf)
    note = piece.note
  }
  if (note === null) throw new Error('the log is empty')
  tiles.finish(note)
  return { size: tiles.size, files: tiles.files, pruned }
}

function firstIndex ([leaf]: readonly Buffer[]): number {
  return leaf === undefined ? 0 : new RecordView(leaf).index
}

const tileHeight = Math.log2(tileWidth)

class TileWriter {
  readonly #target: string
  /** Hashes of the tile under way, for each level. */
  readonly #levels: Buffer[][] = []
  /** Tiles completed, for each level. */
  readonly #whole: number[] = []
  readonly #frontier = new Frontier((height, hash) => { if (height % tileHeight === 0) this.#see(height / tileHeight, hash) })
  /** Entries of the bundle under way; null stands for one that was pruned. */
  #entries: Array<Buffer | null> = []
  files = 0

  constructor (target: string) {
    this.#target = target
  }

  get size (): number { return this.#frontier.size }

  add (hash: Buffer, entry: Buffer | null): void {
    this.#frontier.append(hash)
    this.#entries.push(entry)
    if (this.#entries.length === tileWidth) this.#writeEntries(this.size / tileWidth - 1)
  }

  /** What is not whole is written as partial tiles, then the checkpoint. */
  finish (note: string): void {
    if (this.#entries.length > 0) this.#writeEntries(Math.floor(this.size / tileWidth))
    for (const [level, hashes] of this.#levels.entries()) this.#write(tilePath(level, this.#whole[level] ?? 0, hashes.length), hashes)
    const draft = join(this.#target, 'checkpoint.draft')
    writeFileSync(draft, note)
    renameSync(draft, join(this.#target, 'checkpoint'))
  }

  #see (level: number, hash: Buffer): void {
    const hashes = this.#levels[level] ??= []
    hashes.push(hash)
    if (hashes.length < tileWidth) return
    const number = this.#whole[level] ?? 0
    this.#write(tilePath(level, number), hashes)
    this.#whole[level] = number + 1
    this.#levels[level] = []
  }

  /** A bundle of pruned entries is left out (c2sp.org/tlog-tiles, pruning); where some of it is left, that stands beside its place. */
  #writeEntries (number: number): void {
    const entries = this.#entries
    this.#entries = []
    const present = entries.filter(entry => entry !== null)
    if (present.length === 0) return
    const path = tilePath('entries', number, entries.length)
    this.#write(present.length === entries.length ? path : restPath(path, entries.length - present.length), [joinBundle(present)])
  }

  #write (path: string, parts: readonly Buffer[]): void {
    const file = join(this.#target, path)
    if (parts.length === 0 || existsSync(file)) return
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, Buffer.concat(parts))
    this.files++
  }
}
