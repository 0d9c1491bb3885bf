/** The rate of recorded refusals of strangers: beyond it they are counted, not recorded (CONTRACT 3). */
import type { Rate } from '../config/types.ts'

interface Bucket { tokens: number, atMs: number }

const maxPeers = 10_000

export class Strangers {
  readonly #perPeer: Rate
  readonly #total: Rate
  readonly #peers = new Map<string, Bucket>()
  readonly #all: Bucket

  constructor (perPeer: Rate, total: Rate, nowMs: number) {
    this.#perPeer = perPeer
    this.#total = total
    this.#all = { tokens: total.count, atMs: nowMs }
  }

  /** True where a record may still be written for this peer. `peer` null is not counted by peer (a trusted one). */
  admit (peer: string | null, nowMs: number): boolean {
    const own = peer === null ? null : this.#bucket(peer, nowMs)
    refill(this.#all, this.#total, nowMs)
    if (this.#all.tokens < 1 || (own !== null && own.tokens < 1)) return false
    this.#all.tokens--
    if (own !== null) own.tokens--
    return true
  }

  #bucket (peer: string, nowMs: number): Bucket {
    const known = this.#peers.get(peer)
    if (known !== undefined) {
      refill(known, this.#perPeer, nowMs)
      return known
    }
    if (this.#peers.size >= maxPeers) this.#forgetOldest()
    const fresh = { tokens: this.#perPeer.count, atMs: nowMs }
    this.#peers.set(peer, fresh)
    return fresh
  }

  #forgetOldest (): void {
    const [oldest] = this.#peers.keys()
    if (oldest !== undefined) this.#peers.delete(oldest)
  }
}

function refill (bucket: Bucket, rate: Rate, nowMs: number): void {
  const elapsed = Math.max(0, nowMs - bucket.atMs)
  bucket.tokens = Math.min(rate.count, bucket.tokens + elapsed * rate.count / rate.perMs)
  bucket.atMs = nowMs
}
