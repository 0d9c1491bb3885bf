/** Hints over a channel of Redis: who is not connected misses them. */
import { randomUUID } from 'node:crypto'
import type { Hints } from '../contract.ts'
import type { RedisClient } from './client.ts'

interface Hint { readonly from: string, readonly endpoint: string, readonly ms: number }

export class RedisHints implements Hints {
  readonly #client: RedisClient
  readonly #channel: string
  readonly #own = randomUUID()

  constructor (client: RedisClient, prefix: string) {
    this.#client = client
    this.#channel = `${prefix}:hints`
  }

  tell (endpoint: string, ms: number): void {
    const hint: Hint = { from: this.#own, endpoint, ms: Math.round(ms) }
    this.#client.publish(this.#channel, JSON.stringify(hint)).catch(() => {}) // each finds out for itself
  }

  listen (heard: (endpoint: string, ms: number) => void): void {
    this.#client.subscribe(this.#channel, message => {
      const hint = hintOf(message)
      if (hint !== null && hint.from !== this.#own) heard(hint.endpoint, hint.ms)
    })
  }
}

function hintOf (message: string): Hint | null {
  try {
    const { from, endpoint, ms } = JSON.parse(message) as Partial<Record<keyof Hint, unknown>>
    return typeof from === 'string' && typeof endpoint === 'string' && typeof ms === 'number' && ms > 0 ? { from, endpoint, ms } : null
  } catch {
    return null
  }
}
