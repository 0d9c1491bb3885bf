/** The issuers for which this program may sign: those that a configuration marks with `development: true`, and no others. */
import type { PipelineConfig, StageEntry } from '../config/types.ts'

/** What the tokens of an issuer are for, and the key of a stage's configuration under which it stands. */
export const issuerKeys = { access: 'issuers', workload: 'workloads', transaction: 'transactions' } as const
export type IssuerKind = keyof typeof issuerKeys

export interface DevelopmentIssuer {
  readonly kind: IssuerKind
  readonly issuer: string
  /** The first of its audiences; null = none. */
  readonly audience: string | null
  /** Where claims stand, as JSON pointers (RFC 6901); null = not read. */
  readonly claims: { readonly tenant: string | null, readonly roles: string | null, readonly groups: string | null }
}

export interface Person {
  readonly subject: string
  readonly tenant: string | null
  readonly roles: readonly string[]
  readonly groups: readonly string[]
}

/** Every development issuer of these pipelines, each once for a kind of token. */
export function developmentIssuers (pipelines: Iterable<PipelineConfig>): readonly DevelopmentIssuer[] {
  const found = new Map<string, DevelopmentIssuer>()
  for (const stage of stagesOf(pipelines)) {
    for (const kind of Object.keys(issuerKeys) as IssuerKind[]) {
      const issuers: unknown = stage.config[issuerKeys[kind]]
      for (const entry of Array.isArray(issuers) ? issuers : []) {
        const issuer = readIssuer(entry, kind)
        if (issuer !== null) found.set(`${kind} ${issuer.issuer}`, issuer)
      }
    }
  }
  return [...found.values()]
}

function * stagesOf (pipelines: Iterable<PipelineConfig>): Generator<StageEntry> {
  for (const { entries } of pipelines) {
    for (const entry of entries) yield * 'any' in entry ? entry.any : [entry]
  }
}

function readIssuer (entry: unknown, kind: IssuerKind): DevelopmentIssuer | null {
  if (!isObject(entry) || entry['development'] !== true || typeof entry['issuer'] !== 'string') return null
  const audiences: unknown = entry['audience']
  const audience: unknown = Array.isArray(audiences) ? audiences[0] : audiences
  const claims: unknown = entry['claims']
  const pointers = isObject(claims) ? claims : {}
  return {
    kind,
    issuer: entry['issuer'],
    audience: typeof audience === 'string' ? audience : null,
    claims: { tenant: pointerOf(pointers, 'tenant'), roles: pointerOf(pointers, 'roles'), groups: pointerOf(pointers, 'groups') }
  }
}

function pointerOf (pointers: Readonly<Record<string, unknown>>, name: string): string | null {
  const pointer = pointers[name]
  return pointer === undefined ? `/${name}` : typeof pointer === 'string' ? pointer : null
}

function isObject (value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The claims of a token for this person, each where the issuer's configuration looks for it. */
export function claimsFor (issuer: DevelopmentIssuer, person: Person): Record<string, unknown> {
  const claims: Record<string, unknown> = { sub: person.subject }
  if (person.tenant !== null) place(claims, issuer.claims.tenant, person.tenant)
  if (person.roles.length > 0) place(claims, issuer.claims.roles, person.roles)
  if (person.groups.length > 0) place(claims, issuer.claims.groups, person.groups)
  return claims
}

function place (claims: Record<string, unknown>, pointer: string | null, value: unknown): void {
  if (pointer === null) return
  const keys = pointer.split('/').slice(1).map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
  const last = keys.pop()
  if (last === undefined) return
  let inner = claims
  for (const key of keys) inner = descend(inner, key)
  inner[last] = value
}

function descend (claims: Record<string, unknown>, key: string): Record<string, unknown> {
  const existing = claims[key]
  if (isObject(existing)) return existing
  const made: Record<string, unknown> = {}
  claims[key] = made
  return made
}
