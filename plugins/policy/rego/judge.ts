/** Judges answers by the policy version and with the input of the decision that permitted the request. */
import type { ResponseJudge, ResponseJudgement } from '../../../core/enforce/decision.ts'
import { exactObject, list, Malformed, name, obligations, oneOf, redactions, sortedNames } from '../../../core/enforce/document.ts'
import { canonicalize } from '../../../core/audit/canonical.ts'
import { GatewayError } from '../../../core/pipeline/plugin.ts'

const keys = ['v', 'request_id', 'effect', 'reasons', 'redactions', 'obligations', 'faults']

/**
 * @param ask evaluates the judgement with an input's text
 * @param inputText the decision's own input, a JSON object
 */
export function makeJudge (ask: (inputText: string) => Promise<unknown>, requestId: string, inputText: string): ResponseJudge {
  return async (response, signal) => {
    signal.throwIfAborted()
    const document = await ask(`${inputText.slice(0, -1)},"response":${canonicalize(response)}}`)
    try {
      return decodeJudgement(document, requestId)
    } catch (thrown) {
      throw thrown instanceof Malformed ? new GatewayError('GW_POLICY_INVALID', { cause: thrown }) : thrown
    }
  }
}

/** Throws {@link Malformed}, or `GW_POLICY_CONFLICT` where the policy says so itself. */
function decodeJudgement (value: unknown, requestId: string): ResponseJudgement {
  const document = exactObject(value, keys, 'the judgement')
  if (document['v'] !== 1 || document['request_id'] !== requestId) throw new Malformed('the judgement is not of this request')
  const faults = list(document['faults'], 'faults', (item, where) => name(exactObject(item, ['code', 'rule'], where)['code'], where))
  if (faults.includes('policy.conflict')) throw new GatewayError('GW_POLICY_CONFLICT')
  if (faults.length > 0) throw new Malformed('response rules are at fault')
  const judgement: ResponseJudgement = {
    effect: oneOf(document['effect'], ['permit', 'redact', 'block'], 'effect'),
    reasons: sortedNames(document['reasons'], 'reasons'),
    redactions: redactions(document['redactions'], 'redactions'),
    obligations: obligations(document['obligations'], 'obligations')
  }
  if (judgement.effect === 'block' && judgement.reasons.length === 0) throw new Malformed('a block without a reason')
  if (judgement.effect === 'redact' && judgement.redactions.length === 0) throw new Malformed('a redaction of nothing')
  return judgement
}
