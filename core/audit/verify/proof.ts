/** Proofs over a tree, verified from hashes alone (RFC 9162 section 2.1). */
import { emptyRoot, nodeHash } from './tree.ts'

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
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)]
    } else root = nodeHash(root, sibling)
    node = half(node)
    last = half(last)
  }
  return last === 0 ? root : null
}

/** True where a proof shows that the tree of `second` leaves begins with the one of `first` (RFC 9162 2.1.4.2). */
export function isConsistent (first: number, firstRoot: Buffer, second: number, secondRoot: Buffer, path: readonly Buffer[]): boolean {
  if (first > second) return false
  if (first === second) return path.length === 0 && firstRoot.equals(secondRoot)
  if (first === 0) return path.length === 0 && firstRoot.equals(emptyRoot())
  const [start, ...rest] = Number.isInteger(Math.log2(first)) ? [firstRoot, ...path] : path
  if (start === undefined) return false
  let [node, last] = [first - 1, second - 1]
  while (node % 2 === 1) [node, last] = [half(node), half(last)]
  let [left, right] = [start, start]
  for (const hash of rest) {
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      left = nodeHash(hash, left)
      right = nodeHash(hash, right)
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)]
    } else right = nodeHash(right, hash)
    node = half(node)
    last = half(last)
  }
  return last === 0 && left.equals(firstRoot) && right.equals(secondRoot)
}

function half (count: number): number {
  return Math.floor(count / 2)
}
