/** From verified claims to the principal. */
import type { Party, Principal } from '../../../core/pipeline/plugin.ts'
import { checkMayAct, readActors, readMayAct } from './actors.ts'
import { confirmationOf, readBinding, type Binding } from './binding.ts'
import { fencedRoles, fencedTenant, type Fence } from './fence.ts'
import { at } from './pointer.ts'
import { invalid } from './refusal.ts'
import type { ClaimRules, TokenKind } from './rules.ts'
import { isFitText, optionalText, textsOf } from './texts.ts'
import { checkTimes } from './times.ts'
import { checkWorkload } from './workload.ts'
import type { Trace } from '../token/trace.ts'

export type Claims = Readonly<Record<string, unknown>>

/** What a token says, once its issuer is known to have said it; whoever presents it may still have to prove a key. */
export interface Verified {
  readonly principal: Principal
  readonly rules: ClaimRules
  readonly binding: Binding | null
  /** Who alone may act for the subject; null = not said. */
  readonly mayAct: Party | null
  /** `jti` and `iat`, for revocation; null where the token does not say. */
  readonly tokenId: string | null
  readonly issuedMs: number | null
  /** From then on the token is looked at anew. */
  readonly untilMs: number
}

/** Throws GW_IDENTITY_INVALID, GW_IDENTITY_EXPIRED, GW_IDENTITY_TENANT, or GW_IDENTITY_PROOF_MISSING for an unknown way of being bound. */
export function readClaims (claims: Claims, rules: ClaimRules, nowMs: number, trace: Trace): Verified {
  trace('audience', 'aud names one of those configured')
  checkAudience(claims, rules)
  trace('times', 'exp, nbf and iat, and max_age where it is configured')
  const { expiresMs, issuedMs, acceptedUntilMs } = checkTimes(claims, rules, nowMs)
  trace('binding', 'cnf is absent, or names a key that can be proven here')
  const binding = readBinding(claims['cnf'], rules.kind)
  trace('subject', 'sub or client_id, and a chain of actors that does not come back to itself')
  const { subject, isClient } = readSubject(claims)
  if (rules.kind === 'workload') checkWorkload(subject, rules.trustDomains)
  const actors = readActors(claims['act'], { issuer: rules.issuer, id: subject }, rules.mostActors)
  const mayAct = readMayAct(claims['may_act'], rules.issuer)
  checkMayAct(mayAct, actors)
  trace('tenant', 'the tenant is one that this issuer may claim; roles beyond its own are cut')
  const fence = narrowedFence(claims, rules)
  const principal: Principal = Object.freeze({
    type: rules.type ?? readType(claims, rules, isClient),
    issuer: rules.issuer,
    subject,
    tenant: fencedTenant(optionalText(at(claims, rules.claims.tenant)), fence),
    roles: Object.freeze(fencedRoles(textsOf(at(claims, rules.claims.roles)), fence)),
    role: null,
    groups: Object.freeze(textsOf(at(claims, rules.claims.groups))),
    method: rules.method,
    assurance: optionalText(claims['acr']),
    expiresMs,
    actors,
    confirmation: confirmationOf(binding),
    transaction: readTransaction(claims, rules.kind),
    rolesAllowed: fence.rolesAllowed
  })
  return { principal, rules, binding, mayAct, tokenId: isFitText(claims['jti']) ? claims['jti'] : null, issuedMs, untilMs: acceptedUntilMs }
}

/** Any one of the configured audiences (RFC 7519 section 4.1.3). A workload's token may name none: its proofs do. */
function checkAudience (claims: Claims, { audiences, kind }: ClaimRules): void {
  const claimed: unknown = claims['aud']
  if (claimed === undefined && kind === 'workload') return
  const list: readonly unknown[] = Array.isArray(claimed) ? claimed : [claimed]
  const isForUs = list.every(one => typeof one === 'string') && list.some(one => audiences.includes(one))
  if (!isForUs) throw invalid('the audience is missing, malformed or none of those configured')
}

/** A client that acts for nobody but itself has its own id as subject, or none (RFC 9068 section 2.2). */
function readSubject (claims: Claims): { readonly subject: string, readonly isClient: boolean } {
  const client = optionalText(claims['client_id'])
  const subject = optionalText(claims['sub']) ?? client
  if (subject === null) throw invalid('there is neither sub nor client_id')
  return { subject, isClient: subject === client || subject === claims['azp'] }
}

function readType (claims: Claims, { claims: pointers }: ClaimRules, isClient: boolean): Principal['type'] {
  const mapped = optionalText(at(claims, pointers.type))
  if (mapped === null) return isClient ? 'service' : 'user'
  if (mapped === 'user' || mapped === 'service' || mapped === 'agent') return mapped
  throw invalid('the mapped type is none of user, service and agent')
}

/** The name of the transaction, which a transaction token must have. */
function readTransaction (claims: Claims, kind: TokenKind): string | null {
  if (kind !== 'transaction') return null
  const name = optionalText(claims['txn'])
  if (name === null) throw invalid('txn is missing')
  return name
}

/** A transaction's context may name the roles it was limited to: it cuts, and never adds. */
function narrowedFence (claims: Claims, { fence, narrowRoles }: ClaimRules): Fence {
  const narrowing = at(claims, narrowRoles)
  return narrowing === undefined ? fence : { ...fence, rolesAllowed: fencedRoles(textsOf(narrowing), fence) }
}
