/** Discharges the obligation to redact: from findings and redactions to the body that is sent. */
import { GatewayError } from '../errors.ts'
import type { LeafEdit } from '../protocol/contract.ts'
import type { Finding, Leaf } from '../pipeline/facts.ts'
import type { Redaction } from './decision.ts'
import { matchesLabel } from './label.ts'
import { applyOperator, type OperatorContext } from './operators.ts'

/** The edits of a request. Throws GW_POLICY_REDACTION where an operator cannot be applied. */
export function planRedaction (findings: readonly Finding[], leaves: readonly Leaf[], redactions: readonly Redaction[], context: OperatorContext): LeafEdit[] {
  const edits = findings.flatMap(finding => {
    const redaction = redactions.find(({ labels }) => labels.some(glob => matchesLabel(glob, finding.label)))
    const leaf = leaves[finding.leaf]
    if (redaction === undefined || leaf === undefined) return []
    const text = leaf.text.slice(finding.start, finding.end)
    return [{ leaf: finding.leaf, start: finding.start, end: finding.end, replacement: applyOperator(redaction.operator, finding.label, text, context) }]
  })
  if (edits.length === 0) throw new GatewayError('GW_POLICY_REDACTION')
  return mergeOverlaps(edits)
}

/** Overlapping spans become one, under the replacement of the one that begins first: nothing between them survives. */
function mergeOverlaps (edits: readonly LeafEdit[]): LeafEdit[] {
  const sorted = [...edits].sort((a, b) => a.leaf - b.leaf || a.start - b.start || b.end - a.end)
  const merged: LeafEdit[] = []
  for (const edit of sorted) {
    const last = merged.at(-1)
    if (last !== undefined && last.leaf === edit.leaf && edit.start < last.end) {
      merged[merged.length - 1] = { ...last, end: Math.max(last.end, edit.end) }
    } else merged.push(edit)
  }
  return merged
}
