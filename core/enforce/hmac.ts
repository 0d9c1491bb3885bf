/**
 * HMAC-SHA-256 (RFC 2104) of a message that is there whole, by two one-shot digests. `createHmac` makes a native object for each
 * message, to be collected later: beside other work it costs more than twice as much.
 */
import { createHmac, hash, type KeyObject } from 'node:crypto'

const blockBytes = 64
const digestBytes = 32
/** Longer messages are not copied together: they go through `createHmac`. */
const longestCopied = 32 * 1024

interface Pads {
  /** The key's inner pad, and room for a message behind it. */
  readonly inner: Buffer
  /** The key's outer pad, and room for the inner digest behind it. */
  readonly outer: Buffer
}

const padsOf = new WeakMap<KeyObject, Pads>()

/** In hex. The message is all pieces, one after the other. */
export function hmacSha256 (key: KeyObject, pieces: readonly Uint8Array[]): string {
  let length = 0
  for (const piece of pieces) length += piece.length
  if (length > longestCopied) return streamed(key, pieces)
  const { inner, outer } = padsOf.get(key) ?? makePads(key)
  let at = blockBytes
  for (const piece of pieces) {
    inner.set(piece, at)
    at += piece.length
  }
  outer.set(hash('sha256', inner.subarray(0, at), 'buffer'), blockBytes)
  return hash('sha256', outer, 'hex')
}

function streamed (key: KeyObject, pieces: readonly Uint8Array[]): string {
  const hmac = createHmac('sha256', key)
  for (const piece of pieces) hmac.update(piece)
  return hmac.digest('hex')
}

function makePads (key: KeyObject): Pads {
  const secret = key.export()
  const block = secret.length > blockBytes ? hash('sha256', secret, 'buffer') : secret
  const inner = Buffer.alloc(blockBytes + longestCopied, 0x36)
  const outer = Buffer.alloc(blockBytes + digestBytes, 0x5c)
  for (const [index, byte] of block.entries()) {
    inner[index] = byte ^ 0x36
    outer[index] = byte ^ 0x5c
  }
  const pads = { inner, outer }
  padsOf.set(key, pads)
  return pads
}
