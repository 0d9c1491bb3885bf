/** How many different values there are among those that were found, told by keyed digests: none of them is kept. */
import { createHmac, randomBytes, type KeyObject } from 'node:crypto'
import { hmacSha256 } from './hmac.ts'

/** Of this process alone: what is counted is never compared with another's. */
const key = randomBytes(32)

/** Spellings that differ in case, punctuation, spaces or look-alikes of digits count as one. */
export function distinctValues (texts: readonly string[]): number {
  if (texts.length < 2) return texts.length
  return new Set(texts.map(text => createHmac('sha256', key).update(normalised(text)).digest('base64').slice(0, 16))).size
}

/** Of one value, in hex, under a key that lasts: what lists of values hold in their place. Spellings as above have one. */
export function valueDigest (secret: KeyObject, value: string): string {
  return hmacSha256(secret, [Buffer.from(normalised(value))])
}

function normalised (text: string): string {
  const plain = text.normalize('NFKC').toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
  return plain === '' ? text : plain
}
