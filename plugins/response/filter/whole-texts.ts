/** Texts of a stream that stand for themselves: judged when they come, once for as long as they stay the same. */
import { lowerEdits } from '../../../core/content/edit.ts'
import { showNested, type TextEdit } from '../../../core/content/nested.ts'
import type { AnswerDetectors, Issued, StreamLane, TextFinding } from '../../../core/pipeline/plugin.ts'
import type { Redaction } from '../../../core/enforce/decision.ts'
import type { OperatorContext } from '../../../core/enforce/operators.ts'
import { planSpans } from './edits.ts'
import type { Told } from './lane-flow.ts'
import { manifestsIn, withoutManifests } from './manifest.ts'
import { restoresOf } from './restore.ts'
import { scanText } from './scan.ts'

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
    const findings = scanText(shown, lane.path, this.#detectors)
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

  /**
   * @param isAppended true where something is put behind the text
   * Throws GW_POLICY_REDACTION for an edit that cannot be made.
   */
  edits (redactions: readonly Redaction[], context: OperatorContext, isAppended: boolean): PlannedEdits {
    const isTouched = this.#findings.length > 0 && redactions.length > 0
    if (!isTouched && !isAppended && this.#issued.size === 0) return noEdits
    const spans = isTouched ? planSpans(this.#findings, (start, end) => this.#shown.slice(start, end), redactions, context) : []
    const made = [...spans, ...restoresOf(this.#lane, this.#shown, this.#issued, spans)]
    const isVoid = (made.length > 0 || isAppended) && this.#shown.includes('\ufeff')
    const all = isVoid ? withoutManifests<TextEdit>(manifestsIn(this.#shown), made, ({ start, end }) => ({ start, end, replacement: '' })) : made
    return all.length === 0 ? noEdits : { edits: lowerEdits(this.text, this.#shown, all), redactions: spans.length }
  }
}
