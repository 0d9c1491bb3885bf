/** From verified claims to the principal. */
import { GatewayError, type Principal } from '../../../core/pipeline/plugin.ts'
import { readActors } from './actors.ts'
import type { Issuer } from './config.ts'
import type { JsonObject } from './json.ts'
import { optionalText, textsOf } from './texts.ts'

/** Throws GW_IDENTITY_INVALID, GW_IDENTITY_TENANT, or GW_IDENTITY_PROOF_MISSING for a token bound to a key (RFC 7800). */
export function makePrincipal (claims: JsonObject, issuer: Issuer, expiresMs: number): Principal {
  if (claims['cnf'] !== undefined) throw new GatewayError('GW_IDENTITY_PROOF_MISSING')
  const { subject, isClient } = readSubject(claims)
  return Object.freeze({
    type: readType(claims, issuer, isClient),
    issuer: issuer.issuer,
    subject,
    tenant: readTenant(claims, issuer),
    roles: Object.freeze(readRoles(claims, issuer)),
    role: null,
    groups: Object.freeze(textsOf(at(claims, issuer.claims.groups))),
    method: 'jwt',
    assurance: optionalText(claims['acr']),
    expiresMs,
    actors: Object.freeze(readActors(claims['act'], issuer.issuer)),
    confirmation: null
  })
}

/** Any one of the configured audiences (RFC 7519 section 4.1.3). */
export function checkAudience (claims: JsonObject, audiences: readonly string[]): void {
  const claimed: unknown = claims['aud']
  const list: readonly unknown[] = Array.isArray(claimed) ? claimed : [claimed]
  const isForUs = list.every(one => typeof one === 'string') && list.some(one => audiences.includes(one))
  if (!isForUs) throw new GatewayError('GW_IDENTITY_INVALID')
}

/** A client that acts for nobody but itself has its own id as subject, or none (RFC 9068 section 2.2). */
function readSubject (claims: JsonObject): { readonly subject: string, readonly isClient: boolean } {
  const client = optionalText(claims['client_id'])
  const subject = optionalText(claims['sub']) ?? client
  if (subject === null) throw new GatewayError('GW_IDENTITY_INVALID')
  return { subject, isClient: subject === client || subject === claims['azp'] }
}

function readType (claims: JsonObject, { claims: pointers }: Issuer, isClient: boolean): Principal['type'] {
  const mapped = optionalText(at(claims, pointers.type))
  if (mapped === null) return isClient ? 'service' : 'user'
  if (mapped === 'user' || mapped === 'service' || mapped === 'agent') return mapped
  throw new GatewayError('GW_IDENTITY_INVALID')
}

function readTenant (claims: JsonObject, { claims: pointers, tenant, tenants }: Issuer): string | null {
  const claimed = optionalText(at(claims, pointers.tenant))
  const isForeign = tenant !== null && claimed !== null && claimed !== tenant
  const isOutside = tenants !== null && (claimed === null || !tenants.includes(claimed))
  if (isForeign || isOutside) throw new GatewayError('GW_IDENTITY_TENANT')
  return tenant ?? claimed
}

function readRoles (claims: JsonObject, { claims: pointers, rolesAllowed }: Issuer): string[] {
  const roles = textsOf(at(claims, pointers.roles))
  return rolesAllowed === null ? roles : roles.filter(role => rolesAllowed.includes(role))
}

/** What a JSON pointer (RFC 6901) leads to, own members only; undefined where nothing is there. */
function at (claims: JsonObject, pointer: string | null): unknown {
  if (pointer === null) return undefined
  const steps = pointer.split('/').slice(1).map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  return steps.reduce<unknown>((value, step) => {
    return typeof value === 'object' && value !== null && Object.hasOwn(value, step) ? (value as JsonObject)[step] : undefined
  }, claims)
}
