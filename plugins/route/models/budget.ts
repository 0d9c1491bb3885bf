/** Whether an endpoint meets the budget of a request. What is not known is admitted. */
import type { EndpointTerms, Shape } from '../../../core/pipeline/plugin.ts'

/** Expected cost in millionths of a dollar: the estimated input, and the output asked for. Null without a price. */
export function costMicros ({ price }: EndpointTerms, shape: Shape): number | null {
  if (price === null) return null
  return price.input * shape.tokenEstimate + price.output * (shape.maxOutputTokens ?? 0)
}
