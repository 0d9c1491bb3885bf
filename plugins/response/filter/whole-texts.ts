/** Texts of a stream that stand for themselves: judged when they come, once for as long as they stay the same. */
import { lowerEdits } from '../../../core/content/edit.ts'
import { showNested, type TextEdit } from '../../../core/content/nested.ts'
import type { AnswerDetectors, StreamLane, TextFinding } from '../../../core/pipeline/plugin.ts'
import type { Redaction } from '../../../core/enforce/decision.ts'
import type { OperatorContext } from '../../../core/enforce/operators.ts'
import { planSpans } from './edits.ts'
import type { Told } from './lane-flow.ts'
import { within } from './scan.ts'

export class WholeTexts {
  readonly #detectors: AnswerDetectors
  /** The last text of each lane. */
  readonly #last = new Map<StreamLane, WholeText>()

  constructor (detectors: AnswerDetectors) {
    this.#detectors = detectors
  }

  /** The text, judged. `isNew` where it is another than the one before. */
  judge (lane: StreamLane, text: string): { readonly whole: WholeText, readonly isNew: boolean } {
    const known = this.#last.get(lane)
    if (known?.text === text) return { whole: known, isNew: false }
    const shown = showNested(text)
    const whole = new WholeText(text, shown, this.#detectors.scan(shown, lane.path).map(finding => within(finding, shown.length)))
    this.#last.set(lane, whole)
    return { whole, isNew: true }
  }
}

export class WholeText {
  readonly text: string
  readonly #shown: string
  readonly #findings: readonly TextFinding[]
  /** True once its edits were counted. */
  isCounted = false

  constructor (text: string, shown: string, findings: readonly TextFinding[]) {
    this.text = text
    this.#shown = shown
    this.#findings = findings
  }

  told (): Told[] {
    return this.#findings.map(finding => ({ finding, value: this.#shown.slice(finding.start, finding.end) }))
  }

  /** Throws GW_POLICY_REDACTION for an edit that cannot be made. */
  edits (redactions: readonly Redaction[], context: OperatorContext): TextEdit[] {
    if (this.#findings.length === 0 || redactions.length === 0) return []
    return lowerEdits(this.text, this.#shown, planSpans(this.#findings, (start, end) => this.#shown.slice(start, end), redactions, context))
  }
}
