/** The class of a request: the first configured rule that holds, else what its protocol derived from its form. */
import type { WorkloadRule } from '../config/types.ts'
import type { Shape, Workload } from '../pipeline/facts.ts'

/** What a rule may ask of a request. */
export interface Form extends Pick<Shape, 'model' | 'family' | 'stream' | 'toolCount' | 'outputFormat' | 'tokenEstimate' | 'workload'> {
  /** The route's configured path. */
  readonly route: string
}

export function workloadOf (rules: readonly WorkloadRule[], form: Form): Workload {
  return rules.find(rule => holds(rule, form))?.workload ?? form.workload
}

function holds (rule: WorkloadRule, form: Form): boolean {
  return (rule.model === null || rule.model === form.model || rule.model === form.family) &&
    (rule.route === null || rule.route === form.route) &&
    (rule.stream === null || rule.stream === form.stream) &&
    (rule.tools === null || rule.tools === (form.toolCount > 0)) &&
    (rule.outputFormat === null || rule.outputFormat === form.outputFormat) &&
    (rule.leastTokens === null || form.tokenEstimate >= rule.leastTokens) &&
    (rule.mostTokens === null || form.tokenEstimate <= rule.mostTokens)
}
