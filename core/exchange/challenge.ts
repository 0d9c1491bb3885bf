/** How an answer says what credential would do (RFC 9110 section 11.6.1, RFC 6750 section 3, RFC 9449 section 7.1, RFC 9728 section 5.1). */
import type { GatewayErrorCode } from '../errors.ts'
import type { TokenTerms } from '../pipeline/plugin.ts'

const realm = 'realm="sallyport"'

/** The error parameter that clients understand; null where no credential was presented. */
function errorOf (code: GatewayErrorCode): string | null {
  switch (code) {
    case 'GW_IDENTITY_MISSING': return null
    case 'GW_IDENTITY_CONFLICT': return 'invalid_request'
    case 'GW_IDENTITY_PROOF_INVALID': case 'GW_IDENTITY_PROOF_MISSING': return 'invalid_dpop_proof'
    case 'GW_IDENTITY_NONCE_REQUIRED': return 'use_dpop_nonce'
    default: return 'invalid_token'
  }
}

/**
 * The value of `WWW-Authenticate`: one challenge for each scheme that the pipeline takes.
 * @param metadata URL of the protected resource's document, or null
 */
export function challengeOf (code: GatewayErrorCode, terms: readonly TokenTerms[], metadata: string | null): string {
  const algorithms = [...new Set(terms.flatMap(({ proofAlgorithms }) => proofAlgorithms))]
  const takesBearer = terms.length === 0 || !terms.every(({ proofRequired }) => proofRequired)
  const where = metadata === null ? [] : [`resource_metadata="${metadata}"`]
  const error = errorOf(code)
  const isOfProof = error === 'invalid_dpop_proof' || error === 'use_dpop_nonce'
  const challenges = [
    ...takesBearer ? [`Bearer ${[realm, ...parameter(isOfProof && algorithms.length === 0 ? 'invalid_token' : isOfProof ? null : error), ...where].join(', ')}`] : [],
    ...algorithms.length > 0 ? [`DPoP ${[realm, ...parameter(error), `algs="${algorithms.join(' ')}"`, ...where].join(', ')}`] : []
  ]
  return challenges.join(', ')
}

function parameter (error: string | null): string[] {
  return error === null ? [] : [`error="${error}"`]
}
