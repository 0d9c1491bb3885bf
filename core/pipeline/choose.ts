/** Chooses among the branches of an `any` by the kind of credential presented (CONTRACT 1). Nothing is believed yet. */
import { GatewayError } from '../errors.ts'
import type { Credential } from './facts.ts'
import type { CredentialKind } from './plugin.ts'
import type { ReadyStage } from './run.ts'

/**
 * The one branch that the credential is for. Throws GW_IDENTITY_MISSING, GW_IDENTITY_UNTRUSTED_ISSUER or
 * GW_IDENTITY_CONFLICT, or what a certificate's own branch says of a certificate beside a token.
 */
export function chooseBranch (branches: readonly ReadyStage[], credential: Credential): ReadyStage {
  const applying = withoutRest(branches.filter(({ stage }) => stage.applies?.(credential) ?? true))
  const [chosen, second] = applying
  if (chosen === undefined) throw nobodys(credential)
  if (second === undefined) return chosen
  return tokenBesideCertificate(applying, credential)
}

function kindOf ({ stage }: ReadyStage): CredentialKind {
  return stage.kind ?? 'stranger'
}

/** The branch for any other token stands back where a branch of a certain kind takes what came as one. */
function withoutRest (applying: readonly ReadyStage[]): readonly ReadyStage[] {
  const isTaken = applying.some(branch => kindOf(branch) === 'token' || kindOf(branch) === 'api_key')
  return isTaken ? applying.filter(branch => kindOf(branch) !== 'any_token') : applying
}

/** A token and a certificate go together, and the token's branch says how; the certificate's may still refuse it. Any other two do not. */
function tokenBesideCertificate (applying: readonly ReadyStage[], credential: Credential): ReadyStage {
  const [certificate, ...others] = applying.filter(branch => kindOf(branch) === 'certificate')
  const [token, ...rest] = applying.filter(branch => ['token', 'any_token'].includes(kindOf(branch)))
  const isPair = certificate !== undefined && token !== undefined && others.length + rest.length === 0 && applying.length === 2
  if (!isPair) throw new GatewayError('GW_IDENTITY_CONFLICT', { detail: 'more than one kind of credential was presented' })
  certificate.stage.vouch?.(credential)
  return token
}

function nobodys ({ authorization, apiKeys, certificates, workload, certificateRefused, tokenInQuery }: Credential): GatewayError {
  const presented = authorization.length + apiKeys.length + certificates.length + workload.identity.length + workload.transaction.length
  if (presented > 0) return new GatewayError('GW_IDENTITY_UNTRUSTED_ISSUER', { detail: 'no branch of the choice takes such a credential' })
  if (certificateRefused || tokenInQuery) return new GatewayError('GW_IDENTITY_INVALID', { detail: 'the certificate does not verify, or the query carries a token' })
  return new GatewayError('GW_IDENTITY_MISSING', { detail: 'there is no credential' })
}
