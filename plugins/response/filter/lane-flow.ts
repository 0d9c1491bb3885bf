/**
 * One lane of a stream under judgement: its text is shown to the detectors as it comes (JSON within it decoded), and what they
 * find becomes edits of the text, for as long as that part of it was not let go.
 *
 * Places are UTF-16 units: of the lane's text (`raw`), or of what is shown of it.
 */
import { NestedFlow } from '../../../core/content/nested-flow.ts'
import type { TextEdit } from '../../../core/content/nested.ts'
import type { Settled, StreamLane, TextFinding, TextScanner } from '../../../core/pipeline/plugin.ts'
import type { Redaction } from '../../../core/enforce/decision.ts'
import { GatewayError } from '../../../core/errors.ts'
import type { FoundToken } from '../../../core/enforce/pseudonyms.ts'
import { applyOperator, type OperatorContext } from '../../../core/enforce/operators.ts'
import { addressReach, isInAddress } from './address.ts'
import { planSpans, redactionOf, type Span } from './edits.ts'
import { exfiltrationOf } from './links.ts'
import { ManifestFlow, withoutManifests } from './manifest.ts'
import type { TokenFlow } from './restore.ts'
import { within } from './scan.ts'

/** A finding with the text it stands for. */
export interface Told { readonly finding: TextFinding, readonly value: string }

export class LaneFlow {
  readonly lane: StreamLane
  readonly #scanner: TextScanner
  readonly #tokens: TokenFlow | null
  readonly #nested = new NestedFlow()
  /** Shown text from `#shownFrom` on: what may still be asked for. */
  #shown = ''
  #shownFrom = 0
  #shownEnd = 0
  /** How much of the text has come, and how much of it is judged. */
  length = 0
  settled = 0
  #settledShown = 0
  /** Pseudonyms that are to be put back. */
  #issued: FoundToken[] = []
  #released = 0
  #releasedShown = 0
  #found: TextFinding[] = []
  #open: readonly TextFinding[] = []
  #spans: Span[] = []
  #isOver = false
  /** Manifests that the text carries, once it is over; and whether an edit of it voids them. */
  #manifests: ManifestFlow | null = null
  #mayLeaveTo = Infinity
  #isEdited = false
  hasRemovedManifest = false
  /** True where a value was too long to be held and counts as found. */
  hasOverflown = false

  /** @param tokens finds pseudonyms; null where none are put back */
  constructor (lane: StreamLane, scanner: TextScanner, tokens: TokenFlow | null) {
    this.lane = lane
    this.#scanner = scanner
    this.#tokens = tokens
  }

  get isOver (): boolean {
    return this.#isOver
  }

  /** How much of the text has no pseudonym any more that may still go on. */
  get restored (): number {
    return this.#tokens === null || this.#isOver ? this.length : this.#nested.rawOf(this.#tokens.settled)
  }

  /** @returns what was found by now and not told before */
  push (piece: string): readonly Told[] | Promise<readonly Told[]> {
    this.length += piece.length
    return this.#pushShown(this.#nested.push(piece))
  }

