/** A record as the leaf of the tree: one canonical JSON text. */

/** What stands before a body in its leaf, and after it: the body's own bytes stand in it unchanged. Keys in canonical order. */
export const leafStart = '{"body":'

export function leafEnd (index: number, origin: string, timeUs: number): string {
  return `,"index":${index},"log":"${origin}","time_us":${timeUs},"v":1}`
}

/** As {@link leafEnd}, of a record with a signature of its own. */
export function signedLeafEnd (index: number, origin: string, signature: string, timeUs: number): string {
  return `,"index":${index},"log":"${origin}","signature":"${signature}","time_us":${timeUs},"v":1}`
}

/** The body's bytes in a leaf. */
export function bodyOf (leaf: Buffer): Buffer {
  return leaf.subarray(leafStart.length, leaf.lastIndexOf(',"index":'))
}

/** The leaf of a body that is canonical JSON already. */
export function leafOf (body: Uint8Array, index: number, origin: string, timeUs: number): Buffer {
  return Buffer.concat([Buffer.from(leafStart), body, Buffer.from(leafEnd(index, origin, timeUs))])
}
