/**
 * The hashes of the tree's sealed part, kept when its records are pruned: one file a level, `tree/0` the leaves, `tree/1` the roots
 * over 256 leaves each, `tree/2` over 65,536. Hash i of a level stands at byte 32 * i; 256 of them are a C2SP tile
 * (c2sp.org/tlog-tiles). All of it can be made anew from the records; what is read from it is proven by the signed root.
 */
import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeFolder, syncFolder } from './folder.ts'
import type { Tree } from './proofs.ts'
import { treeFile } from './verify/files.ts'
import { hashBytes, nodeHash, type SeeNode } from './verify/tree.ts'

/** Levels of the tree between two files. */
export const tileHeight = 8
export const tileWidth = 2 ** tileHeight
const tileBytes = tileWidth * hashBytes
const maxCachedTiles = 512

/** Leaf hashes that the files hold. */
export function storedLeaves (folder: string): number {
  const file = treeFile(folder, 0)
  return existsSync(file) ? Math.floor(statSync(file).size / hashBytes) : 0
}

/** Gathers what a growing tree completes, and adds it to the files when a segment is sealed. */
export class TreeKeeper {
  readonly #levels: HashList[] = []
  #stored: number

  /** @param stored leaves that the files hold; what stands behind them there is replaced */
  constructor (stored: number) {
    this.#stored = stored
  }

  readonly see: SeeNode = (height, hash) => {
    if (height % tileHeight === 0) (this.#levels[height / tileHeight] ??= new HashList()).push(hash)
  }

  /** Writes what gathered, up to the tree's first `size` leaves. */
  store (folder: string, size: number): void {
    makeFolder(dirname(treeFile(folder, 0)))
    for (const [level, hashes] of this.#levels.entries()) {
      replaceEnd(treeFile(folder, level), Math.floor(this.#stored / tileWidth ** level), hashes.take())
    }
    this.#stored = size
  }

  /** The tree so far: what the files hold, and what gathered since. */
  tree (folder: string, size: number): Tree {
    const files = new StoredTree(folder, this.#stored, [])
    const subtree = (height: number, index: number): Buffer => {
      const level = height / tileHeight
      if (!Number.isInteger(level)) return nodeHash(subtree(height - 1, 2 * index), subtree(height - 1, 2 * index + 1))
      const stored = Math.floor(this.#stored / tileWidth ** level)
      return index < stored ? files.subtree(height, index) : this.#levels[level]?.at(index - stored) ?? outside(index)
    }
    return { size, subtree }
  }
}

/** Hashes one after another in memory that doubles as they need it. */
class HashList {
  #memory = Buffer.alloc(tileBytes)
  #end = 0

  push (hash: Buffer): void {
    if (this.#end === this.#memory.length) this.#memory = Buffer.concat([this.#memory], 2 * this.#memory.length)
    this.#end += hash.copy(this.#memory, this.#end)
  }

  at (index: number): Buffer | undefined {
    const start = index * hashBytes
    return start < this.#end ? Buffer.from(this.#memory.subarray(start, start + hashBytes)) : undefined
  }

  /** All of them; the list is empty then. */
  take (): Buffer {
    const taken = this.#memory.subarray(0, this.#end)
    this.#memory = Buffer.alloc(tileBytes)
    this.#end = 0
    return taken
  }
}

/** Replaces whatever stands behind the first `count` hashes of a file. Throws where there are fewer. */
function replaceEnd (file: string, count: number, hashes: Buffer): void {
  const fd = openSync(file, existsSync(file) ? 'r+' : 'w+', 0o600)
  try {
    const start = count * hashBytes
    if (statSync(file).size < start) throw new Error(`${file} lacks hashes`)
    ftruncateSync(fd, start)
    if (writeSync(fd, hashes, 0, hashes.length, start) !== hashes.length) throw new Error(`${file} was written in part`)
  } finally {
    closeSync(fd)
  }
}

/** Makes the files durable: before records that they stand for go. */
export function syncTree (folder: string): void {
  for (let level = 0; existsSync(treeFile(folder, level)); level++) {
    const fd = openSync(treeFile(folder, level), 'r+')
    fsyncSync(fd)
    closeSync(fd)
  }
  syncFolder(dirname(treeFile(folder, 0)))
}

/** The tree of a log: what the files hold, and the leaf hashes after those. */
export class StoredTree implements Tree {
  readonly size: number
  readonly #folder: string
  readonly #stored: number
  readonly #later: readonly Buffer[]
  readonly #tiles = new Map<string, Buffer>()

  /** @param stored leaves to take from the files */
  constructor (folder: string, stored: number, later: readonly Buffer[]) {
    this.#folder = folder
    this.#stored = stored
    this.#later = later
    this.size = stored + later.length
  }

  subtree (height: number, index: number): Buffer {
    const level = height / tileHeight
    if (Number.isInteger(level) && (index + 1) * 2 ** height <= this.#stored) return this.#stores(level, index)
    if (height === 0) return this.#later[index - this.#stored] ?? outside(index)
    return nodeHash(this.subtree(height - 1, 2 * index), this.subtree(height - 1, 2 * index + 1))
  }

  #stores (level: number, index: number): Buffer {
    const at = index % tileWidth * hashBytes
    const hash = this.#tile(level, Math.floor(index / tileWidth)).subarray(at, at + hashBytes)
    return hash.length === hashBytes ? hash : outside(index)
  }

  #tile (level: number, number: number): Buffer {
    const name = `${level}/${number}`
    const known = this.#tiles.get(name)
    if (known !== undefined) return known
    const tile = readTile(treeFile(this.#folder, level), number)
    if (this.#tiles.size >= maxCachedTiles) this.#tiles.clear()
    this.#tiles.set(name, tile)
    return tile
  }
}

function outside (index: number): never {
  throw new Error(`the tree files lack the hash ${index}`)
}

/** Up to 256 hashes; fewer where the file ends. */
function readTile (file: string, number: number): Buffer {
  const tile = Buffer.alloc(tileBytes)
  const fd = openSync(file, 'r')
  try {
    return tile.subarray(0, readSync(fd, tile, 0, tileBytes, number * tileBytes))
  } finally {
    closeSync(fd)
  }
}
