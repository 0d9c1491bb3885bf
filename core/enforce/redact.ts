/** Discharges the obligation to redact: from findings and redactions to the body that is sent. */
import { GatewayError } from '../errors.ts'
import type { LeafEdit } from '../protocol/contract.ts'
import type { Finding, Leaf } from '../pipeline/facts.ts'
import type { Redaction, RedactionOperator } from './decision.ts'
import { matchesLabel } from './label.ts'
import { applyOperator, dropNotice, type OperatorContext } from './operators.ts'

interface Planned extends LeafEdit { readonly label: string, readonly operator: RedactionOperator }

/** The edits of a request. Throws GW_POLICY_REDACTION where an operator cannot be applied. */
export function planRedaction (findings: readonly Finding[], leaves: readonly Leaf[], redactions: readonly Redaction[], context: OperatorContext): LeafEdit[] {
  const planned = findings.flatMap(finding => {
    const redaction = redactions.find(({ labels }) => labels.some(glob => matchesLabel(glob, finding.label)))
    const leaf = leaves[finding.leaf]
    return redaction === undefined || leaf === undefined ? [] : [plan(finding, leaf, redaction.operator, context)]
  })
  if (planned.length === 0) throw new GatewayError('GW_POLICY_REDACTION')
  return mergeOverlaps(planned).map(({ leaf, start, end, replacement }) => ({ leaf, start, end, replacement }))
}

function plan ({ leaf, label, start, end }: Finding, { text }: Leaf, operator: RedactionOperator, context: OperatorContext): Planned {
  if (operator === 'drop_part') return { leaf, label, operator, start: 0, end: text.length, replacement: dropNotice(label) }
  return { leaf, label, operator, start, end, replacement: applyOperator(operator, label, text.slice(start, end), context) }
}

/**
 * Overlapping spans become one: nothing between them survives. Where they were to be replaced in different ways, the type of
 * the first stands for all, so that no replacement shows a part of another's value.
 */
function mergeOverlaps (edits: readonly Planned[]): Planned[] {
  const sorted = edits.toSorted((a, b) => a.leaf - b.leaf || a.start - b.start || b.end - a.end)
  const merged: Planned[] = []
  for (const edit of sorted) {
    const last = merged.at(-1)
    if (last !== undefined && last.leaf === edit.leaf && edit.start < last.end) merged[merged.length - 1] = join(last, edit)
    else merged.push(edit)
  }
  return merged
}

/** Operators whose outcome stands for any text at all. */
const general: ReadonlySet<RedactionOperator> = new Set(['replace', 'remove', 'drop_part'])

/** Operators whose outcome shows nothing of the value. */
const opaque: ReadonlySet<RedactionOperator> = new Set([...general, 'hash', 'pseudonym', 'encrypt'])

function join (first: Planned, second: Planned): Planned {
  const end = Math.max(first.end, second.end)
  const isSame = first.operator === second.operator && first.label === second.label
  if (general.has(first.operator) || (end === first.end && (isSame || opaque.has(first.operator)))) return { ...first, end }
  return { ...first, end, operator: 'replace', replacement: applyOperator('replace', first.label, '', {}) }
}
