/** What messages and their streams have in common. */
import { countOf, memberOf, type JsonNode } from '../../../core/content/json.ts'
import type { Usage } from '../../../core/pipeline/facts.ts'

/** Blocks that call a tool, of the caller's or of the endpoint's. */
export const callTypes: ReadonlySet<string> = new Set(['tool_use', 'server_tool_use', 'mcp_tool_use'])

/** What the endpoint counted, or null where it does not say. Input that was read from a cache, or written to one, is counted apart there. */
export function usageOf (usage: JsonNode | null): Usage | null {
  const inputs = ['input_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens'].map(name => countOf(memberOf(usage, name)))
  const outputTokens = countOf(memberOf(usage, 'output_tokens')) ?? 0
  const [input = null] = inputs
  return input === null ? null : { inputTokens: inputs.reduce<number>((sum, count) => sum + (count ?? 0), 0), outputTokens, estimated: false }
}
