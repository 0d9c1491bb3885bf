/**
 * `response.filter` on a stream: events wait in order until all of their texts are judged, and leave with their edits made.
 * The policy is asked before the first event, whenever something new was found or a tool call is complete, and at the end.
 */
import { GatewayError, type AnswerDetectors, type AnswerEvent, type AnswerFilter, type EventWriter, type FilterStep, type Issued, type Shape, type StreamCall, type StreamDecision, type StreamLane, type UnscannedKind } from '../../../core/pipeline/plugin.ts'
import type { Decision, ResponseInput } from '../../../core/enforce/decision.ts'
import type { OperatorContext } from '../../../core/enforce/operators.ts'
import { passes } from './decide.ts'
import { EventQueue, type Part } from './event-queue.ts'
import { judge, nothingJudged, type Judged } from './judge.ts'
import { LaneFlow, type Told } from './lane-flow.ts'
import { manifestRemoved } from './manifest.ts'
import { noMarks, planMarks, type MarkMeans, type Marks } from './marks.ts'
import { marksAmong, modeOf, unmet } from './obligations.ts'
import { longestChecked, tallyOutput, type OutputCheck } from './output.ts'
import { isRestorable, TokenFlow } from './restore.ts'
import { StreamSuffix, suffixFor } from './suffix.ts'
import { Tally } from './tally.ts'
import { endedWithoutReason } from './whole.ts'
import { WholeTexts, type WholeText } from './whole-texts.ts'

export interface StreamSetting extends MarkMeans {
  readonly decision: Decision
  /** What the policy is told of the answer beside its content. */
  readonly shape: Pick<Shape, 'outputFormat'>
  readonly about: { readonly endpoint: string, readonly model: string | null }
  readonly detectors: AnswerDetectors
  readonly taxonomy: readonly string[]
  readonly operators: OperatorContext
  readonly issued: Issued
  readonly maxHold: number
  /** Of structured outputs; null where none was asked for, or none is checked. */
  readonly check: OutputCheck | null
  readonly writer: EventWriter
  readonly signal: AbortSignal
}

const nothingLeaves: FilterStep = { events: [], isBlocked: false }
const blocked: FilterStep = { events: [], isBlocked: true }

/** Asks the policy before anything is seen. Throws GW_RESPONSE_FAILED. */
export async function openStreamFilter (setting: StreamSetting): Promise<AnswerFilter> {
  const filter = new StreamFilter(setting)
  await filter.begin()
  return filter
}

class StreamFilter implements AnswerFilter {
  headers: Readonly<Record<string, string>> = {}
  readonly #setting: StreamSetting
  readonly #tally: Tally
  readonly #flows = new Map<StreamLane, LaneFlow>()
  readonly #whole: WholeTexts
  readonly #queue: EventQueue
  readonly #calls = new Map<string, StreamCall>()
  /** Texts that are checked when they are over. */
  readonly #outputs = new Map<StreamLane, string>()
  readonly #unscanned = new Set<UnscannedKind>()
  readonly #faults = new Set<string>()
  #judged: Judged = nothingJudged
  #marks: Marks = noMarks
  #suffix: StreamSuffix | null = null
  /** An event that ends a text: what follows says whether the suffix does. */
  #ending: { readonly event: AnswerEvent, readonly parts: readonly Part[] } | null = null
  #bytes = 0
  #redactions = 0
  #isBlocked = false

  constructor (setting: StreamSetting) {
    this.#setting = setting
    this.#tally = new Tally(setting.detectors, setting.taxonomy)
    this.#whole = new WholeTexts(setting.detectors, setting.issued)
    this.#queue = new EventQueue(setting.writer, this.#whole)
  }

