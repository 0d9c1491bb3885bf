/** Values that are cut in two and sent in pieces: by the parts of one message, or by messages that follow each other. */
import type { Leaf } from '../../../core/pipeline/plugin.ts'

/** So much of the end of one leaf and of the beginning of the next is read as one text, in UTF-16 units. */
const reach = 128

/** What is left out of a long leaf: no value goes on across it. */
const gap = '\u0001\n\u0001'

/** A part of a joined text: where in it the leaf's text from `offset` on stands. */
interface Piece { readonly leaf: number, readonly at: number, readonly offset: number, readonly length: number }

export interface Joint {
  readonly text: string
  readonly path: readonly string[]
  readonly pieces: readonly Piece[]
}

/** A span of one leaf. */
export interface LeafSpan { readonly leaf: number, readonly start: number, readonly end: number }

const canBePartOfValue = /[\d@]/

/** Texts joined from leaves that follow each other: those whose paths differ by indexes alone, of one role. */
export function jointsOf (leaves: readonly Leaf[]): Joint[] {
  const candidates = candidatesIn(leaves)
  if (candidates.length === 0) return []
  const roles = rolesIn(leaves)
  return candidates.flatMap(candidate => groupBy(candidate, index => chainOf(leaves[index]?.path ?? [], roles)))
    .filter(({ length }) => length > 1).flatMap(chain => [chain, ...pairsOf(chain, leaves)]).map(chain => join(chain, leaves))
}

/** Two by two, what comes next does not belong to a value that the second one ends. */
function pairsOf (chain: readonly number[], leaves: readonly Leaf[]): number[][] {
  if (chain.length === 2) return []
  return chain.slice(1).map((index, place) => [chain[place] ?? 0, index]).filter(([left = 0, right = 0]) => isOpen(leaves[left]?.text ?? '', leaves[right]?.text ?? ''))
}

/** True where a value may go on across a border: it ends and begins with what values are made of, a digit among it. */
function isOpen (left: string, right: string): boolean {
  return partOfValue.test(left.trimEnd().slice(-1)) && partOfValue.test(right.trimStart().slice(0, 1)) && canBePartOfValue.test(left.slice(-64) + right.slice(0, 64))
}

const partOfValue = /[\p{L}\p{N}@.+/_=-]/u

/** Leaves of one pattern, where there are several and a value may go on from one to another. Most requests have none. */
function candidatesIn (leaves: readonly Leaf[]): number[][] {
  const byPattern = new Map<string, number[]>()
  leaves.forEach(({ kind, place, text, pattern }, index) => {
    if (kind !== 'string' || place !== 'body' || text === '') return
    const key = pattern.endsWith(partText) ? pattern.slice(0, -partText.length) : pattern
    const same = byPattern.get(key)
    if (same === undefined) byPattern.set(key, [index])
    else same.push(index)
  })
  return [...byPattern.values()].filter(candidate => candidate.length > 1 && candidate.some(index => mayGoOn(leaves[index]?.text ?? '')))
}

/** A part's text belongs with messages that are texts. */
const partText = '/*/text'

function rolesIn (leaves: readonly Leaf[]): ReadonlyMap<string, string> {
  return new Map(leaves.flatMap(({ path, text }): Array<[string, string]> => path.at(-1) === 'role' ? [[path.slice(0, -1).join('/'), text]] : []))
}

/** A path without its indexes, and the role of what it stands in. */
function chainOf (path: readonly string[], roles: ReadonlyMap<string, string>): string {
  const keys = path.map(key => /^\d{1,9}$/.test(key) ? '*' : key)
  return `${(keys.at(-1) === 'text' && keys.at(-2) === '*' ? keys.slice(0, -2) : keys).join('/')} ${roleOf(path, roles)}`
}

function groupBy (indexes: readonly number[], keyOf: (index: number) => string): number[][] {
  const groups = new Map<string, number[]>()
  for (const index of indexes) {
    const key = keyOf(index)
    const same = groups.get(key)
    if (same === undefined) groups.set(key, [index])
    else same.push(index)
  }
  return [...groups.values()]
}

/** Roles are looked for in the objects that a leaf stands in. */
function roleOf (path: readonly string[], roles: ReadonlyMap<string, string>): string {
  for (let length = path.length - 1; length > 0; length--) {
    const role = roles.get(path.slice(0, length).join('/'))
    if (role !== undefined) return role
  }
  return ''
}

function join (chain: readonly number[], leaves: readonly Leaf[]): Joint {
  const texts = chain.map(index => leaves[index]?.text ?? '')
  const pieces: Piece[] = []
  let joined = ''
  const add = (leaf: number, text: string, offset: number): void => {
    pieces.push({ leaf, at: joined.length, offset, length: text.length })
    joined += text
  }
  texts.forEach((text, index) => {
    const leaf = chain[index] ?? 0
    if (text.length <= 2 * reach) return add(leaf, text, 0)
    add(leaf, text.slice(0, reach), 0)
    joined += gap
    add(leaf, text.slice(-reach), text.length - reach)
  })
  return { text: joined, path: leaves[chain[0] ?? 0]?.path ?? [], pieces }
}

/** Words alone are no value that is cut. */
function mayGoOn (text: string): boolean {
  return text.length <= 2 * reach ? canBePartOfValue.test(text) : canBePartOfValue.test(text.slice(0, reach)) || canBePartOfValue.test(text.slice(-reach))
}

/** What of each leaf a span of the joined text takes in; nothing where it stays within one of them. */
export function spansOf ({ pieces }: Joint, start: number, end: number): LeafSpan[] {
  const touched = pieces.filter(({ at, length }) => at < end && at + length > start)
  if (new Set(touched.map(({ leaf }) => leaf)).size < 2) return []
  const spans = new Map<number, LeafSpan>()
  for (const { leaf, at, offset, length } of touched) {
    const from = offset + Math.max(0, start - at)
    const to = offset + Math.min(length, end - at)
    const known = spans.get(leaf)
    spans.set(leaf, { leaf, start: known?.start ?? from, end: to })
  }
  return [...spans.values()]
}
