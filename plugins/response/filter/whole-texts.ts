/** Texts of a stream that stand for themselves: judged when they come, once for as long as they stay the same. */
import { lowerEdits } from '../../../core/content/edit.ts'
import { showNested, type TextEdit } from '../../../core/content/nested.ts'
import type { AnswerDetectors, Issued, StreamLane, TextFinding } from '../../../core/pipeline/plugin.ts'
import type { Redaction } from '../../../core/enforce/decision.ts'
import type { OperatorContext } from '../../../core/enforce/operators.ts'
import { planSpans } from './edits.ts'
import type { Told } from './lane-flow.ts'
import { restoresOf } from './restore.ts'
import { within } from './scan.ts'

export class WholeTexts {
  readonly #detectors: AnswerDetectors
  readonly #issued: Issued
  /** The last text of each lane. */
  readonly #last = new Map<StreamLane, WholeText>()

  constructor (detectors: AnswerDetectors, issued: Issued) {
    this.#detectors = detectors
    this.#issued = issued
  }

  /** The text, judged. `isNew` where it is another than the one before. */
  judge (lane: StreamLane, text: string): { readonly whole: WholeText, readonly isNew: boolean } {
    const known = this.#last.get(lane)
    if (known?.text === text) return { whole: known, isNew: false }
    const shown = showNested(text)
    const findings = this.#detectors.scan(shown, lane.path).map(finding => within(finding, shown.length))
    const whole = new WholeText(lane, text, shown, findings, this.#issued)
    this.#last.set(lane, whole)
    return { whole, isNew: true }
  }
}

/** Edits, and how many of them are redactions. */
export interface PlannedEdits { readonly edits: readonly TextEdit[], readonly redactions: number }

const noEdits: PlannedEdits = { edits: [], redactions: 0 }

export class WholeText {
  readonly text: string
  readonly #lane: StreamLane
  readonly #shown: string
  readonly #findings: readonly TextFinding[]
  readonly #issued: Issued
  /** True once its redactions were counted. */
  isCounted = false

  constructor (lane: StreamLane, text: string, shown: string, findings: readonly TextFinding[], issued: Issued) {
    this.#lane = lane
    this.text = text
    this.#shown = shown
    this.#findings = findings
    this.#issued = issued
  }

  told (): Told[] {
    return this.#findings.map(finding => ({ finding, value: this.#shown.slice(finding.start, finding.end) }))
  }

  /** Throws GW_POLICY_REDACTION for an edit that cannot be made. */
  edits (redactions: readonly Redaction[], context: OperatorContext): PlannedEdits {
    const isTouched = this.#findings.length > 0 && redactions.length > 0
    if (!isTouched && this.#issued.size === 0) return noEdits
    const spans = isTouched ? planSpans(this.#findings, (start, end) => this.#shown.slice(start, end), redactions, context) : []
    const all = [...spans, ...restoresOf(this.#lane, this.#shown, this.#issued, spans)]
    return all.length === 0 ? noEdits : { edits: lowerEdits(this.text, this.#shown, all), redactions: spans.length }
  }
}
