/** One question on its way to an answer. */
import type { GatewayError } from '../../../core/pipeline/plugin.ts'

/** Whose rules and which entry point, and the input as JSON text. */
export interface Question {
  readonly tenant: string | null
  readonly entrypoint: string
  readonly inputText: string
}

/** One of both, once. */
export interface Answered {
  /** The result's JSON text. */
  answer (text: string): void
  /** GatewayError `GW_POLICY_*`, `GW_OVERLOADED`. */
  fail (error: GatewayError): void
}

export interface Job extends Question {
  /** Milliseconds of the process's steady clock. */
  readonly askedMs: number
  readonly asker: Answered
}
