/** The router's line in the operational log, one for each attempt: nothing of who asked, of what, or of what was permitted. */
import type { Attempt, SettleResult } from '../../../core/pipeline/plugin.ts'
import type { Situation } from './situation.ts'

export type RouteLine = Readonly<Record<string, string | number | null>>

export function lineOf (attempt: Attempt, { permit, attempts }: Partial<Situation>, { usage, costMicros }: SettleResult): RouteLine {
  const answered = attempt.error === null
  return {
    endpoint: attempt.endpoint,
    reason: attempt.reason,
    decision_id: permit?.decisionId ?? null,
    attempt: (attempts?.length ?? 0) + 1,
    dials: 1 + (attempts ?? []).filter(({ endpoint }) => endpoint === attempt.endpoint).length,
    status: attempt.status,
    code: attempt.error,
    cause: attempt.cause ?? null,
    milliseconds: attempt.milliseconds,
    first_byte_ms: attempt.firstByteMs ?? null,
    input_tokens: answered ? usage?.inputTokens ?? null : null,
    output_tokens: answered ? usage?.outputTokens ?? null : null,
    cost_micros: answered ? costMicros : null
  }
}
