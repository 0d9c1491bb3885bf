/** Makes evidence of one record: core/audit/verify/evidence.ts verifies it. */
import { inclusionPath } from './proofs.ts'
import { storedLeaves, StoredTree } from './tree-files.ts'
import { proofHeader, type Evidence } from './verify/evidence.ts'
import { parseLeaf } from './verify/leaf.ts'
import { readLog, type FramePiece } from './verify/reader.ts'
import { leafHash } from './verify/tree.ts'

/** Evidence of a decision under the last checkpoint of a log; null where it is not in there. */
export function proveDecision (folder: string, id: string): Evidence | null {
  const stored = storedLeaves(folder)
  const later: Buffer[] = []
  let found: { leaf: Buffer, index: number } | null = null
  let last: FramePiece | null = null
  let size = 0
  for (const piece of readLog(folder)) {
    if (piece.kind === 'tail') break
    if (last === null) size = firstIndex(piece)
    for (const leaf of piece.leaves) {
      if (found === null && isDecision(leaf, id)) found = { leaf, index: size }
      if (size++ >= stored) later.push(leafHash(leaf))
    }
    last = piece
  }
  if (found === null || last === null) return null
  const path = inclusionPath(new StoredTree(folder, size - later.length, later), found.index, size)
  return { record: found.leaf.toString('utf8'), proof: proofText(found.index, path, last.note) }
}

/** Of a frame's first record: not 0 where segments before it were pruned. */
function firstIndex ({ leaves: [leaf] }: FramePiece): number {
  return leaf === undefined ? 0 : parseLeaf(leaf).index
}

/** Most leaves are not the one: only those that name the id are read. */
function isDecision (leaf: Buffer, id: string): boolean {
  if (!leaf.includes(id)) return false
  const { body } = parseLeaf(leaf)
  return body.kind === 'decision' && body.id === id
}

function proofText (index: number, path: readonly Buffer[], note: string): string {
  return [proofHeader, `index ${index}`, ...path.map(hash => hash.toString('base64')), '', note].join('\n')
}
