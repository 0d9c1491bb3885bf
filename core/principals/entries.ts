/** Reads roles and groups of subjects from a document: SCIM users (RFC 7643, RFC 7644 section 3.4.2), or our own plainer form. */
import { isObject } from '../config/document.ts'
import type { PrincipalsConfig } from '../config/types.ts'

export interface PrincipalEntry {
  readonly roles: readonly string[]
  readonly groups: readonly string[]
  /** False for a subject that is closed there: it is refused, whatever it presents. */
  readonly active: boolean
}

/** By {@link keyOf}. */
export type PrincipalEntries = ReadonlyMap<string, PrincipalEntry>

/** Where a SCIM user says whose subject it is, if not all of a source are one issuer's and one tenant's. */
export const scimExtension = 'urn:sallyport:params:scim:schemas:1.0:Principal'

/** One subject, everywhere that a subject is a key (CONTRACT 1). */
export function keyOf (tenant: string | null, issuer: string, subject: string): string {
  return JSON.stringify([tenant, issuer, subject])
}

interface Read { readonly key: string, readonly entry: PrincipalEntry }

/** Adds the entries of one document. Throws Error for what is not in its form: half of the roles are not better than none. */
export function readEntries (document: unknown, config: PrincipalsConfig, into: Map<string, PrincipalEntry>): void {
  for (const { key, entry } of listOf(document).map(one => readEntry(one, config))) {
    const before = into.get(key)
    into.set(key, before === undefined ? entry : joined(before, entry))
  }
}

function listOf (document: unknown): ReadonlyArray<Readonly<Record<string, unknown>>> {
  if (isObject(document) && document['totalResults'] === 0 && document['Resources'] === undefined) return [] // RFC 7644 section 3.4.2
  const list: unknown = isObject(document) ? document['Resources'] ?? document['principals'] : null
  if (!Array.isArray(list) || !list.every(isObject)) throw new Error('the document holds neither Resources nor principals')
  return list
}

function readEntry (one: Readonly<Record<string, unknown>>, config: PrincipalsConfig): Read {
  const own: unknown = one[scimExtension]
  const place = isObject(own) ? own : one
  const subject = text(one['subject'] ?? one[config.subject], 'subject')
  const issuer = text(place['issuer'] ?? config.issuer, 'issuer')
  const tenant = place['tenant'] === undefined ? config.tenant : place['tenant']
  const entry = { roles: values(one['roles'], 'value'), groups: values(one['groups'], 'display'), active: isActive(one['active']) }
  return { key: keyOf(tenant === null ? null : text(tenant, 'tenant'), issuer, subject), entry }
}

/** Left out: yes. A word that only looks like `false` must not pass for its contrary. */
function isActive (value: unknown): boolean {
  if (value !== undefined && typeof value !== 'boolean') throw new Error('active is true or false')
  return value ?? true
}

function text (value: unknown, what: string): string {
  if (typeof value !== 'string' || value === '' || value.length > 1024 || /[\p{Cc}\p{Cs}]/u.test(value)) throw new Error(`an entry has no ${what}, or one that is no plain text`)
  return value
}

/** Texts, or SCIM's multi-valued attributes: the preferred member, else `value`. */
function values (list: unknown, preferred: 'value' | 'display'): string[] {
  if (list === undefined || list === null) return []
  if (!Array.isArray(list)) throw new Error('roles and groups are lists')
  return list.map(one => text(isObject(one) ? one[preferred] ?? one['value'] : one, 'role or group'))
}

function joined (a: PrincipalEntry, b: PrincipalEntry): PrincipalEntry {
  return { roles: [...a.roles, ...b.roles], groups: [...a.groups, ...b.groups], active: a.active && b.active }
}
