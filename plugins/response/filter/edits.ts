/** From findings and redactions to the edits of an answer's lanes. */
import type { LaneEdit } from '../../../core/pipeline/plugin.ts'
import type { Redaction, RedactionOperator } from '../../../core/enforce/decision.ts'
import { matchesLabel } from '../../../core/enforce/label.ts'
import { applyOperator, type OperatorContext } from '../../../core/enforce/operators.ts'
import type { LaneFinding } from './scan.ts'

interface Span extends LaneEdit { readonly label: string, readonly operator: RedactionOperator }

/** Edits by place, none overlapping another. Throws GW_POLICY_REDACTION for an operator that an answer's text cannot take. */
export function planEdits (findings: readonly LaneFinding[], lanes: ReadonlyArray<{ readonly text: string }>, redactions: readonly Redaction[], context: OperatorContext): LaneEdit[] {
  const spans = findings.flatMap(({ lane, label, start, end }): Span[] => {
    const redaction = redactions.find(({ labels }) => labels.some(glob => matchesLabel(glob, label)))
    if (redaction === undefined) return []
    const text = lanes[lane]?.text.slice(start, end) ?? ''
    return [{ lane, start, end, label, operator: redaction.operator, replacement: applyOperator(redaction.operator, label, text, context) }]
  })
  return merge(spans).map(({ lane, start, end, replacement }) => ({ lane, start, end, replacement }))
}

/**
 * Overlapping spans become one. Where their replacements could show a part of each other (a mask's last characters), the
 * type of the first stands for all.
 */
function merge (spans: readonly Span[]): Span[] {
  const merged: Span[] = []
  for (const span of spans.toSorted((a, b) => a.lane - b.lane || a.start - b.start || b.end - a.end)) {
    const last = merged.at(-1)
    const overlaps = last !== undefined && last.lane === span.lane && span.start < last.end
    if (overlaps) merged[merged.length - 1] = join(last, span)
    else merged.push(span)
  }
  return merged
}

function join (first: Span, second: Span): Span {
  const hidesAll = first.operator === second.operator && (first.operator === 'replace' || first.operator === 'remove')
  const plain = hidesAll ? {} : { operator: 'replace', replacement: applyOperator('replace', first.label, '', {}) } as const
  return { ...first, ...plain, end: Math.max(first.end, second.end) }
}
