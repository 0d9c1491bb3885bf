/** Request metadata without content, as all dialects with models have it. */
import { countOf, itemsOf, memberOf, presentMember, textMember, type JsonNode } from '../../../core/content/json.ts'
import { GatewayError } from '../../../core/errors.ts'
import type { RequestReading } from '../../../core/protocol/contract.ts'

export type ReadShape = RequestReading['shape']

/** Tokens from which a request counts as one of long context. */
const longContextTokens = 32_000

const mostTokens = 1_000_000_000

/** A count, or null where there is none. Throws GW_REQUEST_INVALID for one that is no whole number of zero or more. */
export function countMember (node: JsonNode | null, name: string): number | null {
  const value = presentMember(node, name)
  if (value === null) return null
  const number = countOf(value)
  if (number === null || number > mostTokens) throw new GatewayError('GW_REQUEST_INVALID')
  return number
}

/** The format of OpenAI's `response_format` and its kin. One that is not known is a structured one, as far as routing is concerned. */
export function formatOf (format: JsonNode | null): ReadShape['outputFormat'] {
  if (format === null) return 'text'
  const type = textMember(format, 'type')
  return type === 'text' || type === 'json_object' ? type : 'json_schema'
}

export function workloadOf ({ toolCount, outputFormat, tokenEstimate }: Pick<ReadShape, 'toolCount' | 'outputFormat' | 'tokenEstimate'>): ReadShape['workload'] {
  if (toolCount > 0) return 'tool_use'
  if (outputFormat !== 'text' && outputFormat !== null) return 'structured_output'
  return tokenEstimate > longContextTokens ? 'long_context' : 'chat'
}

/** Names, sorted, each once. */
export function namesOf (names: ReadonlyArray<string | null>): string[] {
  return [...new Set(names.filter(name => name !== null && name !== ''))].sort() as string[]
}

export function lengthOf (root: JsonNode, name: string): number {
  return itemsOf(memberOf(root, name)).length
}

/** How many texts a prompt or an input is: a list of tokens is one. */
export function textsOf (input: JsonNode | null): number {
  if (input?.kind !== 'array') return input === null ? 0 : 1
  return input.numbers !== null || input.items.some(({ kind }) => kind === 'number') ? 1 : input.items.length
}

/** A request for embeddings has no output to speak of. */
export function embeddingShape (tokenEstimate: number): ReadShape {
  return { stream: false, tokenEstimate, maxOutputTokens: 0, outputFormat: null, workload: 'embedding', toolCount: 0 }
}
