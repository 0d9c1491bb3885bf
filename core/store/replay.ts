/** Claims in memory: exact for one process, and bounded. */
import { createHash } from 'node:crypto'
import { GatewayError } from '../errors.ts'
import type { ReplayStore } from './contract.ts'

/** Claims that live at once. Beyond it none is taken: to forget one would let it be used again. */
const mostClaims = 500_000
const secondMs = 1000

export class MemoryReplay implements ReplayStore {
  readonly #until = new Map<string, number>()
  /** Claims by the second in which they end. */
  readonly #ending = new Map<number, string[]>()
  readonly #nowMs: () => number
  readonly #mostClaims: number
  #sweptTo: number

  constructor (nowMs: () => number, most = mostClaims) {
    this.#nowMs = nowMs
    this.#mostClaims = most
    this.#sweptTo = Math.floor(nowMs() / secondMs)
  }

  claim (key: string, ttlMs: number): boolean {
    const nowMs = this.#nowMs()
    this.#forget(nowMs)
    const digest = digestOf(key)
    if ((this.#until.get(digest) ?? 0) > nowMs) return false
    if (this.#until.size >= this.#mostClaims) throw new GatewayError('GW_LIMIT_STORE_UNAVAILABLE', { cause: new Error('too many claims live at once') })
    this.#remember(digest, nowMs + ttlMs)
    return true
  }

  /** Claims that live, for a store that has forgotten them: digest of the key, and milliseconds left. */
  * contents (): Generator<readonly [digest: string, leftMs: number]> {
    const nowMs = this.#nowMs()
    for (const [digest, untilMs] of this.#until) if (untilMs > nowMs) yield [digest, untilMs - nowMs]
  }

  #remember (digest: string, untilMs: number): void {
    this.#until.set(digest, untilMs)
    const second = Math.max(Math.floor(untilMs / secondMs), this.#sweptTo) + 1
    const ending = this.#ending.get(second)
    if (ending === undefined) this.#ending.set(second, [digest])
    else ending.push(digest)
  }

  #forget (nowMs: number): void {
    const second = Math.floor(nowMs / secondMs)
    if (second - this.#sweptTo > this.#ending.size) { // after a long pause it is cheaper to ask what there is
      for (const ended of [...this.#ending.keys()]) if (ended <= second) this.#drop(ended, nowMs)
    } else {
      for (let ended = this.#sweptTo + 1; ended <= second; ended++) this.#drop(ended, nowMs)
    }
    this.#sweptTo = Math.max(this.#sweptTo, second)
  }

  #drop (second: number, nowMs: number): void {
    for (const digest of this.#ending.get(second) ?? []) if ((this.#until.get(digest) ?? 0) <= nowMs) this.#until.delete(digest)
    this.#ending.delete(second)
  }
}

/** What stands for a key, whatever its length: 128 bits of its SHA-256. */
export function digestOf (key: string): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, 22)
}
