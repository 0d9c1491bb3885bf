/** `response.filter` on a whole answer: scanned, judged, and decided in one piece. */
import type { Answer, AnswerDetectors, Facts, ResponseDecision } from '../../../core/pipeline/plugin.ts'
import { noObjection, type ResponseInput } from '../../../core/enforce/decision.ts'
import { decideResponse, type Means } from './decide.ts'
import { judge, nothingJudged } from './judge.ts'
import { tallyOutput, type OutputChecks } from './output.ts'
import { scanAnswer, tallyAnswer, toolsOf, type LaneFinding } from './scan.ts'
import { Tally } from './tally.ts'

export type WholeView = Readonly<Pick<Facts, 'decision' | 'answer' | 'shape' | 'endpoint' | 'issued'>>

/** `finish` of an answer that is over and whose format does not say why. */
export const endedWithoutReason = 'end'

export class WholeJudge {
  readonly #detectors: AnswerDetectors
  readonly #taxonomy: readonly string[]
  readonly #means: Means
  readonly #checks: OutputChecks | null
  /** The tag of an answer in which nothing was found. */
  #plainTag: string | null = null

  /**
   * @param taxonomy levels, lowest first
   * @param checks of structured outputs; null where they are not checked
   */
  constructor (detectors: AnswerDetectors, taxonomy: readonly string[], means: Means, checks: OutputChecks | null) {
    this.#checks = checks
    this.#detectors = detectors
    this.#taxonomy = taxonomy
    this.#means = means
  }

  /** A policy without response rules is not asked: nothing then takes its time. Throws, or rejects with, whatever keeps the answer from being judged. */
  judge (view: WholeView, signal: AbortSignal): ResponseDecision | Promise<ResponseDecision> {
    const findings = scanAnswer(view.answer, this.#detectors)
    return view.decision.judge === noObjection ? this.#decide(view, findings) : this.#ask(view, findings, signal)
  }

  #decide (view: WholeView, findings: readonly LaneFinding[]): ResponseDecision {
    const tag = findings.length === 0 && view.answer.schema === undefined ? this.#tagOfNothing() : this.#tally(view.answer, findings).tag().tag
    return decideResponse({ view, findings, judged: nothingJudged, tag }, this.#means)
  }

  async #ask (view: WholeView, findings: readonly LaneFinding[], signal: AbortSignal): Promise<ResponseDecision> {
    const { decision, answer, shape, endpoint } = view
    const about = { endpoint: endpoint.id, model: shape.model }
    const tally = this.#tally(answer, findings)
    const classification = tally.classification()
    const before: ResponseInput = { ...about, classification: new Tally(this.#detectors, this.#taxonomy).classification(), finish: null, tools: [], bytes: null }
    const after: ResponseInput = { ...about, classification, finish: answer.finish ?? endedWithoutReason, tools: toolsOf(answer, tally), bytes: answer.bytes }
    const judged = await judge(decision, [before, after], signal)
    return decideResponse({ view, findings, judged, tag: classification.tag }, this.#means)
  }

  #tally (answer: Answer, findings: readonly LaneFinding[]): Tally {
    const tally = new Tally(this.#detectors, this.#taxonomy)
    tallyAnswer(answer, findings, tally)
    const check = this.#checks?.of(answer.schema) ?? null
    if (check !== null) for (const lane of answer.lanes) if (lane.kind === 'text' && lane.text !== '') tallyOutput(tally, lane, check(lane.text))
    return tally
  }

  #tagOfNothing (): string {
    this.#plainTag ??= new Tally(this.#detectors, this.#taxonomy).tag().tag
    return this.#plainTag
  }
}
