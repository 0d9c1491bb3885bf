/** Obligations that the request itself must meet before it is recorded as permitted. */
import { GatewayError } from '../errors.ts'
import type { RequestFacts } from '../pipeline/facts.ts'
import type { Obligation } from './decision.ts'

/** Throws where an obligation is not met: the request is then denied, never edited to fit. */
export function requireObligations (obligations: readonly Obligation[], request: RequestFacts): void {
  for (const obligation of obligations) requireOne(obligation, request)
}

function requireOne (obligation: Obligation, request: RequestFacts): void {
  if (obligation.type === 'require_reason' && request.reason === null) {
    throw new GatewayError('GW_POLICY_REASON_REQUIRED')
  }
  if (obligation.type === 'max_output_tokens' && !withinOutput(obligation, request.maxOutputTokens)) {
    throw new GatewayError('GW_POLICY_OBLIGATION', { reasons: [`obligation.${obligation.type}`] })
  }
}

/** A request that names no bound could be answered beyond it: it does not meet the obligation. */
function withinOutput (obligation: Obligation, asked: number | null): boolean {
  const bound = obligation.parameters['n']
  return typeof bound === 'number' && asked !== null && asked <= bound
}
