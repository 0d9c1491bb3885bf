/** What whoever presents a token must still prove: the key or the certificate that it is bound to; and whom a certificate adds. */
import type { Credential, Party, Principal } from '../../../core/pipeline/plugin.ts'
import type { CertificateRules } from '../certificate/party.ts'
import { checkMayAct } from '../claims/actors.ts'
import type { Verified } from '../claims/principal.ts'
import { invalid, refusal } from '../claims/refusal.ts'
import type { PresentedToken } from '../token/presented.ts'
import type { Trace } from '../token/trace.ts'
import { verifyProof, type ProofServices } from './dpop.ts'

export interface ProvingServices extends ProofServices { readonly certificates: CertificateRules }

/** True where a bearer of the token proves nothing more. */
export function isFree ({ binding, rules }: Verified): boolean {
  return binding === null && rules.dpop !== 'required'
}

/** Throws GW_IDENTITY_PROOF_MISSING, GW_IDENTITY_PROOF_INVALID, GW_IDENTITY_CONFLICT, or what refuses the certificate. */
export function prove (verified: Verified, token: PresentedToken, credential: Credential, services: ProvingServices, trace: Trace): Promise<Principal> | Principal {
  trace('proof of a key', 'a token that is bound to a key needs a DPoP proof, and no other may bring one')
  const provenKey = proveKey(verified, token, credential, services)
  const rest = (): Principal => {
    trace('certificate', 'a certificate beside the token is its proof, an actor, or a conflict')
    return proveCertificate(verified, credential, services)
  }
  return provenKey === null ? rest() : provenKey.then(rest)
}

/** Null where there is no key to prove. */
function proveKey ({ binding, rules }: Verified, token: PresentedToken, credential: Credential, services: ProvingServices): Promise<void> | null {
  const thumbprint = binding?.key ?? null
  if (thumbprint === null) {
    if (rules.dpop === 'required') throw refusal('GW_IDENTITY_PROOF_MISSING', 'dpop is required, and the token is bound to no key')
    if (token.scheme === 'dpop' || credential.proofs.length > 0) throw refusal('GW_IDENTITY_PROOF_INVALID', 'a proof stands beside a token that is bound to no key')
    return null
  }
  if (rules.dpop === 'off') throw refusal('GW_IDENTITY_PROOF_MISSING', 'the token is bound to a key, and dpop is off for its issuer')
  if (token.scheme !== 'dpop') throw refusal('GW_IDENTITY_PROOF_MISSING', 'the token is bound to a key and came as a bearer token')
  const [proof, second] = credential.proofs
  if (proof === undefined) throw refusal('GW_IDENTITY_PROOF_MISSING', 'there is no DPoP header')
  if (second !== undefined) throw refusal('GW_IDENTITY_PROOF_INVALID', 'there are several DPoP headers')
  const target = { method: credential.method, url: credential.url, token: token.text, thumbprint }
  return verifyProof(proof, target, { windowMs: rules.dpopWindowMs, nonce: rules.dpopNonce }, services)
}

/** The principal of a token beside the certificate chain of the connection, which may be empty. */
export function proveCertificate (verified: Verified, { certificates: chain }: Credential, { certificates, nowMs }: ProvingServices): Principal {
  const bound = verified.binding?.certificate ?? null
  if (chain.length === 0) {
    if (bound !== null) throw refusal('GW_IDENTITY_PROOF_MISSING', 'the token is bound to a certificate, and there is none')
    return verified.principal
  }
  if (bound === null && verified.rules.certificate === null) throw refusal('GW_IDENTITY_CONFLICT', 'a certificate stands beside a token that does not name it')
  const facts = certificates.accept(chain, nowMs())
  if (bound === null) return withActor(verified, certificates.party(facts))
  if (facts.thumbprint !== bound) throw refusal('GW_IDENTITY_PROOF_INVALID', 'the certificate is not the one that the token is bound to')
  return verified.principal
}

/** Whoever proved to hold the connection, or the key of a workload, acts now: the nearest of the actors. */
export function withActor ({ principal, mayAct, rules }: Pick<Verified, 'principal' | 'mayAct' | 'rules'>, party: Party): Principal {
  const isKnown = [{ issuer: principal.issuer, id: principal.subject }, ...principal.actors].some(({ issuer, id }) => issuer === party.issuer && id === party.id)
  if (isKnown) throw invalid('who acts is in the chain of actors already')
  if (principal.actors.length >= rules.mostActors) throw invalid(`the chain of actors is longer than ${rules.mostActors}`)
  const actors = Object.freeze([Object.freeze(party), ...principal.actors])
  checkMayAct(mayAct, actors)
  return Object.freeze({ ...principal, actors })
}
