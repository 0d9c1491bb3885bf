/** Reads the leaves of the tree: each a record, one canonical JSON text. */
import type { RecordEnvelope } from '../record.ts'
import { RecordView } from './view.ts'

/** The record of a leaf. Throws where it is none, or not in canonical form. */
export function parseLeaf (leaf: Buffer): RecordEnvelope {
  return new RecordView(leaf).value()
}

/** What a record's own signature is made over: the leaf without it. */
export function recordText (unsigned: Buffer): Buffer {
  return Buffer.concat([recordPrefix, unsigned])
}

const recordPrefix = Buffer.from('sallyport record/v1\n')
const signatureKey = Buffer.from(',"signature":"')
/** An Ed25519 signature in base64. */
const signatureChars = 88

/** A record's own signature, and what it was made over; null where it has none. */
export function ownSignature (leaf: Buffer): { readonly text: Buffer, readonly signature: Buffer } | null {
  const at = leaf.lastIndexOf(signatureKey)
  const end = at + signatureKey.length + signatureChars
  if (at === -1 || leaf.lastIndexOf(',"index":') > at || leaf[end] !== 0x22) return null
  const signature = Buffer.from(leaf.toString('latin1', at + signatureKey.length, end), 'base64')
  return { text: recordText(Buffer.concat([leaf.subarray(0, at), leaf.subarray(end + 1)])), signature }
}
