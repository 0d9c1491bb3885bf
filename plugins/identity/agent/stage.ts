/**
 * Puts together who asks of the tokens that came: an access token says for whom, or a transaction token does; a workload's own token
 * says who acts. Each is verified by itself, and what they say of each other must agree.
 */
import type { Credential, IdentityStage, PhaseHosts, Principal, Stage } from '../../../core/pipeline/plugin.ts'
import type { Verified } from '../claims/principal.ts'
import { invalid, refusal } from '../claims/refusal.ts'
import { proveCertificate, withActor } from '../proof/prove.ts'
import { TokenMemory } from '../token/memory.ts'
import { hasWorkloadTokens, refuseAlways } from '../token/presented.ts'
import { openTokenServices, type TokenOptions, type TokenServices } from '../token/services.ts'
import { holdsOneOf, openSignedTokens, termsOf } from '../token/signed.ts'
import { settled, tokenStage, type Proven } from '../token/stage.ts'
import { silent, traceTo, type Trace } from '../token/trace.ts'
import type { AgentIssuers } from './config.ts'
import { proveWorkload, workloadReader } from './workload.ts'

type AgentStage = Stage<'credential', 'principal'> & IdentityStage

export async function agentStage (issuers: AgentIssuers, options: TokenOptions, host: PhaseHosts['identity']): Promise<AgentStage> {
  const services = await openTokenServices(options, host, () => { for (const kind of [access, workloads, transactions]) kind.forget() })
  const tokens = {
    access: await openSignedTokens(issuers.access, 'access', services, host),
    workload: await openSignedTokens(issuers.workload, 'workload', services, host),
    transaction: await openSignedTokens(issuers.transaction, 'transaction', services, host)
  }
  const access = tokenStage(tokens.access, services)
  const workloads = new TokenMemory(workloadReader(tokens.workload), services.nowMs)
  const transactions = new TokenMemory(tokens.transaction, services.nowMs)

  const judge = async (credential: Credential, trace: Trace): Promise<Principal> => {
    trace('tokens', 'no header twice, and nothing beside them that is not taken here')
    const { identity, transaction } = presentedOf(credential)
    const person = credential.authorization.length === 0 ? null : await access.judge({ ...credential, workload: nothing }, trace)
    const context = transaction === null ? null : (await transactions.read(transaction, transaction, trace)).verified
    trace('agreement', 'the tokens are about one subject, somebody is proven, and a certificate beside them is the proof of one')
    if (context !== null) proveContext(context, credential, services)
    const subject = person !== null ? narrowed(person, context) : context !== null ? withCertificate(context, identity, credential, services) : null
    if (identity === null) return subject?.principal ?? nobody()
    refuseCertificate(subject, credential)
    const workload = await proveWorkload(identity, credential, { workloads, ...services }, trace)
    return subject === null ? workload.principal : withActor(subject, partyOf(workload))
  }

  return {
    kind: 'token',
    ...issuers.access.length === 0 ? {} : { tokens: termsOf(issuers.access) },
    applies: credential => access.knows(credential) || holdsOneOf(credential, tokens.access) ||
      credential.workload.identity.some(tokens.workload.isOurs) || credential.workload.transaction.some(tokens.transaction.isOurs),
    run: (view, signal) => hasWorkloadTokens(view.credential) ? settled(judge(view.credential, silent), signal) : access.run(view, signal),
    explain: async (credential, tell, signal) => hasWorkloadTokens(credential) ? await judge(credential, traceTo(tell)) : await access.explain(credential, tell, signal)
  }
}

/** A principal, and by which rules somebody may act for it. */
type Acting = Pick<Verified, 'principal' | 'mayAct' | 'rules' | 'binding'>

const nothing: Credential['workload'] = Object.freeze({ identity: [], proof: [], transaction: [] })

function presentedOf (credential: Credential): { readonly identity: string | null, readonly transaction: string | null } {
  refuseAlways(credential)
  const { workload: { identity, proof, transaction }, apiKeys, authorization, proofs } = credential
  if (apiKeys.length > 0) throw refusal('GW_IDENTITY_CONFLICT', 'an API key stands beside the tokens')
  if (identity.length > 1 || transaction.length > 1) throw refusal('GW_IDENTITY_CONFLICT', 'there are two tokens of one kind')
  if (identity.length === 0 && proof.length > 0) throw invalid('a proof stands without the token of its workload')
  if (authorization.length === 0 && proofs.length > 0) throw refusal('GW_IDENTITY_PROOF_INVALID', 'a DPoP proof stands without its token')
  return { identity: identity[0] ?? null, transaction: transaction[0] ?? null }
}

/** The context of a transaction cuts roles; it must be that of the same subject. */
function narrowed ({ verified, principal }: Proven, context: Verified | null): Acting {
  if (context === null) return { ...verified, principal }
  const { subject, tenant, expiresMs, transaction = null, rolesAllowed = null } = context.principal
  if (subject !== principal.subject || tenant !== principal.tenant) throw refusal('GW_IDENTITY_CONFLICT', 'the transaction is that of another subject or tenant')
  const cut = (roles: readonly string[]): readonly string[] => Object.freeze(rolesAllowed === null ? roles : roles.filter(role => rolesAllowed.includes(role)))
  const earlier = Math.min(principal.expiresMs ?? Infinity, expiresMs ?? Infinity)
  const allowed = principal.rolesAllowed ?? null
  return { ...verified, principal: Object.freeze({ ...principal, roles: cut(principal.roles), expiresMs: earlier, transaction, rolesAllowed: allowed === null ? rolesAllowed : cut(allowed) }) }
}

/** A transaction token that is bound is proven too, by the certificate that it names: no proof of a key is made for it. */
function proveContext (context: Verified, credential: Credential, services: TokenServices): void {
  if (context.binding === null) return
  if (context.binding.key !== null) throw refusal('GW_IDENTITY_PROOF_MISSING', 'the transaction token is bound to a key, for which there is no proof')
  proveCertificate(context, credential, services)
}

/** A transaction token proves nobody: a workload does beside it, or a certificate. */
function withCertificate (context: Verified, identity: string | null, credential: Credential, services: TokenServices): Acting {
  if (credential.certificates.length > 0) return { ...context, principal: proveCertificate(context, credential, services) }
  if (identity === null) throw refusal('GW_IDENTITY_PROOF_MISSING', 'a transaction token proves nobody, and nobody is proven beside it')
  return context
}

/** A workload's token says who acts, and so would a certificate: only as the proof of a token does one stand beside it. */
function refuseCertificate (subject: Acting | null, { certificates }: Credential): void {
  if (certificates.length > 0 && (subject?.binding?.certificate ?? null) === null) throw refusal('GW_IDENTITY_CONFLICT', 'a certificate stands beside the token of a workload')
}

function partyOf ({ principal: { issuer, subject } }: Verified): { readonly issuer: string, readonly id: string } {
  return Object.freeze({ issuer, id: subject })
}

function nobody (): never {
  throw refusal('GW_IDENTITY_MISSING', 'there is no token of somebody')
}
