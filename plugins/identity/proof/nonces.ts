/** Nonces for proofs (RFC 9449 section 8): made from the time alone, so that nothing has to be remembered. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { readReference, referenceField, type Reference } from '../../../core/config/reference.ts'

/** For the JSON Schema of every plugin that takes proofs. */
export const nonceKeyField = referenceField('A secret of 32 characters or more from which nonces for proofs are made. Instances behind one address need the same, so that each takes the nonces of the others; left out: each has its own.')

const leastKeyLength = 32

/** A nonce is given out for this long, and taken for as long again. */
const periodMs = 150_000

/** Nonces of whoever has the same key. A client that meets another is asked once more. */
export class Nonces {
  readonly #key: Uint8Array

  constructor (key: Uint8Array) {
    this.#key = key
  }

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

/**
 * Throws Error, in words for the operator, for a secret that cannot be had or is too short.
 * @param shared as configured for several instances
 * @param own the gateway's, which all its workers have; left out: one that nobody else has
 */
export function openNonces (shared: Reference | undefined, folder: string, own: Uint8Array = randomBytes(32)): Nonces {
  if (shared === undefined) return new Nonces(own)
  const text = readReference(shared, folder)
  if (text.length < leastKeyLength) throw new Error(`nonce_key has ${text.length} characters, and needs ${leastKeyLength}`)
  return new Nonces(Buffer.from(text, 'utf8'))
}

function sameText (a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