  #pushShown (shown: string): readonly Told[] | Promise<readonly Told[]> {
    this.#shown += shown
    this.#shownEnd += shown.length
    if (this.#tokens !== null) this.#restore(this.#tokens.push(shown))
    if (this.#manifests !== null || shown.includes('\ufeff')) this.#watch(shown)
    const told = this.#scanner.push(shown)
    return told instanceof Promise ? told.then(settled => this.#settle(settled)) : this.#settle(told)
  }

  #watch (shown: string): void {
    this.#manifests ??= new ManifestFlow(this.#shownEnd - shown.length)
    this.#mayLeaveTo = this.#manifests.push(shown)
  }

  /** Tells that something is put behind the text, which is an edit of it. */
  append (): void {
    this.#isEdited = true
  }

  end (): readonly Told[] | Promise<readonly Told[]> {
    const rest = this.#nested.end()
    const told = rest === '' ? [] : this.#pushShown(rest)
    return told instanceof Promise ? told.then(async found => [...found, ...await this.#finish()]) : after(told, this.#finish())
  }

  #finish (): readonly Told[] | Promise<readonly Told[]> {
    this.#isOver = true
    if (this.#tokens !== null) this.#restore(this.#tokens.end())
    const told = this.#scanner.end()
    return told instanceof Promise ? told.then(settled => this.#settle(settled)) : this.#settle(told)
  }

  #settle ({ upTo, findings, open, hasOverflown }: Settled): readonly Told[] {
    if (findings.length === 0 && open.length === 0 && this.#open.length === 0) {
      this.#settledTo(upTo)
      return nothing
    }
    const all = this.#withWaysOut(findings)
    const told = all.filter(finding => !this.#isTold(finding)).map(finding => this.#tell(within(finding, this.#shownEnd)))
    this.#found.push(...all)
    const opening = this.#withWaysOut(open)
    const opened = opening.filter(finding => !this.#isTold(finding)).map(finding => this.#tell(finding))
    this.hasOverflown = hasOverflown
    this.#open = opening
    this.#settledTo(upTo)
    return [...told, ...opened]
  }

  #settledTo (upTo: number): void {
    this.#settledShown = Math.min(upTo, this.#tokens?.settled ?? upTo, this.#isOver ? upTo : this.#mayLeaveTo)
    this.settled = this.#isOver ? this.length : Math.max(this.settled, this.#nested.rawOf(this.#settledShown))
  }

  #restore (tokens: readonly FoundToken[]): void {
    this.#issued.push(...tokens.filter(({ start }) => !isInAddress(this.#shown, start - this.#shownFrom)))
  }

  /** A value that was open has been told when it was opened. */
  #isTold ({ start, label }: TextFinding): boolean {
    return this.#open.some(open => open.start === start && open.label === label)
  }

  #withWaysOut (findings: readonly TextFinding[]): TextFinding[] {
    return findings.flatMap(finding => {
      const out = exfiltrationOf(finding, this.#shown, finding.start - this.#shownFrom)
      return out === null ? [finding] : [finding, out]
    })
  }

  #tell (finding: TextFinding): Told {
    return { finding, value: this.#slice(finding.start, finding.end) }
  }

  /**
   * Plans the edits of all that was not let go yet; what has begun to leave keeps its plan.
   * Throws GW_POLICY_REDACTION for an edit that cannot be made.
   */
  plan (redactions: readonly Redaction[], context: OperatorContext): void {
    if (this.#found.length === 0 && this.#open.length === 0 && this.#spans.length === 0 && this.#issued.length === 0 && this.#manifests === null) return
    const begun = this.#spans.filter(({ start }) => start < this.#releasedShown)
    const free = this.#found.filter(({ start }) => start >= this.#releasedShown)
    const planned = planSpans(free, (start, end) => this.#slice(start, end), redactions, context)
    const taken = joinInOrder([...this.#closed(begun), ...planned, ...this.#openSpans(redactions)])
    const all = this.#issued.length === 0 ? taken : [...taken, ...this.#restores(taken)]
    this.#isEdited ||= all.length > 0
    this.#spans = this.#withoutManifests(all).sort((a, b) => a.start - b.start)
  }

  #withoutManifests (spans: Span[]): Span[] {
    const manifests = this.#isOver && this.#isEdited ? this.#manifests?.all() ?? [] : []
    this.hasRemovedManifest ||= manifests.length > 0
    return withoutManifests(manifests, spans, ({ start, end }) => ({ start, end, label: '', operator: 'unmark', replacement: '' }))
  }

  /** What is taken out stays out; what has begun to leave is among the spans taken. */
  #restores (taken: readonly Span[]): Span[] {
    return this.#issued.filter(({ start, end }) => start >= this.#releasedShown && !taken.some(span => span.start < end && span.end > start))
      .map(({ start, end, value }) => ({ start, end, label: '', operator: 'restore', replacement: value }))
  }

  /** What has begun as open ends where its finding does, once that is known. */
  #closed (begun: readonly Span[]): Span[] {
    return begun.map(span => {
      if (span.end !== Infinity || this.#open.some(({ start }) => start === span.start)) return span
      const found = this.#found.find(({ start }) => start === span.start)
      return { ...span, end: found?.end ?? this.#settledShown }
    })
  }

  #openSpans (redactions: readonly Redaction[]): Span[] {
    return this.#open.flatMap(({ start, label }) => {
      const redaction = start < this.#releasedShown ? undefined : redactionOf(label, redactions)
      if (redaction === undefined) return []
      const operator = redaction.operator === 'remove' ? 'remove' : 'replace'
      return [{ start, end: Infinity, label, operator, replacement: applyOperator(operator, label, '', {}) }]
    })
  }

  /** The edits within a part of the text, by its own places; a replacement stands where its span begins. */
  editsWithin (from: number, to: number): TextEdit[] {
    if (this.#spans.length === 0) return []
    return this.#spans.flatMap(span => {
      const lowered = this.#lower(span)
      if (lowered === null) return []
      const { start, end, replacement } = lowered
      if (start >= to || end <= from) return []
      return [{ start: Math.max(start, from) - from, end: Math.min(end, to) - from, replacement: start >= from ? replacement : '' }]
    })
  }

  /** Of a span that has begun to leave the end alone is still to come. */
  #lower (span: Span): TextEdit | null {
    const { start, end, replacement } = span
    if (start < this.#releasedShown) return { start: 0, end: end === Infinity ? Infinity : this.#nested.rawOf(end), replacement: '' }
    try {
      const lowered = this.#nested.lower({ start, end: Math.min(end, this.#shownEnd), replacement }, (a, b) => this.#slice(a, b), this.lane.kind !== 'tool_arguments')
      return end === Infinity ? { ...lowered, end: Infinity } : lowered
    } catch (thrown) {
      if (span.operator === 'restore' && thrown instanceof GatewayError) return null // it stays what it was
      throw thrown
    }
  }

  /** Everything before this place of the text has left. Returns how many edits have begun to leave since it was told last. */
  release (raw: number): number {
    this.#released = raw
    const before = this.#releasedShown
    this.#releasedShown = Math.max(before, this.#nested.shownOf(raw))
    const begun = this.#spans.filter(({ start, operator }) => operator !== 'restore' && operator !== 'unmark' && start >= before && start < this.#releasedShown).length
    this.#spans = this.#spans.filter(({ end }) => end > this.#releasedShown)
    this.#found = this.#found.filter(({ end }) => end > this.#releasedShown)
    if (this.#issued.length > 0) this.#issued = this.#issued.filter(({ end }) => end > this.#releasedShown)
    this.#forget()
    return begun
  }

  #forget (): void {
    const needed = Math.min(this.#releasedShown, this.#settledShown) - addressReach
    if (needed - this.#shownFrom < 512) return
    this.#shown = this.#shown.slice(needed - this.#shownFrom)
    this.#shownFrom = needed
    this.#nested.forget(Math.min(this.#released, this.#nested.rawOf(needed)))
  }

  #slice (start: number, end: number): string {
    return this.#shown.slice(start - this.#shownFrom, end - this.#shownFrom)
  }
}

const nothing: readonly Told[] = []

function after (before: readonly Told[], rest: readonly Told[] | Promise<readonly Told[]>): readonly Told[] | Promise<readonly Told[]> {
  return rest instanceof Promise ? rest.then(more => [...before, ...more]) : [...before, ...rest]
}

/** A span that begins within another is part of it. */
function joinInOrder (spans: readonly Span[]): Span[] {
  const joined: Span[] = []
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    const last = joined.at(-1)
    if (last !== undefined && span.start < last.end) joined[joined.length - 1] = { ...last, end: Math.max(last.end, span.end) }
    else joined.push(span)
  }
  return joined
}
