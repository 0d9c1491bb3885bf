/** Finds the one bearer token of a request (RFC 6750 section 2.1), and refuses whatever stands beside it. */
import { GatewayError, type Credential } from '../../../core/pipeline/plugin.ts'

const bearer = /^bearer +([A-Za-z0-9._~+/=-]+)$/i

/** Throws GW_IDENTITY_MISSING, GW_IDENTITY_CONFLICT or GW_IDENTITY_INVALID. */
export function bearerToken (credential: Credential): string {
  const [header, second] = credential.authorization
  if (credential.tokenInQuery) throw new GatewayError('GW_IDENTITY_INVALID')
  if (header === undefined) throw new GatewayError('GW_IDENTITY_MISSING')
  const isBeside = second !== undefined || credential.apiKeys.length > 0 || credential.certificates.length > 0
  if (isBeside) throw new GatewayError('GW_IDENTITY_CONFLICT')
  const token = tokenOf(header)
  if (token === null) throw new GatewayError('GW_IDENTITY_INVALID')
  return token
}

/** The token of an `Authorization` header, or null where it is no bearer's. */
export function tokenOf (header: string): string | null {
  return bearer.exec(header)?.[1] ?? null
}
