/** What one source of identity may say at most: of which tenants, with which roles (CONTRACT 1). */
import { refusal } from './refusal.ts'

export interface Fence {
  /** Tenants that may be claimed; null = any. */
  readonly tenants: readonly string[] | null
  /** The one tenant of this source; null = from the claim. */
  readonly tenant: string | null
  /** Roles that count; null = all. */
  readonly rolesAllowed: readonly string[] | null
}

export interface FenceEntry {
  readonly tenants?: readonly string[]
  readonly tenant?: string
  readonly roles_allowed?: readonly string[]
}

const name = { type: 'string', minLength: 1 }
const names = { type: 'array', items: name, uniqueItems: true }

/** Fields of a JSON Schema. */
export const fenceFields = {
  tenants: { ...names, minItems: 1, description: 'Tenants that may be claimed; another one, or none, is refused.' },
  tenant: { ...name, description: 'The one tenant of all of them; who claims another is refused.' },
  roles_allowed: { ...names, description: 'Roles that count; others are cut off, those that `principals` adds too.' }
} as const

/** For the `allOf` of the schema that takes {@link fenceFields}. */
export const oneFence = { not: { required: ['tenants', 'tenant'] } } as const

export function decodeFence ({ tenants, tenant, roles_allowed: rolesAllowed }: FenceEntry): Fence {
  return { tenants: tenants ?? null, tenant: tenant ?? null, rolesAllowed: rolesAllowed ?? null }
}

/** True where the tenants are bounded, which each of several sources must be. */
export function isFenced ({ tenants, tenant }: FenceEntry): boolean {
  return tenants !== undefined || tenant !== undefined
}

/** The tenant in effect. Throws GW_IDENTITY_TENANT for a claimed one outside, and for none where one of a list is needed. */
export function fencedTenant (claimed: string | null, { tenant, tenants }: Fence): string | null {
  const isForeign = tenant !== null && claimed !== null && claimed !== tenant
  const isOutside = tenants !== null && (claimed === null || !tenants.includes(claimed))
  if (isForeign || isOutside) throw refusal('GW_IDENTITY_TENANT', 'the tenant claimed, or its absence, is not allowed to this source')
  return tenant ?? claimed
}

export function fencedRoles (roles: readonly string[], { rolesAllowed }: Fence): readonly string[] {
  return rolesAllowed === null ? roles : roles.filter(role => rolesAllowed.includes(role))
}
