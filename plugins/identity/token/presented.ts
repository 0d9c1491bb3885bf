/** Finds the one token of a request (RFC 6750 section 2.1, RFC 9449 section 7.1), and refuses whatever stands beside it. */
import type { Credential } from '../../../core/pipeline/plugin.ts'
import { invalid, refusal } from '../claims/refusal.ts'

export interface PresentedToken { readonly scheme: 'bearer' | 'dpop', readonly text: string }

const scheme = /^(bearer|dpop) +([A-Za-z0-9._~+/=-]+)$/i

/** Throws GW_IDENTITY_MISSING, GW_IDENTITY_CONFLICT or GW_IDENTITY_INVALID. */
export function presentedToken (credential: Credential): PresentedToken {
  refuseAlways(credential)
  const [header, second] = credential.authorization
  if (header === undefined) throw credential.apiKeys.length > 0 ? invalid('an API key was presented where a token is taken') : refusal('GW_IDENTITY_MISSING', 'there is no Authorization header')
  if (second !== undefined) throw refusal('GW_IDENTITY_CONFLICT', 'there are two Authorization headers')
  if (credential.apiKeys.length > 0) throw refusal('GW_IDENTITY_CONFLICT', 'an API key stands beside the token')
  if (hasWorkloadTokens(credential)) throw refusal('GW_IDENTITY_CONFLICT', 'the token of a workload or a transaction stands beside the token, and is not taken here')
  const token = tokenOf(header)
  if (token === null) throw invalid('the Authorization header holds no single token under Bearer or DPoP')
  return token
}

/** True where one of the headers is there that `identity.agent` alone takes. */
export function hasWorkloadTokens ({ workload: { identity, proof, transaction } }: Credential): boolean {
  return identity.length + proof.length + transaction.length > 0
}

/** What no credential makes good. */
export function refuseAlways ({ tokenInQuery, certificateRefused }: Credential): void {
  if (tokenInQuery) throw invalid('the query carries a token')
  if (certificateRefused) throw invalid('the certificate does not verify, or was handed on by a peer that may not do so')
}

/** The token of an `Authorization` header, or null where it holds none. */
export function tokenOf (header: string): PresentedToken | null {
  const [, name, text] = scheme.exec(header) ?? []
  return name === undefined || text === undefined ? null : { scheme: name.toLowerCase() === 'dpop' ? 'dpop' : 'bearer', text }
}
