/**
 * `response.moderation`: a service that the operator names judges what an answer says; the policy that permitted the request
 * judges its labels. The answer is held whole for it, a stream too, and without a judgement in time nothing is released.
 */
import { readReference } from '../../../core/config/reference.ts'
import { matchesLabel } from '../../../core/enforce/label.ts'
import { definePlugin, GatewayError, halt, proceed, type Answer, type AnswerDetectors, type Facts, type Lane, type ResponseDecision } from '../../../core/pipeline/plugin.ts'
import { planEdits } from '../filter/edits.ts'
import { judge, type Judged } from '../filter/judge.ts'
import { modeOf, unmet } from '../filter/obligations.ts'
import type { LaneFinding } from '../filter/scan.ts'
import { toolsOf, tallyAnswer } from '../filter/scan.ts'
import { Tally } from '../filter/tally.ts'
import { endedWithoutReason } from '../filter/whole.ts'
import { ModerationClient, type ModeratedText, type ModerationLabel } from './ask.ts'
import { configSchema, decodeConfig, type ResponseModerationConfig } from './config.ts'

type View = Readonly<Pick<Facts, 'decision' | 'answer' | 'shape' | 'endpoint'>>

export default definePlugin({
  name: 'response.moderation',
  version: '1.0.0',
  phase: 'response',
  reads: ['decision', 'answer', 'shape', 'endpoint'],
  provides: ['response'],
  configSchema,
  check: (config: ResponseModerationConfig) => {
    try {
      decodeConfig(config)
      return []
    } catch (thrown) {
      return [{ message: `response.moderation: ${thrown instanceof Error ? thrown.message : 'it cannot be decoded'}`, fix: 'see docs/configuration.md, response.moderation', path: ['url'] }]
    }
  },
  setup (config: ResponseModerationConfig, { detectors, taxonomy, folder, log, hashKey, redactionKey }) {
    const service = decodeConfig(config)
    const client = new ModerationClient(service, config.token === undefined ? null : readReference(config.token, folder))
    const operators = { hashKey: hashKey ?? null, redactionKey: redactionKey ?? null }
    return {
      run: async (view, signal) => {
        const { answer, decision } = view
        try {
          const sent = textsOf(answer, detectors, service.never)
          const labels = sent.length === 0 ? [] : await client.ask(decision.id, sent.map(({ text }) => text), signal)
          const findings = findingsOf(labels, sent.map(({ lane }) => lane), answer.lanes)
          const tally = new Tally(detectors, taxonomy)
          tallyAnswer(answer, findings, tally)
          const judged = findings.length === 0 ? null : await ask(view, tally, signal)
          const edits = judged === null ? [] : planEdits(findings, answer.lanes, judged.redactions, operators)
          return proceed({ response: decide(view, judged, edits, sent.length === 0 ? [] : [`external.${service.name}`], tally.tag().tag) })
        } catch (thrown) {
          if (!signal.aborted) log.warn({ error: thrown }, 'an answer was not moderated')
          return halt(new GatewayError('GW_RESPONSE_FAILED', { cause: thrown }))
        }
      },
      close: async () => { await client.close() }
    }
  }
})

interface SentText { readonly lane: number, readonly text: ModeratedText }

/** What the answer says, without what must never leave. */
function textsOf ({ lanes }: Answer, detectors: AnswerDetectors, never: readonly string[]): SentText[] {
  return lanes.flatMap(({ kind, path, text }, lane) => {
    if (kind === 'field' || text === '') return []
    const hidden = detectors.scan(text, path).filter(({ label }) => never.some(glob => matchesLabel(glob, label)))
    const shown = hidden.reduce((now, { start, end }) => now.slice(0, start) + '*'.repeat(end - start) + now.slice(end), text)
    return [{ lane, text: { kind, path: path.map(key => `/${key}`).join(''), text: shown } }]
  })
}

/** A label stands for the whole of its text. */
function findingsOf (labels: readonly ModerationLabel[], sent: readonly number[], lanes: readonly Lane[]): LaneFinding[] {
  return labels.flatMap(({ label, confidence, text }) => (text === null ? sent : [sent[text] ?? 0]).map(lane => (
    { label, detector: 'response.moderation', confidence, lane, start: 0, end: lanes[lane]?.text.length ?? 0 }
  )))
}

/** A policy without response rules says what it would say of any answer: nothing. */
async function ask ({ decision, answer, shape, endpoint }: View, tally: Tally, signal: AbortSignal): Promise<Judged> {
  const input = { endpoint: endpoint.id, model: shape.model, classification: tally.classification(), finish: answer.finish ?? endedWithoutReason, tools: toolsOf(answer, tally), bytes: answer.bytes }
  return await judge(decision, [input], signal)
}

function decide ({ decision }: View, judged: Judged | null, edits: ResponseDecision['edits'], reasons: readonly string[], tag: string): ResponseDecision {
  const obligations = judged?.obligations ?? []
  const isObserved = modeOf([...decision.obligations, ...obligations]) === 'observe'
  // Marks are made by the filter, which sees all obligations of the decision; one that hangs on a moderation label comes too late.
  const faults = [...unmet(obligations), ...obligations.some(({ type, id }) => type === 'mark' && !decision.obligations.some(one => one.id === id)) ? ['obligation.mark'] : []]
  const isBlocked = faults.length > 0 || (judged?.blocked === true && !isObserved)
  const made = isBlocked || isObserved ? [] : edits
  return {
    decision: isBlocked ? 'block' : made.length > 0 ? 'redact' : 'permit',
    reasons: [...new Set([...reasons, ...judged?.reasons ?? [], ...faults])].sort(),
    edits: made,
    redactions: made.length,
    headers: {},
    marked: [],
    unscanned: [],
    classification: tag,
    mode: isObserved ? 'observe' : 'buffer'
  }
}
