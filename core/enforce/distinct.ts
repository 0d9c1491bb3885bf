/** How many different values there are among those that were found, told by keyed digests: none of them is kept. */
import { createHmac, randomBytes } from 'node:crypto'

/** Of this process alone: what is counted is never compared with another's. */
const key = randomBytes(32)

/** Spellings that differ in case, punctuation, spaces or look-alikes of digits count as one. */
export function distinctValues (texts: readonly string[]): number {
  if (texts.length < 2) return texts.length
  return new Set(texts.map(text => createHmac('sha256', key).update(normalised(text)).digest('base64').slice(0, 16))).size
}

function normalised (text: string): string {
  const plain = text.normalize('NFKC').toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
  return plain === '' ? text : plain
}
