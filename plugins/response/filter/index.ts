/**
 * `response.filter`: the answer is scanned by the pipeline's own detectors and judged by the policy version that permitted the
 * request: whole, or as it comes. Nothing of it leaves before that.
 */
import { definePlugin, halt, proceed, type Answer } from '../../../core/pipeline/plugin.ts'
import { toGatewayError } from '../../../core/errors.ts'
import type { ResponseInput } from '../../../core/enforce/decision.ts'
import { configSchema, type ResponseFilterConfig } from './config.ts'
import { decideResponse } from './decide.ts'
import { judge } from './judge.ts'
import { scanAnswer, tallyAnswer, toolsOf } from './scan.ts'
import { openStreamFilter } from './stream.ts'
import { Tally } from './tally.ts'

/** `finish` of an answer that is over and whose format does not say why. */
const endedWithoutReason = 'end'

export default definePlugin({
  name: 'response.filter',
  version: '1.0.0',
  phase: 'response',
  reads: ['decision', 'answer', 'shape', 'endpoint'],
  provides: ['response'],
  configSchema,
  setup (config: ResponseFilterConfig, { detectors, taxonomy, hashKey, redactionKey }) {
    const means = { disclosureHeader: config.disclosure_header ?? 'ai-disclosure', operators: { hashKey: hashKey ?? null, redactionKey: redactionKey ?? null } }
    return {
      run: async ({ decision, answer, shape, endpoint }, signal) => {
        try {
          const about = { endpoint: endpoint.id, model: shape.model }
          const findings = scanAnswer(answer, detectors)
          const tally = new Tally(detectors, taxonomy)
          const before: ResponseInput = { ...about, classification: tally.classification(), finish: null, tools: [], bytes: null }
          tallyAnswer(answer, findings, tally)
          const classification = tally.classification()
          const after: ResponseInput = { ...about, classification, finish: finishOf(answer), tools: toolsOf(answer, tally), bytes: answer.bytes }
          const judged = await judge(decision, [before, after], signal)
          return proceed({ response: decideResponse({ decision, answer, findings, judged, tag: classification.tag }, means) })
        } catch (thrown) {
          return halt(toGatewayError(thrown, 'GW_RESPONSE_FAILED'))
        }
      },
      filter: async ({ decision, shape, endpoint }, writer, signal) => await openStreamFilter({
        decision,
        about: { endpoint: endpoint.id, model: shape.model },
        detectors,
        taxonomy,
        ...means,
        maxHold: config.max_hold ?? 512,
        writer,
        signal
      })
    }
  }
})

function finishOf ({ finish }: Answer): string {
  return finish ?? endedWithoutReason
}
