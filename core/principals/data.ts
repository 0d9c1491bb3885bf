/** Adds roles and groups from outside to a verified subject (CONTRACT 1). It never changes the tenant, and never answers from data that is too old. */
import type { Logger } from 'pino'
import { GatewayError } from '../errors.ts'
import type { PrincipalsConfig } from '../config/types.ts'
import type { Principal } from '../pipeline/facts.ts'
import { keyOf, type PrincipalEntries, type PrincipalEntry } from './entries.ts'
import { entriesSource, type LoadEntries } from './source.ts'

export class PrincipalsData {
  readonly #load: LoadEntries
  readonly #maxAgeMs: number
  readonly #log: Logger
  readonly #nowMs: () => number
  #entries: PrincipalEntries = new Map()
  #confirmedAtMs = -Infinity
  #timer: NodeJS.Timeout | null = null

  /** @param nowMs a clock that never goes back */
  constructor (load: LoadEntries, maxAgeMs: number, log: Logger, nowMs: () => number) {
    this.#load = load
    this.#maxAgeMs = maxAgeMs
    this.#log = log
    this.#nowMs = nowMs
  }

  /** Loads for the first time and goes on asking. A source that cannot be had stops no start: every request is denied until it can. */
  static async open (config: PrincipalsConfig, log: Logger, closing: AbortSignal): Promise<PrincipalsData> {
    const data = new PrincipalsData(entriesSource(config), config.maxAgeMs, log, () => performance.now())
    await data.refresh(closing)
    data.#timer = setInterval(() => { data.refresh(closing).catch(() => {}) }, config.refreshMs).unref() // it never rejects
    closing.addEventListener('abort', () => { data.close() }, { once: true })
    return data
  }

  /** Asks the source once. Never rejects: what was there before stands until it is too old. */
  async refresh (closing: AbortSignal): Promise<void> {
    const askedAtMs = this.#nowMs()
    try {
      const entries = await this.#load(closing)
      if (entries !== null) this.#entries = entries
      this.#confirmedAtMs = askedAtMs
    } catch (error) {
      if (!closing.aborted) this.#log.warn({ error }, 'the source of principals cannot be used')
    }
  }

  /**
   * The principal with what the data adds, cut to the roles that its source of identity may give. Throws
   * GW_IDENTITY_PRINCIPALS_UNAVAILABLE where the data is too old, GW_IDENTITY_REVOKED for a subject that is closed there.
   */
  complete (principal: Principal): Principal {
    if (this.#nowMs() - this.#confirmedAtMs > this.#maxAgeMs) throw new GatewayError('GW_IDENTITY_PRINCIPALS_UNAVAILABLE', { detail: 'the data is older than max_age' })
    const entry = this.#entries.get(keyOf(principal.tenant, principal.issuer, principal.subject))
    if (entry === undefined) return principal
    if (!entry.active) throw new GatewayError('GW_IDENTITY_REVOKED', { detail: 'the subject is not active in the source of principals' })
    return withEntry(principal, entry)
  }

  close (): void {
    if (this.#timer !== null) clearInterval(this.#timer)
  }
}

function withEntry (principal: Principal, { roles, groups }: PrincipalEntry): Principal {
  const { rolesAllowed = null } = principal
  const allowed = rolesAllowed === null ? roles : roles.filter(role => rolesAllowed.includes(role))
  return Object.freeze({ ...principal, roles: union(principal.roles, allowed), groups: union(principal.groups, groups) })
}

function union (held: readonly string[], added: readonly string[]): readonly string[] {
  return Object.freeze([...new Set([...held, ...added])].sort())
}
