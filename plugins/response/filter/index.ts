/**
 * `response.filter`: the answer is scanned by the pipeline's own detectors and judged by the policy version that permitted the
 * request: whole, or as it comes. Nothing of it leaves before that.
 */
import { definePlugin, halt, proceed, type StageResult } from '../../../core/pipeline/plugin.ts'
import { toGatewayError } from '../../../core/errors.ts'
import { configSchema, type ResponseFilterConfig } from './config.ts'
import { openStreamFilter } from './stream.ts'
import { WholeJudge } from './whole.ts'

export default definePlugin({
  name: 'response.filter',
  version: '1.0.0',
  phase: 'response',
  reads: ['decision', 'answer', 'shape', 'endpoint', 'issued'],
  provides: ['response'],
  configSchema,
  setup (config: ResponseFilterConfig, { detectors, taxonomy, hashKey, redactionKey }) {
    const means = { disclosureHeader: config.disclosure_header ?? 'ai-disclosure', operators: { hashKey: hashKey ?? null, redactionKey: redactionKey ?? null } }
    const whole = new WholeJudge(detectors, taxonomy, means)
    return {
      run: (view, signal) => {
        try {
          const response = whole.judge(view, signal)
          return response instanceof Promise ? response.then(judged => proceed({ response: judged }), failed) : proceed({ response })
        } catch (thrown) {
          return failed(thrown)
        }
      },
      filter: async ({ decision, shape, endpoint, issued }, writer, signal) => await openStreamFilter({
        decision,
        about: { endpoint: endpoint.id, model: shape.model },
        detectors,
        taxonomy,
        issued,
        ...means,
        maxHold: config.max_hold ?? 512,
        writer,
        signal
      })
    }
  }
})

function failed (thrown: unknown): StageResult<'response'> {
  return halt(toGatewayError(thrown, 'GW_RESPONSE_FAILED'))
}
