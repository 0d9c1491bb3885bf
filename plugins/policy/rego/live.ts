/**
 * The policy in force, and how another takes its place: loaded, warmed up, put on record, then swapped in one step. Whatever
 * goes wrong before that step leaves the one in force where it is.
 */
import type { PolicyEvents } from '../../../core/enforce/policy-standing.ts'
import type { Host } from '../../../core/pipeline/plugin.ts'
import { toGatewayError } from '../../../core/errors.ts'
import { PolicyRefused, type PolicySource } from './source/source.ts'
import { loadVersion, type LoadedVersion } from './version.ts'
import type { PoolOptions } from './pool.ts'

export interface LiveTerms {
  readonly source: PolicySource
  readonly pool: PoolOptions
  readonly events: PolicyEvents
  readonly log: Host['log']
  /** Decides beside the policy in force: what keeps it from loading keeps nothing else. */
  readonly shadow: boolean
}

export interface LivePolicy {
  /** Null while none could be loaded. */
  current (): LoadedVersion | null
  close (): Promise<void>
}

/**
 * Loads the policy for the first time and follows its source. Throws what is wrong with a folder or a file; a URL that cannot
 * be reached stops no start: requests are denied until it can.
 */
export async function openLive (terms: LiveTerms, mayWait: boolean): Promise<LivePolicy> {
  const live = new Live(terms)
  const failed = await live.consider()
  if (failed !== null && !mayWait) {
    await live.close()
    throw failed
  }
  live.follow()
  return live
}

/** How soon a source that could not be loaded at all is asked again, in milliseconds. */
const retryMs = 5000

class Live implements LivePolicy {
  readonly #terms: LiveTerms
  readonly #closing = new AbortController()
  readonly #versions = new Set<LoadedVersion>()
  #current: LoadedVersion | null = null
  #last: Promise<unknown> = Promise.resolve()
  /** The refusal that was told last: one that comes back with every poll is told once. */
  #told = ''

  constructor (terms: LiveTerms) {
    this.#terms = terms
    this.#stands(false)
  }

  current (): LoadedVersion | null {
    return this.#current
  }

  follow (): void {
    this.#terms.source.follow(this.#closing.signal, () => { this.consider().catch(() => {}) })
    this.#retry()
  }

  #retry (): void {
    if (this.#current !== null || this.#closing.signal.aborted) return
    setTimeout(() => { this.consider().then(() => { this.#retry() }, () => {}) }, retryMs).unref()
  }

  /** One after another. Answers what kept the policy from being put in force, or null. */
  async consider (): Promise<Error | null> {
    const turn = this.#last.then(async () => await this.#once())
    this.#last = turn.catch(() => {})
    return await turn
  }

  async #once (): Promise<Error | null> {
    if (this.#closing.signal.aborted) return null
    let loaded: LoadedVersion | null = null
    try {
      const policy = await this.#terms.source.load()
      if (policy === null) return null
      loaded = await loadVersion(policy, this.#terms.pool)
      this.#versions.add(loaded)
      await this.#record(loaded, '')
      this.#putInForce(loaded)
      return null
    } catch (thrown) {
      await loaded?.close()
      if (loaded !== null) this.#versions.delete(loaded)
      const error = thrown instanceof Error ? thrown : new Error(String(thrown))
      await this.#refuse(error)
      return error
    }
  }

  #putInForce (loaded: LoadedVersion): void {
    const before = this.#current
    this.#current = loaded
    this.#told = ''
    this.#terms.source.inForce?.()
    this.#stands(true)
    before?.retire()
    this.#terms.log.info({ policy: loaded.version.version, shadow: this.#terms.shadow }, 'policy loaded')
  }

  #stands (isInForce: boolean): void {
    if (!this.#terms.shadow) this.#terms.events.stands(isInForce)
  }

  async #refuse (error: Error): Promise<void> {
    const reason = reasonOf(error)
    if (reason === this.#told) return
    this.#told = reason
    this.#terms.log.error({ error: reason, source: this.#terms.source.name, shadow: this.#terms.shadow }, 'a policy was refused')
    await this.#record(null, reason).catch(() => {}) // the log says it; without an audit log nothing is permitted anyway
  }

  async #record (loaded: LoadedVersion | null, reason: string): Promise<void> {
    const { source, shadow, events } = this.#terms
    await events.loaded({ accepted: loaded !== null, policy: loaded?.version ?? null, replaces: this.#current?.version.version ?? null, source: source.name, shadow, reason })
  }

  async close (): Promise<void> {
    this.#closing.abort()
    await this.#last
    this.#current = null
    await Promise.all([...this.#versions].map(async version => { await version.close() }))
  }
}

function reasonOf (error: Error): string {
  return error instanceof PolicyRefused ? error.message : `${toGatewayError(error, 'GW_POLICY_UNAVAILABLE').code}: ${error.message}`
}
