/**
 * `response.filter`: the answer is scanned by the pipeline's own detectors and judged by the policy version that permitted the
 * request: whole, or as it comes. Nothing of it leaves before that.
 */
import { definePlugin, halt, proceed, type StageResult } from '../../../core/pipeline/plugin.ts'
import { toGatewayError } from '../../../core/errors.ts'
import { configSchema, type ResponseFilterConfig } from './config.ts'
import { OutputChecks } from './output.ts'
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
    const markForms = new Map(Object.entries(config.marks ?? {}))
    const means = { disclosureHeader: config.disclosure_header ?? 'ai-disclosure', markForms, operators: { hashKey: hashKey ?? null, redactionKey: redactionKey ?? null } }
    const checks = config.check_output_schema === true ? new OutputChecks() : null
    const whole = new WholeJudge(detectors, taxonomy, means, checks)
    return {
      run: (view, signal) => {
        try {
          const response = whole.judge(view, signal)
          return response instanceof Promise ? response.then(judged => proceed({ response: judged }), failed) : proceed({ response })
        } catch (thrown) {
          return failed(thrown)
        }
      },
      filter: async ({ decision, answer, shape, endpoint, issued }, writer, signal) => await openStreamFilter({
        decision,
        about: { endpoint: endpoint.id, model: shape.model },
        shape,
        detectors,
        taxonomy,
        issued,
        ...means,
        check: checks?.of(answer.schema) ?? null,
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
