/** The Merkle tree of RFC 6962 section 2.1, SHA-256, kept as its frontier and, for proofs, as all leaf hashes. */
import { hash } from 'node:crypto'

export const hashBytes = 32
const leafPrefix = Buffer.from([0])

export function leafHash (leaf: Uint8Array): Buffer {
  return digest(Buffer.concat([leafPrefix, leaf]))
}

/** What a node's hash is taken over: 1, left, right. */
const node = Buffer.alloc(1 + 2 * hashBytes, 1)

function nodeHash (left: Uint8Array, right: Uint8Array): Buffer {
  node.set(left, 1)
  node.set(right, 1 + hashBytes)
  return digest(node)
}

/** By way of a text, which costs half of what a buffer of the hash function's own does. */
function digest (bytes: Uint8Array | ''): Buffer {
  return Buffer.from(hash('sha256', bytes, 'binary'), 'binary')
}

/** An append-only tree that keeps one hash for each complete subtree: memory grows with the logarithm of its size. */
export class Frontier {
  #size = 0
  /** Roots of the complete subtrees, the largest first. */
  readonly #roots: Buffer[] = []

  get size (): number { return this.#size }

  append (hash: Buffer): void {
    let merged = hash
    for (let size = this.#size; size % 2 === 1; size = (size - 1) / 2) {
      merged = nodeHash(this.#roots.pop() ?? merged, merged)
    }
    this.#roots.push(merged)
    this.#size++
  }

  /** The root; that of the empty tree is the hash of nothing. */
  root (): Buffer {
    let root = this.#roots.at(-1)
    if (root === undefined) return digest('')
    for (let at = this.#roots.length - 2; at >= 0; at--) root = nodeHash(this.#roots[at] ?? root, root)
    return root
  }
}

/** The root of a list of leaf hashes, by the recursive definition. */
export function rootOf (hashes: readonly Buffer[]): Buffer {
  const [only] = hashes
  if (only === undefined) return digest('')
  if (hashes.length === 1) return only
  const split = splitOf(hashes.length)
  return nodeHash(rootOf(hashes.slice(0, split)), rootOf(hashes.slice(split)))
}

/** The inclusion path of leaf `index` (RFC 6962 2.1.1), from the leaf up. */
export function inclusionPath (hashes: readonly Buffer[], index: number): Buffer[] {
  if (hashes.length <= 1) return []
  const split = splitOf(hashes.length)
  const left = hashes.slice(0, split)
  const right = hashes.slice(split)
  return index < split
    ? [...inclusionPath(left, index), rootOf(right)]
    : [...inclusionPath(right, index - split), rootOf(left)]
}

/** The root that a leaf and its path give (RFC 9162 2.1.3.2), or null where the path has the wrong length. */
export function rootFromPath (hash: Buffer, index: number, size: number, path: readonly Buffer[]): Buffer | null {
  let node = index
  let last = size - 1
  let root = hash
  if (index < 0 || index >= size) return null
  for (const sibling of path) {
    if (last === 0) return null
    if (node % 2 === 1 || node === last) {
      root = nodeHash(sibling, root)
      while (node % 2 === 0 && node !== 0) {
        node = Math.floor(node / 2)
        last = Math.floor(last / 2)
      }
    } else root = nodeHash(root, sibling)
    node = Math.floor(node / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 ? root : null
}

/** The largest power of two below `size`. */
function splitOf (size: number): number {
  return 2 ** Math.floor(Math.log2(size - 1))
}
