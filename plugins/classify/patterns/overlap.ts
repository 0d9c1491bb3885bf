/** Which of several findings at one place stay. */
import type { Finding } from '../../../core/pipeline/plugin.ts'

export type Span = Omit<Finding, 'leaf'>

/** Below this, a finding that lies within a surer one of another label is noise. */
export const sure = 700

/**
 * Of findings of one label that overlap the longest stays, then the surest. Findings of different labels stay side by
 * side, but one below 700 that lies within a surer one goes: the digits of a card are no telephone number.
 * @returns in the order of the text
 */
export function settleOverlaps (found: readonly Span[]): Span[] {
  if (found.length < 2) return [...found]
  const distinct = longestPerLabel(found)
  const covering = distinct.filter(({ confidence }) => confidence >= sure).sort(byPlace)
  return distinct.filter(span => span.confidence >= sure || !isCovered(span, covering)).sort(byPlace)
}

function longestPerLabel (found: readonly Span[]): Span[] {
  const kept = new Map<string, Span[]>()
  for (const span of [...found].sort(byPlace)) {
    const spans = kept.get(span.label) ?? []
    const last = spans.at(-1)
    if (last === undefined || last.end <= span.start) spans.push(span)
    else if (isBetter(span, last)) spans[spans.length - 1] = span
    kept.set(span.label, spans)
  }
  return [...kept.values()].flat()
}

function isBetter (span: Span, other: Span): boolean {
  const longer = (span.end - span.start) - (other.end - other.start)
  return longer > 0 || (longer === 0 && span.confidence > other.confidence)
}

/** `covering` is in the order of the text; the sure ones of one place are few. */
function isCovered (span: Span, covering: readonly Span[]): boolean {
  let low = 0
  let high = covering.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((covering[middle]?.start ?? 0) <= span.start) low = middle + 1
    else high = middle
  }
  return covering.slice(Math.max(0, low - 8), low).some(({ end }) => end >= span.end)
}

function byPlace (a: Span, b: Span): number {
  return a.start - b.start || b.end - a.end || b.confidence - a.confidence || (a.label < b.label ? -1 : a.label > b.label ? 1 : 0)
}
