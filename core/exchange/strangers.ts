/** The rate of recorded refusals of strangers: beyond it they are counted, not recorded (CONTRACT 3). */
import type { Rate } from '../config/types.ts'

interface Bucket { tokens: number, atMs: number }

/** Peers in one generation of buckets; two are kept. */
const generationSize = 5_000

export class Strangers {
  readonly #perPeer: Rate
  readonly #total: Rate
  #peers = new Map<string, Bucket>()
  /** Those not asked for since the last turn: forgotten at the next. */
  #older = new Map<string, Bucket>()
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
    const known = this.#peers.get(peer) ?? this.#older.get(peer)
    const bucket = known ?? { tokens: this.#perPeer.count, atMs: nowMs }
    if (!this.#peers.has(peer)) this.#remember(peer, bucket)
    refill(bucket, this.#perPeer, nowMs)
    return bucket
  }

  /** Memory is bounded whatever the number of peers, at a constant cost for each. */
  #remember (peer: string, bucket: Bucket): void {
    if (this.#peers.size >= generationSize) {
      this.#older = this.#peers
      this.#peers = new Map()
    }
    this.#peers.set(peer, bucket)
  }
}

function refill (bucket: Bucket, rate: Rate, nowMs: number): void {
  const elapsed = Math.max(0, nowMs - bucket.atMs)
  bucket.tokens = Math.min(rate.count, bucket.tokens + elapsed * rate.count / rate.perMs)
  bucket.atMs = nowMs
}
