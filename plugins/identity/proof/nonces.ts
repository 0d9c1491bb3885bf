/** Nonces for proofs (RFC 9449 section 8): made from the time alone, so that nothing has to be remembered. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** A nonce is given out for this long, and taken for as long again. */
const periodMs = 150_000

/** The nonces of one instance. Another instance has others: a client that meets it is asked once more. */
export class Nonces {
  readonly #key = randomBytes(32)

  current (nowMs: number): string {
    return this.#nonce(Math.floor(nowMs / periodMs))
  }

  accepts (nonce: unknown, nowMs: number): boolean {
    if (typeof nonce !== 'string') return false
    const period = Math.floor(nowMs / periodMs)
    return [period, period - 1].map(one => sameText(nonce, this.#nonce(one))).includes(true)
  }

  #nonce (period: number): string {
    return createHmac('sha256', this.#key).update(String(period)).digest('base64url')
  }
}

function sameText (a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
