/** Request metadata without content. */
import { countOf, itemsOf, memberOf, presentMember, textMember, type JsonNode } from '../../../core/content/json.ts'
import { GatewayError } from '../../../core/errors.ts'
import type { RequestReading } from '../../../core/protocol/contract.ts'

type ReadShape = RequestReading['shape']

/** Tokens from which a request counts as one of long context. */
const longContextTokens = 32_000

/** Throws GW_REQUEST_INVALID for counts that are none. */
export function readShape (root: JsonNode, tokenEstimate: number): ReadShape {
  const toolCount = itemsOf(memberOf(root, 'tools')).length + itemsOf(memberOf(root, 'functions')).length
  const outputFormat = formatOf(root)
  return {
    stream: memberOf(root, 'stream')?.kind === 'true',
    tokenEstimate,
    maxOutputTokens: outputTokens(root),
    outputFormat,
    workload: workloadOf(toolCount, outputFormat, tokenEstimate),
    toolCount
  }
}

/** The larger bound where both are given, for each of the `n` choices. */
function outputTokens (root: JsonNode): number | null {
  const bounds = ['max_completion_tokens', 'max_tokens'].flatMap(name => count(root, name) ?? [])
  const choices = Math.max(1, count(root, 'n') ?? 1)
  return bounds.length === 0 ? null : Math.max(...bounds) * choices
}

function count (root: JsonNode, name: string): number | null {
  const value = presentMember(root, name)
  if (value === null) return null
  const number = countOf(value)
  if (number === null || number > 1_000_000_000) throw new GatewayError('GW_REQUEST_INVALID')
  return number
}

/** A format that is not known is a structured one, as far as routing is concerned. */
function formatOf (root: JsonNode): ReadShape['outputFormat'] {
  const format = presentMember(root, 'response_format')
  if (format === null) return 'text'
  const type = textMember(format, 'type')
  return type === 'text' || type === 'json_object' ? type : 'json_schema'
}

function workloadOf (toolCount: number, outputFormat: ReadShape['outputFormat'], tokenEstimate: number): ReadShape['workload'] {
  if (toolCount > 0) return 'tool_use'
  if (outputFormat !== 'text') return 'structured_output'
  return tokenEstimate > longContextTokens ? 'long_context' : 'chat'
}
