/** What an answer used where the endpoint does not say: counted from its lanes, and marked as estimated. */
import type { Lane, Usage } from '../pipeline/facts.ts'
import type { Exchange } from './exchange.ts'

/** UTF-8 bytes of text for one token: English prose has about four, code and other scripts fewer. */
const bytesPerToken = 4

export function estimatedUsage (x: Exchange, answerBytes: number): Usage {
  return { inputTokens: x.run.facts.shape?.tokenEstimate ?? 0, outputTokens: Math.ceil(answerBytes / bytesPerToken), estimated: true }
}

/** Of what was generated: identifiers and other fields are none of it. */
export function bytesOf (lanes: readonly Lane[]): number {
  return lanes.reduce((bytes, { kind, text }) => kind === 'field' ? bytes : bytes + Buffer.byteLength(text), 0)
}
