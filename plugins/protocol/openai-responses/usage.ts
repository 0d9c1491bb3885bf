/** What a response says at its end. */
import { countOf, memberOf, presentMember, textMember, type JsonNode } from '../../../core/content/json.ts'
import type { Usage } from '../../../core/pipeline/facts.ts'

/** Why a response is not complete, else its status. */
export function finishOf (response: JsonNode | null): string | null {
  return textMember(memberOf(response, 'incomplete_details'), 'reason') ?? textMember(response, 'status')
}

/** What the endpoint counted, or null where it does not say. */
export function usageOf (response: JsonNode | null): Usage | null {
  const usage = presentMember(response, 'usage')
  const inputTokens = countOf(memberOf(usage, 'input_tokens'))
  return inputTokens === null ? null : { inputTokens, outputTokens: countOf(memberOf(usage, 'output_tokens')) ?? 0, estimated: false }
}
