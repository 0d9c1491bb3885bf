import { randomFillSync } from 'node:crypto'

const pool = Buffer.alloc(4096)
let used = pool.length

function randomBytes10 (): Buffer {
  if (used + 10 > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += 10
  return pool.subarray(used - 10, used)
}

/** A UUIDv7 (RFC 9562 5.7): 48 bits of Unix milliseconds, 74 random bits. */
export function newIdentifier (nowMs: number): string {
  const time = nowMs.toString(16).padStart(12, '0')
  const random = randomBytes10().toString('hex')
  const variant = (8 + (parseInt(random.charAt(3), 16) & 3)).toString(16)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(7, 19)}`
}
