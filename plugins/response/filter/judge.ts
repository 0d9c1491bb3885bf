/** Asks the policy that permitted the request about its answer: before anything is seen, and at the end. Effects only accumulate. */
import { GatewayError } from '../../../core/pipeline/plugin.ts'
import type { Decision, ResponseInput, ResponseJudgement } from '../../../core/enforce/decision.ts'

/** What all judgements of one answer come to. */
export interface Judged extends Omit<ResponseJudgement, 'effect'> { readonly blocked: boolean }

/** Throws GW_RESPONSE_FAILED where the policy does not answer, or not what it may. */
export async function judge (decision: Decision, inputs: readonly ResponseInput[], signal: AbortSignal): Promise<Judged> {
  const ask = decision.judge
  if (ask === null) throw new GatewayError('GW_RESPONSE_FAILED')
  try {
    const judgements = await Promise.all(inputs.map(async input => await ask(input, signal)))
    signal.throwIfAborted()
    return accumulate(judgements)
  } catch (thrown) {
    throw new GatewayError('GW_RESPONSE_FAILED', { cause: thrown })
  }
}

function accumulate (judgements: readonly ResponseJudgement[]): Judged {
  if (!judgements.every(({ effect }) => ['permit', 'redact', 'block'].includes(effect))) throw new TypeError('the policy judged an answer by an effect that is not known')
  return {
    blocked: judgements.some(({ effect }) => effect === 'block'),
    reasons: [...new Set(judgements.flatMap(({ reasons }) => reasons))].sort(),
    redactions: judgements.flatMap(({ redactions }) => redactions),
    obligations: judgements.flatMap(({ obligations }) => obligations)
  }
}
