/** Tokens that were verified, by their digest: a bounded memory that never outlives a token or the keys that verified it. */
import { createHash } from 'node:crypto'
import type { Principal } from '../../../core/pipeline/plugin.ts'
import type { IssuerKeys } from './keys.ts'

export interface Verified {
  readonly principal: Principal
  /** From then on the token is looked at anew. */
  readonly untilMs: number
  readonly keys: IssuerKeys
  /** Of the keys, when the token was verified. */
  readonly version: string
}

export class VerifiedTokens {
  readonly #entries = new Map<string, Verified>()
  readonly #most: number

  /** @param most tokens remembered; the one unused for longest goes first */
  constructor (most = 10_000) {
    this.#most = most
  }

  get (token: string, nowMs: number): Principal | null {
    const name = digest(token)
    const entry = this.#entries.get(name)
    if (entry === undefined) return null
    this.#entries.delete(name)
    if (nowMs >= entry.untilMs || entry.version !== entry.keys.version()) return null
    this.#entries.set(name, entry)
    return entry.principal
  }

  set (token: string, entry: Verified): void {
    this.#entries.set(digest(token), entry)
    const [oldest] = this.#entries.size > this.#most ? this.#entries.keys() : []
    if (oldest !== undefined) this.#entries.delete(oldest)
  }
}

/** Over the whole token, signature included. */
function digest (token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}
