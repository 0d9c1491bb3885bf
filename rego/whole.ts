/** Response rules that read what is known at the end alone oblige the gateway to hold the answer until then. */
import type { RegoModule, SyntaxTree } from './compiler/types.ts'
import { kindOf, moduleOf } from './rules.ts'

const module: RegoModule = {
  path: 'library/whole.rego',
  text: 'package gateway\n\nobligations contains {"id": "gateway.whole_answer", "type": "response_mode", "mode": "buffer"}\n'
}

/** The module that adds the obligation where a rule in `gateway.response` reads `input.response.finish` or `.bytes`. */
export function wholeAnswers (trees: readonly SyntaxTree[]): readonly RegoModule[] {
  return trees.some(tree => isOfResponse(tree) && readsEnd(tree.module)) ? [module] : []
}

/** True for a file of rules that judge answers. */
export function isOfResponse (tree: SyntaxTree): boolean {
  return kindOf(moduleOf(tree).package.path.slice(1).map(({ value }) => String(value))) === 'response'
}

/** A reference reads as far as its constant parts go: one that ends before a field, or takes a variable one, may read all. */
function readsEnd (node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false
  if (Array.isArray(node)) return node.some(readsEnd)
  if ('type' in node && node.type === 'ref' && 'value' in node && Array.isArray(node.value) && reachesEnd(node.value)) return true
  return Object.values(node).some(readsEnd)
}

function reachesEnd (parts: readonly unknown[]): boolean {
  const [root, response, field] = parts.map(valueOf)
  if (root !== 'input' || (typeof response === 'string' && response !== 'response')) return false
  return typeof field !== 'string' || field === 'finish' || field === 'bytes'
}

/** The text of a constant part of a reference, or of its root; null for a variable or a computed one. */
function valueOf (part: unknown, index: number): unknown {
  if (typeof part !== 'object' || part === null || !('type' in part) || !('value' in part)) return null
  return part.type === 'string' || index === 0 ? part.value : null
}
