/** Values that are cut in two and sent in pieces: by the parts of one message, or by messages that follow each other. */
import type { Leaf } from '../../../core/pipeline/plugin.ts'
import { isAlphanumeric, isDigit } from './anchors.ts'

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

/** So close to a border stands a digit, or an `@`, of a value that goes on across it. */
const nearBorder = 24

/** Texts joined from leaves that follow each other: those whose paths differ by indexes alone, of one role. */
export function jointsOf (leaves: readonly Leaf[]): Joint[] {
  if (!mayGoOn(leaves.filter(isCandidate))) return []
  const candidates = candidatesIn(leaves)
  if (candidates.length === 0) return []
  const roles = rolesIn(leaves)
  return candidates.flatMap(candidate => groupBy(candidate, index => chainOf(leaves[index]?.path ?? [], roles)))
    .flatMap(chain => runsOf(chain, leaves)).flatMap(run => [run, ...pairsOf(run)]).map(run => join(run, leaves))
}

/** Parts of a chain at whose borders a value may go on. */
function runsOf (chain: readonly number[], leaves: readonly Leaf[]): number[][] {
  const runs: number[][] = []
  for (const [place, index] of chain.entries()) {
    const before = chain[place - 1]
    if (before !== undefined && isOpen(leaves[before]?.text ?? '', leaves[index]?.text ?? '')) runs.at(-1)?.push(index)
    else runs.push([index])
  }
  return runs.filter(({ length }) => length > 1)
}

/** Longer runs are read as one text alone: a text in so many pieces is no text that goes on by chance. */
const mostPairs = 64

/** Two by two, what comes next does not belong to a value that the second one ends. */
function pairsOf (run: readonly number[]): number[][] {
  return run.length === 2 || run.length > mostPairs ? [] : run.slice(1).map((index, place) => [run[place] ?? 0, index])
}

/** True where a value may go on across a border: it ends and begins with what values are made of, a digit or an `@` among it. */
function isOpen (left: string, right: string): boolean {
  const [end, start] = [sideOf(left, -1), sideOf(right, 1)]
  return end !== closed && start !== closed && (end === valued || start === valued)
}

const closed = 0
const plain = 1
const valued = 2

/** What a text's end (`step` -1) or beginning (1) is made of: nothing of a value, letters and signs of one, or digits too. */
function sideOf (text: string, step: 1 | -1): number {
  let at = step === 1 ? 0 : text.length - 1
  while (at >= 0 && at < text.length && isSpace(text.charCodeAt(at))) at += step
  if (at < 0 || at >= text.length) return plain // nothing but spaces, which parts of a value may stand around
  if (!isPartOfValue(text.charCodeAt(at))) return closed
  const isFullStop = step === -1 && text.charCodeAt(at) === 46
  for (let count = 0; count < nearBorder && at >= 0 && at < text.length; count++, at += step) if (isDigitOrAt(text.charCodeAt(at))) return valued
  return isFullStop ? closed : plain
}

function isSpace (unit: number): boolean {
  return unit === 32 || (unit >= 9 && unit <= 13)
}

/** Letters, digits, what stands between them in values, and all beyond ASCII: other digits, and what is not seen. */
function isPartOfValue (unit: number): boolean {
  return unit > 127 || isAlphanumeric(unit) || '@.+/_=-'.includes(String.fromCharCode(unit))
}

function isDigitOrAt (unit: number): boolean {
  return unit > 127 || unit === 64 || isDigit(unit)
}

/** A leaf of a list; words of the API itself are no part of a value. */
function isCandidate ({ kind, place, pattern, path }: Leaf): boolean {
  const key = path.at(-1)
  return kind === 'string' && place === 'body' && key !== 'role' && key !== 'type' && pattern.includes('*')
}

/** Leaves of one pattern, where there are several and a value may go on from one to another. Most requests have none. */
function candidatesIn (leaves: readonly Leaf[]): number[][] {
  const byPattern = new Map<string, number[]>()
  leaves.forEach((leaf, index) => {
    const { text, pattern } = leaf
    if (text === '' || !isCandidate(leaf)) return
    const key = pattern.endsWith(partText) ? pattern.slice(0, -partText.length) : pattern
    const same = byPattern.get(key)
    if (same === undefined) byPattern.set(key, [index])
    else same.push(index)
  })
  return [...byPattern.values()].filter(candidate => candidate.length > 1 && mayGoOn(candidate.flatMap(index => leaves[index] ?? [])))
}

/** True where some of them end, and some begin, like a value that goes on, and one of them has a digit there. */
function mayGoOn (leaves: readonly Leaf[]): boolean {
  let ends = closed
  let starts = closed
  for (const { text } of leaves) {
    ends = Math.max(ends, sideOf(text, -1))
    starts = Math.max(starts, sideOf(text, 1))
  }
  return ends !== closed && starts !== closed && (ends === valued || starts === valued)
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
