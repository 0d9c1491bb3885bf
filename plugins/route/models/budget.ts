/** Whether an endpoint meets the budget of a request. What is not known is admitted. */
import type { Budget, Shape } from '../../../core/pipeline/plugin.ts'
import type { EndpointTerms } from '../../../core/pipeline/plugin.ts'

/** Expected cost in millionths of a dollar: the estimated input, and the output asked for. Null without a price. */
export function costMicros ({ price }: EndpointTerms, shape: Shape): number | null {
  if (price === null) return null
  return price.input * shape.tokenEstimate + price.output * (shape.maxOutputTokens ?? 0)
}

/**
 * @param latencyMs mean of late, or null
 * @param cost expected cost in micros, or null
 * @param spentMs what earlier attempts of this request took
 */
export function meetsBudget (budget: Budget, latencyMs: number | null, cost: number | null, spentMs: number): boolean {
  const inTime = budget.latencyMs === null || spentMs + (latencyMs ?? 0) <= budget.latencyMs
  const inCost = budget.costMicros === null || (cost ?? 0) <= budget.costMicros
  return inTime && inCost
}
