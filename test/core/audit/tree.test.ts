import { createHash } from 'node:crypto'
import t from 'tap'
import fc from 'fast-check'
import { holds } from './parts.ts'
import { consistencyPath, inclusionPath, rootAt, rootsAt, treeOf } from '../../../core/audit/proofs.ts'
import { isConsistent, rootFromPath } from '../../../core/audit/verify/proof.ts'
import { Frontier, leafHash } from '../../../core/audit/verify/tree.ts'

/** The inputs of the reference trees that Certificate Transparency implementations are tested with. */
const inputs = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(hex => leafHash(Buffer.from(hex, 'hex')))

function hashes (count: number): Buffer[] {
  return Array.from({ length: count }, (_, index) => leafHash(Buffer.from(`leaf ${index}`)))
}

t.test('the roots of the well-known trees of one and eight leaves', async t => {
  t.equal(rootOf(inputs.slice(0, 1)).toString('hex'), '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d')
  t.equal(rootOf(inputs).toString('hex'), '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328')
})

t.test('the root of the empty tree is the hash of nothing', async t => {
  t.same(new Frontier().root(), createHash('sha256').digest())
  t.same(rootOf([]), createHash('sha256').digest())
})

t.test('the frontier has the root of the definition, at every size', async t => {
  const all = hashes(300)
  const frontier = new Frontier()
  for (const [index, hash] of all.entries()) {
    frontier.append(hash)
    if (!frontier.root().equals(rootOf(all.slice(0, index + 1)))) t.fail(`the roots differ at ${index + 1}`)
  }
  t.equal(frontier.size, 300)
})

/** The root by the recursive definition of RFC 6962 2.1, word for word. */
function rootOf (all: readonly Buffer[]): Buffer {
  const [only] = all
  if (only === undefined) return createHash('sha256').digest()
  if (all.length === 1) return only
  let split = 1
  while (2 * split < all.length) split *= 2
  return createHash('sha256').update(Buffer.from([1])).update(rootOf(all.slice(0, split))).update(rootOf(all.slice(split))).digest()
}

const place = fc.integer({ min: 1, max: 200 }).chain(size => fc.tuple(fc.constant(size), fc.integer({ min: 0, max: size - 1 })))

t.test('an inclusion path leads from its leaf to the root', async t => {
  holds(t, fc.property(place, ([size, index]) => {
    const all = hashes(size)
    const leaf = all[index] ?? Buffer.alloc(0)
    return rootFromPath(leaf, index, size, inclusionPath(treeOf(all), index, size))?.equals(rootOf(all)) === true
  }))
})

t.test('a path with any change, for another place or size, does not', async t => {
  holds(t, fc.property(place, fc.nat(), fc.nat(255), ([size, index], where, change) => {
    const all = hashes(size)
    const leaf = all[index] ?? Buffer.alloc(0)
    const path = inclusionPath(treeOf(all), index, size)
    const leads = (hash: Buffer, at: number, of: number, by: readonly Buffer[]): boolean => rootFromPath(hash, at, of, by)?.equals(rootOf(all)) === true
    const changed = path.map((hash, position) => position === where % path.length ? flip(hash, change) : hash)
    return !leads(flip(leaf, change), index, size, path) && (path.length === 0 || !leads(leaf, index, size, changed)) &&
      !leads(leaf, index, size, [...path, leaf]) && !leads(leaf, index, size, path.slice(1).concat(path.length === 0 ? [leaf] : [])) && !leads(leaf, index + size, size, path)
  }))
})

function flip (hash: Buffer, change: number): Buffer {
  const other = Buffer.from(hash)
  other[change % 32] = (other[change % 32] ?? 0) ^ (1 + change % 255)
  return other
}

t.test('a tree is consistent with each of its beginnings, and with nothing else', async t => {
  const all = hashes(70)
  const tree = treeOf(all)
  for (let second = 0; second <= all.length; second++) {
    const root = rootOf(all.slice(0, second))
    if (!rootAt(tree, second).equals(root)) t.fail(`the root at ${second}`)
    if (!new Frontier(null, { size: second, roots: rootsAt(tree, second) }).root().equals(root)) t.fail(`the complete subtrees at ${second}`)
    for (let first = 0; first <= second; first++) {
      const path = consistencyPath(tree, first, second)
      const shows = (from: Buffer, to: Buffer, by: readonly Buffer[]): boolean => isConsistent(first, from, second, to, by)
      const before = rootOf(all.slice(0, first))
      if (!shows(before, root, path)) t.fail(`${first} of ${second}`)
      if (first === 0) continue // every tree begins with the empty one
      if (shows(flip(before, first), root, path) || shows(before, flip(root, second), path)) t.fail(`another root: ${first} of ${second}`)
      if (shows(before, root, [...path, root]) || (path.length > 0 && shows(before, root, path.slice(1)))) t.fail(`another path: ${first} of ${second}`)
      if (path.some((hash, at) => shows(before, root, path.with(at, flip(hash, at))))) t.fail(`a changed path: ${first} of ${second}`)
    }
  }
  t.ok(isConsistent(0, rootOf([]), 9, rootOf(all.slice(0, 9)), []))
  t.notOk(isConsistent(9, rootOf(all.slice(0, 9)), 8, rootOf(all.slice(0, 8)), []))
})
