/** How a proof is refused. */
import type { GatewayError } from '../../../core/errors.ts'
import { refusal } from '../claims/refusal.ts'

/** @param detail the rule that was not met; never a value of the proof */
export function badProof (detail: string): GatewayError {
  return refusal('GW_IDENTITY_PROOF_INVALID', `the proof: ${detail}`)
}
