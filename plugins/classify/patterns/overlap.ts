/** Which of several findings at one place stay. */
import type { Finding } from '../../../core/pipeline/plugin.ts'
import type { Detector } from './detector.ts'
import type { Layer } from './layers/decoded.ts'

export interface Span extends Omit<Finding, 'leaf'> {
  /** Why it was found, where that is asked for. */
  readonly trace?: Trace
}

/** How a finding came to be. */
export interface Trace {
  readonly detector: Detector
  /** The context word that was near, and where; null for none. */
  readonly word: NearWord | null
  /** How it was disguised, outermost first. */
  readonly via: readonly Layer[]
}

export interface NearWord { readonly word: string, readonly where: 'before' | 'after' | 'key' }

/** Below this, a finding that lies within a surer one of another label is noise. */
export const sure = 700

/**
 * Of findings of one label that overlap the longest stays, then the surest; of credentials that overlap, whoever made them,
 * the surest. Findings of other labels stay side by side, but one below 700 that lies within a surer one goes: the digits of
 * a card are no telephone number.
 * @returns in the order of the text
 */
export function settleOverlaps (found: readonly Span[]): Span[] {
  if (found.length < 2) return [...found]
  const distinct = oneCredential(longestPerLabel(found)).sort(byPlace)
  return distinct.filter(span => span.confidence >= sure || !isCovered(span, distinct))
}

function isCredential ({ label }: Span): boolean {
  return label.startsWith('secret.')
}

function oneCredential (found: readonly Span[]): Span[] {
  const credentials = found.filter(isCredential)
  if (credentials.length < 2) return [...found]
  const kept: Span[] = []
  for (const span of credentials.sort(byPlace)) {
    const last = kept.at(-1)
    if (last === undefined || last.end <= span.start) kept.push(span)
    else if (span.confidence > last.confidence) kept[kept.length - 1] = span
  }
  return [...found.filter(span => !isCredential(span)), ...kept]
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

/** `all` is in the order of the text; those of one place are few. */
function isCovered (span: Span, all: readonly Span[]): boolean {
  let low = 0
  let high = all.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((all[middle]?.start ?? 0) <= span.start) low = middle + 1
    else high = middle
  }
  for (let index = low - 1; index >= 0 && index >= low - 8; index--) {
    const other = all[index]
    if (other !== undefined && other.end >= span.end && other.confidence > span.confidence) return true
  }
  return false
}

function byPlace (a: Span, b: Span): number {
  return a.start - b.start || b.end - a.end || b.confidence - a.confidence || (a.label < b.label ? -1 : a.label > b.label ? 1 : 0)
}
