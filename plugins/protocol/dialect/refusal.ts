/** Why an endpoint refused a request that another one may take: by the error codes of the dialects, and by their texts where they have no code. */
import { isObject } from '../../../core/config/document.ts'
import type { Protocol } from '../../../core/protocol/contract.ts'

/** A larger body is no error message. */
const largestBytes = 64 * 1024

const codes: ReadonlyMap<unknown, 'context_length' | 'content_filter'> = new Map([
  ['context_length_exceeded', 'context_length'],
  ['content_filter', 'content_filter'],
  ['content_policy_violation', 'content_filter'],
  ['ResponsibleAIPolicyViolation', 'content_filter']
])

/** What vLLM, llama.cpp, Ollama and Anthropic say without a code of its own. */
const tooLong = /maximum context length|context (?:window|length) (?:exceeded|of)|exceeds? (?:the )?(?:available )?context|prompt is too long/i

export const refusal: NonNullable<Protocol['refusal']> = ({ status, body }) => {
  if (status < 400 || status >= 500 || body.length > largestBytes) return null
  const error = errorOf(body)
  if (error === null) return null
  const inner = isObject(error['innererror']) ? error['innererror']['code'] : undefined
  const known = codes.get(error['code']) ?? codes.get(error['type']) ?? codes.get(inner)
  if (known !== undefined) return known
  return typeof error['message'] === 'string' && tooLong.test(error['message'].slice(0, 2000)) ? 'context_length' : null
}

/** `{ error: {..} }`, `{ error: text }`, or the error itself (vLLM). */
function errorOf (body: Uint8Array): Readonly<Record<string, unknown>> | null {
  try {
    const document: unknown = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'))
    if (!isObject(document)) return null
    const { error } = document
    return isObject(error) ? error : typeof error === 'string' ? { message: error } : document
  } catch {
    return null
  }
}
