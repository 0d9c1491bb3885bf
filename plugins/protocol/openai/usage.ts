/** What completions say at their end, those of chats and plain ones alike. */
import { countOf, itemsOf, memberOf, presentMember, textMember, type JsonNode } from '../../../core/content/json.ts'
import type { Usage } from '../../../core/pipeline/facts.ts'

/** What the endpoint counted, or null where it does not say. */
export function readUsage (root: JsonNode): Usage | null {
  const usage = presentMember(root, 'usage')
  const inputTokens = countOf(memberOf(usage, 'prompt_tokens'))
  const outputTokens = countOf(memberOf(usage, 'completion_tokens')) ?? 0
  return inputTokens === null ? null : { inputTokens, outputTokens, estimated: false }
}

export function finishOf (root: JsonNode): string | null {
  const reasons = itemsOf(memberOf(root, 'choices')).map(choice => textMember(choice, 'finish_reason'))
  return reasons.find(reason => reason !== null) ?? null
}
