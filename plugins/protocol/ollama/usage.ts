/** What an answer, or the last line of a stream, says at its end. */
import { countOf, memberOf, textMember, type JsonNode } from '../../../core/content/json.ts'
import type { Usage } from '../../../core/pipeline/facts.ts'

export function finishOf (root: JsonNode): string | null {
  return textMember(root, 'done_reason')
}

/** What the endpoint counted, or null where it does not say. A prompt that it had in its cache is not counted. */
export function usageOf (root: JsonNode): Usage | null {
  const inputTokens = countOf(memberOf(root, 'prompt_eval_count'))
  const outputTokens = countOf(memberOf(root, 'eval_count'))
  return inputTokens === null && outputTokens === null ? null : { inputTokens: inputTokens ?? 0, outputTokens: outputTokens ?? 0, estimated: false }
}
