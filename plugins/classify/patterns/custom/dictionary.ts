/** One pattern for many words and phrases: branches part where the words do, so that each unit of a text is looked at once. */
import { fold } from '../fold.ts'

interface Node { readonly branches: Map<string, Node>, isEnd: boolean }

/** @throws Error where there is no word */
export function dictionaryPattern (terms: readonly string[], ignoresCase: boolean): RegExp {
  const root: Node = { branches: new Map(), isEnd: false }
  for (const term of terms) add(root, unitsOf(term, ignoresCase))
  if (root.branches.size === 0) throw new Error('there is no word in it')
  return new RegExp(`(?<![A-Za-z0-9])${written(root)}(?![A-Za-z0-9])`, ignoresCase ? 'iy' : 'y')
}

/** As texts are read; any run of spaces is one. */
function unitsOf (term: string, ignoresCase: boolean): string[] {
  const { text } = fold(term.trim().replace(/\s+/g, ' '))
  return [...ignoresCase ? text.toLowerCase() : text]
}

function add (root: Node, units: readonly string[]): void {
  let node = root
  for (const unit of units) {
    const next = node.branches.get(unit) ?? { branches: new Map(), isEnd: false }
    node.branches.set(unit, next)
    node = next
  }
  if (node !== root) node.isEnd = true
}

/** The longest word first. */
function written ({ branches, isEnd }: Node): string {
  if (branches.size === 0) return ''
  const parts = [...branches].map(([unit, node]) => (unit === ' ' ? '[ _\\-\\n]{1,3}' : escaped(unit)) + written(node))
  if (parts.length === 1 && !isEnd) return parts[0] ?? ''
  return `(?:${parts.join('|')})${isEnd ? '?' : ''}`
}

function escaped (unit: string): string {
  return unit.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&')
}