  async begin (): Promise<void> {
    await this.#ask(null)
    const marks = planMarks(this.#obligations(), this.#setting.decision, this.#setting)
    if (marks === null) this.#block('obligation.mark')
    if (marks === null || this.#isBlocked) return
    this.#marks = marks
    this.headers = marks.headers
    const suffix = suffixFor(marks.suffix, this.#setting.shape)
    if (suffix !== '') this.#suffix = new StreamSuffix(suffix, this.#setting.writer)
  }

  take (event: AnswerEvent): FilterStep | Promise<FilterStep> {
    if (this.#isBlocked) return blocked
    this.#bytes += event.bytes.length
    const scanned = this.#scan(event)
    return scanned instanceof Promise ? scanned.then(async isNew => await this.#goOn(event, isNew)) : this.#goOn(event, scanned)
  }

  async finish (): Promise<FilterStep> {
    if (this.#isBlocked) return blocked
    for (const flow of this.#flows.values()) if (!flow.isOver) this.#tell(flow.lane, await flow.end(), false)
    this.#addEnding(null)
    for (const lane of this.#outputs.keys()) this.#checkOutput(lane)
    await this.#ask(this.#queue.finish ?? endedWithoutReason)
    return this.#isBlocked ? blocked : this.#leave(true)
  }

  decision (): StreamDecision {
    const mode = modeOf(this.#obligations())
    const flows = [...this.#flows.values()]
    return {
      decision: this.#isBlocked ? 'block' : this.#redactions > 0 ? 'redact' : 'permit',
      reasons: [...new Set([...this.#judged.reasons, ...this.#faults, ...flows.some(({ hasRemovedManifest }) => hasRemovedManifest) ? [manifestRemoved] : []])].sort(),
      redactions: this.#redactions,
      marked: this.#marks.ids,
      unscanned: [...this.#unscanned].sort(),
      classification: this.#tally.tag().tag,
      holdOverflow: flows.some(({ hasOverflown }) => hasOverflown),
      mode
    }
  }

  /** Shows the event's texts to the detectors. Answers whether anything is new that the policy must hear of. */
  #scan (event: AnswerEvent): boolean | Promise<boolean> {
    const waiting: Array<Promise<boolean>> = []
    let isNew = false
    const told = (lane: StreamLane, found: readonly Told[] | Promise<readonly Told[]>, isRepeat: boolean): void => {
      if (found instanceof Promise) waiting.push(found.then(later => this.#tell(lane, later, isRepeat)))
      else if (found.length > 0) isNew = this.#tell(lane, found, isRepeat) || isNew
    }
    const repeats: Array<readonly [StreamLane, WholeText]> = []
    const parts = event.pieces.map(({ lane, role, text }): Part => {
      if (role === 'next' || role === 'shadow') {
        const flow = this.#flowOf(lane, text)
        const from = flow.length
        told(lane, flow.push(text), false)
        if (this.#setting.check !== null && lane.kind === 'text' && role === 'next') this.#keepOutput(lane, text)
        return { flow, from, to: flow.length }
      }
      const { whole, isNew: isAnother } = this.#whole.judge(lane, text)
      if (isAnother && role === 'again') repeats.push([lane, whole])
      else if (isAnother) told(lane, whole.told(), false)
      return { whole }
    })
    this.#add(event, parts)
    for (const lane of event.closes) {
      const flow = this.#flows.get(lane)
      if (flow !== undefined && !flow.isOver) told(lane, flow.end(), false)
      isNew = this.#checkOutput(lane) || isNew
    }
    for (const [lane, whole] of repeats) told(lane, whole.told(), true) // once what they repeat is told
    return waiting.length === 0 ? isNew : Promise.all(waiting).then(news => isNew || news.includes(true))
  }

  #keepOutput (lane: StreamLane, text: string): void {
    const before = this.#outputs.get(lane) ?? ''
    if (before.length <= longestChecked) this.#outputs.set(lane, before + text)
  }

  #checkOutput (lane: StreamLane): boolean {
    const { check } = this.#setting
    const text = this.#outputs.get(lane) ?? ''
    this.#outputs.delete(lane)
    return check !== null && text !== '' && tallyOutput(this.#tally, lane, check(text))
  }

  /** An event that ends a text waits for the next one where a suffix may stand between them. */
  #add (event: AnswerEvent, parts: readonly Part[]): void {
    if (this.#suffix === null) return this.#queue.add(event, parts)
    this.#addEnding(event)
    if (this.#suffix.take(event)) this.#ending = { event, parts }
    else this.#addAppended(this.#suffix, event, parts, null)
  }

  #addEnding (next: AnswerEvent | null): void {
    const ending = this.#ending
    this.#ending = null
    if (ending !== null && this.#suffix !== null) this.#addAppended(this.#suffix, ending.event, ending.parts, next)
  }

  #addAppended (suffix: StreamSuffix, event: AnswerEvent, parts: readonly Part[], next: AnswerEvent | null): void {
    const { before, edits, lanes } = suffix.append(event, next)
    for (const lane of lanes) this.#flows.get(lane)?.append()
    for (const inserted of before) this.#queue.add(inserted, [])
    this.#queue.add(event, parts, edits)
  }

  #flowOf (lane: StreamLane, text: string): LaneFlow {
    const known = this.#flows.get(lane)
    if (known === undefined) {
      const { detectors, maxHold, issued } = this.#setting
      const flow = new LaneFlow(lane, detectors.stream(lane.path, { maxHold }), isRestorable(lane, issued) ? new TokenFlow(issued) : null)
      this.#flows.set(lane, flow)
      return flow
    }
    if (known.isOver && text !== '') throw new GatewayError('GW_UPSTREAM_BAD_RESPONSE') // it goes on after its end
    return known
  }

  /** Counts what was found. What repeats the answer counts where it says something new. */
  #tell (lane: StreamLane, found: readonly Told[], isRepeat: boolean): boolean {
    let isNew = false
    for (const { finding, value } of found) {
      if (isRepeat && this.#tally.has(finding.label)) continue
      this.#tally.add(lane, finding, value)
      isNew = true
    }
    return isNew
  }

  #goOn (event: AnswerEvent, isNew: boolean): FilterStep | Promise<FilterStep> {
    const { decision } = this.#setting
    for (const { kind } of event.unscanned) this.#unscanned.add(kind)
    if (!passes(event.unscanned, decision)) {
      this.#block('response.unscanned')
      return blocked
    }
    this.#tally.addUnscanned(event.unscanned)
    for (const call of event.calls) this.#calls.set(call.id, call)
    if (!isNew && event.unscanned.length === 0 && event.calls.length === 0) return this.#leave(false)
    return this.#ask(null).then(() => this.#isBlocked ? blocked : this.#leave(false))
  }

  async #ask (finish: string | null): Promise<void> {
    const { decision, about, signal } = this.#setting
    const isFirst = this.#bytes === 0
    const input: ResponseInput = {
      ...about,
      classification: this.#tally.classification(),
      finish,
      tools: [...this.#calls.values()].map(({ name, lane }) => ({ name, labels: this.#tally.labelsOf(lane) })),
      bytes: isFirst ? null : this.#bytes
    }
    this.#judged = await judge(decision, [input], signal, this.#judged)
    for (const fault of unmet(this.#judged.obligations)) this.#block(fault)
    if (!isFirst && this.#hasLateMark()) this.#block('obligation.mark')
    if (this.#judged.blocked && this.#mode() !== 'observe') this.#isBlocked = true
  }

  /** Headers have left with the first event: what is to be marked after that cannot be. */
  #hasLateMark (): boolean {
    return marksAmong(this.#judged.obligations).some(({ id }) => !this.#marks.ids.includes(id))
  }

  #obligations (): Decision['obligations'] {
    return [...this.#setting.decision.obligations, ...this.#judged.obligations]
  }

  #mode (): StreamDecision['mode'] {
    return modeOf(this.#obligations())
  }

  #block (reason: string): void {
    this.#faults.add(reason)
    this.#isBlocked = true
  }

  /** The events that may leave by now. */
  #leave (isEnd: boolean): FilterStep {
    const mode = this.#mode()
    if (mode === 'buffer' && !isEnd) return nothingLeaves
    try {
      const isObserved = mode === 'observe'
      const redactions = isObserved ? [] : this.#judged.redactions
      if (redactions.length > 0 || this.#setting.issued.size > 0 || this.#suffix !== null) for (const flow of this.#flows.values()) flow.plan(redactions, this.#setting.operators)
      const { events, redactions: made } = this.#queue.release({ isEnd, isObserved, editsOf: (whole, isAppended) => whole.edits(redactions, this.#setting.operators, isAppended) })
      this.#redactions += made
      return events.length === 0 ? nothingLeaves : { events, isBlocked: false }
    } catch (thrown) {
      if (!(thrown instanceof GatewayError && thrown.code === 'GW_POLICY_REDACTION')) throw thrown
      this.#block('response.redaction')
      return blocked
    }
  }
}
