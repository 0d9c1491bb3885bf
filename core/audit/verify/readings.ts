/** Two ways to have a log before one: its own segment files, or C2SP tiles that were exported from it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Chain } from './chain.ts'
import { leafHashes } from './files.ts'
import { withEarlierKeys, type Keyring } from './keyring.ts'
import { openCheckpoint, parseCheckpoint, splitNote, type VerifierKey } from './note.ts'
import { BrokenLog, readLog, type FramePiece } from './reader.ts'
import { restPath, splitBundle, tilePath, tileWidth } from './tiles.ts'
import { hashBytes } from './tree.ts'
import { RecordView } from './view.ts'

export interface Reading {
  /** Records at the beginning whose hashes alone are there. */
  readonly pruned: number
  /** The keys given, and earlier ones that this log's rotations tie to them. */
  readonly keys: readonly VerifierKey[]
  /** Of the pruned records. */
  hashes (): Iterable<Buffer>
  /** Shows all of it to the chain. Throws {@link BrokenLog}. */
  follow (chain: Chain, ring: Keyring): void
}

export function openReading (folder: string, keys: readonly VerifierKey[]): Reading {
  return isExport(folder) ? tileReading(folder, keys) : segmentReading(folder, keys)
}

/** True for a folder that audit export wrote. */
export function isExport (folder: string): boolean {
  return existsSync(join(folder, 'checkpoint'))
}

function segmentReading (folder: string, keys: readonly VerifierKey[]): Reading {
  const first = firstFrame(folder)
  const pruned = first === null ? 0 : firstIndex(first.leaves)
  return {
    pruned,
    keys: first === null || isSigned(first.note, keys) ? keys : withEarlierKeys(folder, keys),
    hashes: () => leafHashes(folder, pruned),
    follow: (chain, ring) => {
      for (const piece of readLog(folder)) if (piece.kind === 'frame') chain.take(piece, note => ring.open(note))
    }
  }
}

/** One checkpoint stands for all records: it is verified when every rotation was seen. */
function tileReading (folder: string, keys: readonly VerifierKey[]): Reading {
  const note = readFileSync(join(folder, 'checkpoint'), 'utf8')
  const size = sizeIn(note, keys)
  const bundles = Math.ceil(size / tileWidth)
  const path = (level: 0 | 'entries', number: number): string => tilePath(level, number, Math.min(tileWidth, size - number * tileWidth))
  const { first, skipped } = firstEntry(folder, bundles, number => path('entries', number))
  const pruned = Math.min(size, first * tileWidth + skipped)
  return {
    pruned,
    keys,
    * hashes () {
      for (let number = 0; number * tileWidth < pruned; number++) yield * hashesIn(folder, path(0, number), pruned - number * tileWidth)
    },
    follow: (chain, ring) => {
      const origin = note.slice(0, note.indexOf('\n'))
      for (let number = first; number < bundles; number++) {
        const file = number === first && skipped > 0 ? restPath(path('entries', number), skipped) : path('entries', number)
        chain.takeLeaves(bundleIn(folder, file), origin, file)
      }
      chain.close(() => ring.open(note), 'checkpoint')
    }
  }
}

/** The first bundle there is, and how many of its entries were pruned. */
function firstEntry (folder: string, bundles: number, path: (number: number) => string): { readonly first: number, readonly skipped: number } {
  for (let number = 0; number < bundles; number++) {
    if (existsSync(join(folder, path(number)))) return { first: number, skipped: 0 }
    const [skipped] = namesIn(join(folder, `${path(number)}.rest`)).map(Number)
    if (skipped !== undefined) return { first: number, skipped }
  }
  return { first: bundles, skipped: 0 }
}

function namesIn (folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}

function sizeIn (note: string, keys: readonly VerifierKey[]): number {
  try {
    return parseCheckpoint(splitNote(note).text, keys).size
  } catch {
    return 0 // told when it is followed
  }
}

/** At most so many of them. */
function * hashesIn (folder: string, path: string, most: number): Generator<Buffer, void> {
  const tile = read(folder, path).subarray(0, most * hashBytes)
  for (let at = 0; at < tile.length; at += hashBytes) yield tile.subarray(at, at + hashBytes)
}

function bundleIn (folder: string, path: string): Buffer[] {
  const bundle = read(folder, path)
  try {
    return splitBundle(bundle)
  } catch (thrown) {
    throw new BrokenLog(thrown instanceof Error ? thrown.message : String(thrown), path)
  }
}

function read (folder: string, path: string): Buffer {
  try {
    return readFileSync(join(folder, path))
  } catch {
    throw new BrokenLog('a tile is missing', path)
  }
}

/** Of the log as it is now; null where it holds none that can be read. */
function firstFrame (folder: string): FramePiece | null {
  try {
    const { value } = readLog(folder).next()
    return value?.kind === 'frame' ? value : null
  } catch {
    return null // told when the log is followed
  }
}

function isSigned (note: string, keys: readonly VerifierKey[]): boolean {
  try {
    openCheckpoint(note, keys)
    return true
  } catch {
    return false
  }
}

function firstIndex ([leaf]: readonly Buffer[]): number {
  try {
    return leaf === undefined ? 0 : new RecordView(leaf).index
  } catch {
    return 0 // told when the log is followed
  }
}
