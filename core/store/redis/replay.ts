/** Claims in Redis, shared by all gateways. What this gateway claimed itself it also remembers, and restores where Redis has lost it. */
import { GatewayError } from '../../errors.ts'
import type { ReplayStore } from '../contract.ts'
import { digestOf, MemoryReplay } from '../replay.ts'
import type { Commands } from './client.ts'

const restoreAtOnce = 500

export class RedisReplay implements ReplayStore {
  readonly #commands: Commands
  readonly #prefix: string
  readonly #isReady: () => boolean
  readonly #own: MemoryReplay

  constructor (commands: Commands, prefix: string, isReady: () => boolean, nowMs: () => number) {
    this.#commands = commands
    this.#prefix = prefix
    this.#isReady = isReady
    this.#own = new MemoryReplay(nowMs)
  }

  async claim (key: string, ttlMs: number): Promise<boolean> {
    if (!this.#isReady()) throw new GatewayError('GW_LIMIT_STORE_UNAVAILABLE')
    if (!this.#own.claim(key, ttlMs)) return false
    try {
      return await this.#set(digestOf(key), ttlMs)
    } catch (cause) {
      throw new GatewayError('GW_LIMIT_STORE_UNAVAILABLE', { cause })
    }
  }

  async restore (): Promise<void> {
    const claims = [...this.#own.contents()]
    for (let at = 0; at < claims.length; at += restoreAtOnce) {
      await Promise.all(claims.slice(at, at + restoreAtOnce).map(async ([digest, leftMs]) => await this.#set(digest, leftMs)))
    }
  }

  async #set (digest: string, ttlMs: number): Promise<boolean> {
    return await this.#commands.set(`${this.#prefix}:claim:${digest}`, '1', 'PX', Math.max(1, Math.ceil(ttlMs)), 'NX') === 'OK'
  }
}
