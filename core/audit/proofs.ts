/** Makes proofs over a tree from its complete subtrees (RFC 6962 section 2.1). */
import { emptyRoot, nodeHash } from './verify/tree.ts'

/** Any tree whose complete subtrees can be had. */
export interface Tree {
  readonly size: number
  /** The root of the subtree over leaves [index * 2^height, (index + 1) * 2^height), all of them in the tree. */
  subtree (height: number, index: number): Buffer
}

/** A tree given by all of its leaf hashes. */
export function treeOf (hashes: readonly Buffer[]): Tree {
  const subtree = (height: number, index: number): Buffer => height === 0
    ? hashes[index] ?? outside(index)
    : nodeHash(subtree(height - 1, 2 * index), subtree(height - 1, 2 * index + 1))
  return { size: hashes.length, subtree }
}

function outside (index: number): never {
  throw new RangeError(`leaf ${index} is not in the tree`)
}

/** The root of the tree's first `size` leaves. */
export function rootAt (tree: Tree, size: number): Buffer {
  return size === 0 ? emptyRoot() : range(tree, 0, size)
}

/** The roots of the complete subtrees of the first `size` leaves, the largest first. */
export function rootsAt (tree: Tree, size: number): Buffer[] {
  const roots: Buffer[] = []
  let start = 0
  for (let left = size; left > 0;) {
    const height = Math.floor(Math.log2(left))
    roots.push(tree.subtree(height, start / 2 ** height))
    start += 2 ** height
    left -= 2 ** height
  }
  return roots
}

/** The hash over `count` leaves from an aligned `start` on. */
function range (tree: Tree, start: number, count: number): Buffer {
  const height = Math.log2(count)
  if (Number.isInteger(height) && start % count === 0) return tree.subtree(height, start / count)
  const split = splitOf(count)
  return nodeHash(range(tree, start, split), range(tree, start + split, count - split))
}

/** The inclusion path of leaf `index` in the first `size` leaves (RFC 6962 2.1.1), from the leaf up. */
export function inclusionPath (tree: Tree, index: number, size: number): Buffer[] {
  const path: Buffer[] = []
  let [start, count] = [0, size]
  while (count > 1) {
    const split = splitOf(count)
    const isLeft = index < start + split
    path.push(isLeft ? range(tree, start + split, count - split) : range(tree, start, split))
    if (!isLeft) start += split
    count = isLeft ? split : count - split
  }
  return path.reverse()
}

/** The consistency proof between the first `first` and the first `second` leaves (RFC 6962 2.1.2). */
export function consistencyPath (tree: Tree, first: number, second: number): Buffer[] {
  return first === 0 || first === second ? [] : subproof(tree, first, 0, second, true)
}

function subproof (tree: Tree, first: number, start: number, count: number, isWhole: boolean): Buffer[] {
  if (first === count) return isWhole ? [] : [range(tree, start, count)]
  const split = splitOf(count)
  return first <= split
    ? [...subproof(tree, first, start, split, isWhole), range(tree, start + split, count - split)]
    : [...subproof(tree, first - split, start + split, count - split, false), range(tree, start, split)]
}

/** The largest power of two below `count`. */
function splitOf (count: number): number {
  return 2 ** Math.floor(Math.log2(count - 1))
}
