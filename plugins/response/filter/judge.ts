/** Asks the policy that permitted the request about its answer. Effects only accumulate. */
import { GatewayError } from '../../../core/pipeline/plugin.ts'
import type { Decision, Obligation, Redaction, ResponseInput, ResponseJudgement } from '../../../core/enforce/decision.ts'

/** What all judgements of one answer come to. */
export interface Judged extends Omit<ResponseJudgement, 'effect'> { readonly blocked: boolean }

export const nothingJudged: Judged = { blocked: false, reasons: [], redactions: [], obligations: [] }

/** Throws GW_RESPONSE_FAILED where the policy does not answer, or not what it may. */
export async function judge (decision: Decision, inputs: readonly ResponseInput[], signal: AbortSignal, before = nothingJudged): Promise<Judged> {
  const ask = decision.judge
  if (ask === null) throw new GatewayError('GW_RESPONSE_FAILED')
  try {
    const judgements = await Promise.all(inputs.map(async input => await ask(input, signal)))
    signal.throwIfAborted()
    return judgements.reduce(accumulate, before)
  } catch (thrown) {
    throw new GatewayError('GW_RESPONSE_FAILED', { cause: thrown })
  }
}

/** What was judged last knows most: its redactions come first. */
function accumulate (before: Judged, { effect, reasons, redactions, obligations }: ResponseJudgement): Judged {
  if (!['permit', 'redact', 'block'].includes(effect)) throw new TypeError('the policy judged an answer by an effect that is not known')
  return {
    blocked: before.blocked || effect === 'block',
    reasons: [...new Set([...before.reasons, ...reasons])].sort(),
    redactions: distinct<Redaction>([...redactions, ...before.redactions]),
    obligations: distinct<Obligation>([...before.obligations, ...obligations])
  }
}

function distinct<T> (items: readonly T[]): T[] {
  return items.length < 2 ? [...items] : [...new Map(items.map(item => [JSON.stringify(item), item])).values()]
}
