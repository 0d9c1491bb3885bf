/** How this phase refuses: a code for the caller, and the rule that was not met for the operator. */
import { GatewayError, type GatewayErrorCode } from '../../../core/errors.ts'

/** @param detail the rule that was not met; never a value of the credential */
export function refusal (code: GatewayErrorCode, detail: string): GatewayError {
  return new GatewayError(code, { detail })
}

/** GW_IDENTITY_INVALID: the credential itself is not in order. */
export function invalid (detail: string): GatewayError {
  return refusal('GW_IDENTITY_INVALID', detail)
}
