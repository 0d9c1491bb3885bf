/** The Merkle tree of RFC 6962 section 2.1, SHA-256: its hashes, and a tree that only grows, kept as its frontier. */
import { hash } from 'node:crypto'

export const hashBytes = 32
/** What a leaf's hash is taken over: 0, the leaf. Larger than any record. */
const prefixed = Buffer.alloc(64 * 1024)

export function leafHash (leaf: Uint8Array): Buffer {
  if (leaf.length >= prefixed.length) return digest(Buffer.concat([prefixed.subarray(0, 1), leaf]))
  prefixed.set(leaf, 1)
  return digest(prefixed.subarray(0, leaf.length + 1))
}

/** What a node's hash is taken over: 1, left, right. */
const node = Buffer.alloc(1 + 2 * hashBytes, 1)

export function nodeHash (left: Uint8Array, right: Uint8Array): Buffer {
  node.set(left, 1)
  node.set(right, 1 + hashBytes)
  return digest(node)
}

/** The root of the empty tree. */
export function emptyRoot (): Buffer {
  return digest('')
}

/** By way of a text, which costs half of what a buffer of the hash function's own does. */
function digest (bytes: Uint8Array | ''): Buffer {
  return Buffer.from(hash('sha256', bytes, 'binary'), 'binary')
}

/** Is told each node as it becomes complete; height 0 is a leaf. */
export type SeeNode = (height: number, hash: Buffer) => void

/** An append-only tree that keeps one hash for each complete subtree: memory grows with the logarithm of its size. */
export class Frontier {
  #size: number
  /** Roots of the complete subtrees, the largest first. */
  readonly #roots: Buffer[]
  readonly #see: SeeNode | null

  /** @param from size and roots of a tree to go on from, as {@link roots} has them */
  constructor (see: SeeNode | null = null, from: { readonly size: number, readonly roots: readonly Buffer[] } = { size: 0, roots: [] }) {
    this.#see = see
    this.#size = from.size
    this.#roots = [...from.roots]
  }

  get size (): number { return this.#size }

  get roots (): readonly Buffer[] { return this.#roots }

  append (hash: Buffer): void {
    let merged = hash
    let height = 0
    this.#see?.(height, merged)
    for (let size = this.#size; size % 2 === 1; size = (size - 1) / 2) {
      merged = nodeHash(this.#roots.pop() ?? merged, merged)
      this.#see?.(++height, merged)
    }
    this.#roots.push(merged)
    this.#size++
  }

  root (): Buffer {
    return foldRoots(this.#roots)
  }
}

/** The root over complete subtrees, the largest first. */
export function foldRoots (roots: readonly Buffer[]): Buffer {
  let root = roots.at(-1) ?? emptyRoot()
  for (let at = roots.length - 2; at >= 0; at--) root = nodeHash(roots[at] ?? root, root)
  return root
}
