/** Takes a proof apart, as strictly as a token. */
import { GatewayError } from '../../../core/errors.ts'
import { readCompact, readHeader, type CompactToken } from '../token/read.ts'
import { badProof } from './refusal.ts'

/** Throws GW_IDENTITY_PROOF_INVALID for whatever is not one JWS of this type in canonical form. */
export function readProof (proof: string, type: string): CompactToken & { readonly algorithm: string } {
  try {
    const token = readCompact(proof)
    return { ...token, algorithm: readHeader(token.header, [type]).algorithm }
  } catch (thrown) {
    throw thrown instanceof GatewayError ? badProof(thrown.detail ?? 'it is no proof') : thrown
  }
}
