/** From findings and redactions to the edits of a text. */
import type { LaneEdit, TextFinding } from '../../../core/pipeline/plugin.ts'
import type { Redaction, RedactionOperator } from '../../../core/enforce/decision.ts'
import { groupedBy } from '../../../core/content/grouped.ts'
import { matchesLabel } from '../../../core/enforce/label.ts'
import { applyOperator, type OperatorContext } from '../../../core/enforce/operators.ts'
import type { LaneFinding } from './scan.ts'

/** What takes a finding's place, and why. */
export interface Span {
  readonly start: number
  readonly end: number
  readonly label: string
  /** `restore`: a pseudonym that is put back. `unmark`: a manifest that is void. */
  readonly operator: RedactionOperator | 'restore' | 'unmark'
  readonly replacement: string
}

/** Edits by place, none overlapping another. Throws GW_POLICY_REDACTION for an operator that an answer's text cannot take. */
export function planEdits (findings: readonly LaneFinding[], lanes: ReadonlyArray<{ readonly text: string }>, redactions: readonly Redaction[], context: OperatorContext): LaneEdit[] {
  return [...groupedBy(findings, ({ lane }) => lane)].sort(([a], [b]) => a - b).flatMap(([lane, own]) => {
    const text = lanes[lane]?.text ?? ''
    return planSpans(own, (start, end) => text.slice(start, end), redactions, context).map(({ start, end, replacement }) => ({ lane, start, end, replacement }))
  })
}

/** The spans of one text that are taken out, in order, none overlapping another. Throws GW_POLICY_REDACTION. */
export function planSpans (findings: readonly TextFinding[], slice: (start: number, end: number) => string, redactions: readonly Redaction[], context: OperatorContext): Span[] {
  const spans = findings.flatMap(({ label, start, end }): Span[] => {
    const redaction = redactionOf(label, redactions)
    if (redaction === undefined) return []
    return [{ start, end, label, operator: redaction.operator, replacement: applyOperator(redaction.operator, label, slice(start, end), context) }]
  })
  return merge(spans)
}

/** The redaction that a label falls under: the first that names it. */
export function redactionOf (label: string, redactions: readonly Redaction[]): Redaction | undefined {
  return redactions.find(({ labels }) => labels.some(glob => matchesLabel(glob, label)))
}

/**
 * Overlapping spans become one. Where their replacements could show a part of each other (a mask's last characters), the
 * type of the first stands for all.
 */
export function merge (spans: readonly Span[]): Span[] {
  const merged: Span[] = []
  for (const span of spans.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = merged.at(-1)
    if (last !== undefined && span.start < last.end) merged[merged.length - 1] = join(last, span)
    else merged.push(span)
  }
  return merged
}

function join (first: Span, second: Span): Span {
  const hidesAll = first.operator === second.operator && (first.operator === 'replace' || first.operator === 'remove')
  const plain = hidesAll ? {} : { operator: 'replace', replacement: applyOperator('replace', first.label, '', {}) } as const
  return { ...first, ...plain, end: Math.max(first.end, second.end) }
}
