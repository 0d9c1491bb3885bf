/** Fast, even and repeatable numbers from texts: shares, not secrets. */

/** 32 bits of FNV-1a. */
export function hashOf (text: string, seed = 0x811c9dc5): number {
  let hash = seed
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}

/** Above 0 and below 1, from a hash: murmur's last step spreads what FNV leaves close together. */
export function fractionOf (hash: number): number {
  let mixed = hash ^ (hash >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (((mixed ^ (mixed >>> 16)) >>> 0) + 0.5) / 0x1_0000_0000
}
