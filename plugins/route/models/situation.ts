/** What a choice is made of. */
import type { FallbackCause } from '../../../core/config/types.ts'
import type { Attempt, AttemptCause, Budget, Shape } from '../../../core/pipeline/plugin.ts'
import type { PermitContent } from '../../../core/enforce/permit.ts'

export interface Situation {
  readonly permit: PermitContent
  readonly shape: Shape
  readonly budget: Budget
  readonly attempts: readonly Attempt[]
}

/** Why an endpoint is not chosen. */
export type Exclusion = 'tried' | 'context' | 'latency_budget' | 'cost_budget' | 'held' | 'limit'

/** The name under which a cause is configured; null for one after which nothing is tried. */
export function fallbackCause (cause: AttemptCause): FallbackCause | null {
  switch (cause) {
    case 'connect': case 'reset': return 'unreachable'
    case 'abandoned': case 'aborted': return null
    default: return cause
  }
}

/** True where the endpoint gave no sign of having read the request. */
export function isUnanswered ({ cause, status }: Attempt): boolean {
  return status === null && (cause === 'connect' || cause === 'reset')
}
