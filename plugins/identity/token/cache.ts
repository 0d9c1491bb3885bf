/** What was verified, by the digest of the whole credential: a bounded memory that never outlives a token or the keys that verified it. */
import { hash } from 'node:crypto'

export interface Remembered {
  /** From then on the credential is looked at anew. Milliseconds since 1970. */
  readonly untilMs: number
  /** False as soon as what it was verified with has changed. */
  isCurrent (): boolean
}

/** Two generations: what was not asked for while one was filled is forgotten with it. A hit in the younger one writes nothing. */
export class VerifiedCredentials<T extends Remembered> {
  readonly #most: number
  #young = new Map<string, T>()
  #old = new Map<string, T>()
  /** The credential asked for last, and its digest: the choice of a branch and the branch itself ask for the same. */
  #last = { text: '', name: '' }

  /** @param most entries remembered in all */
  constructor (most = 10_000) {
    this.#most = Math.max(2, most)
  }

  /** The entry of a credential's text, or null. */
  get (text: string, nowMs: number): T | null {
    const name = this.#nameOf(text)
    const entry = this.#young.get(name) ?? this.#renew(name)
    if (entry === undefined) return null
    if (nowMs < entry.untilMs && entry.isCurrent()) return entry
    this.#young.delete(name)
    return null
  }

  set (text: string, entry: T): void {
    this.#put(this.#nameOf(text), entry)
  }

  clear (): void {
    this.#young.clear()
    this.#old.clear()
  }

  /** Entries held. */
  get size (): number {
    return this.#young.size + this.#old.size
  }

  /** Over the whole text, signature included: what was seen is not kept in clear, but for the last of it. */
  #nameOf (text: string): string {
    if (text !== this.#last.text) this.#last = { text, name: hash('sha256', text, 'hex') }
    return this.#last.name
  }

  #renew (name: string): T | undefined {
    const entry = this.#old.get(name)
    if (entry === undefined) return undefined
    this.#old.delete(name)
    this.#put(name, entry)
    return entry
  }

  #put (name: string, entry: T): void {
    if (this.#young.size >= this.#most / 2) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(name, entry)
  }
}
