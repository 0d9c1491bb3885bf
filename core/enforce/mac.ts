/** The keyed MAC that stands for a body in records (CONTRACT 6). The key never leaves `data/keys`. */
import { createHash, createHmac, createSecretKey, randomBytes, type KeyObject } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface MacKey {
  /** First 8 hex digits of the key's SHA-256: names the key without telling it. */
  readonly id: string
  readonly secret: KeyObject
}

export interface Mac {
  /** `hmac-sha256:<key id>:<hex>` */
  readonly mac: string
  /** The sum of the parts' lengths. */
  readonly bytes: number
}

/** The MAC over each part as its length (8 bytes, big-endian) and its bytes. */
export function macOf (key: MacKey, parts: readonly Uint8Array[]): Mac {
  const hmac = createHmac('sha256', key.secret)
  let bytes = 0
  for (const part of parts) {
    const length = Buffer.alloc(8)
    length.writeBigUInt64BE(BigInt(part.length))
    hmac.update(length).update(part)
    bytes += part.length
  }
  return { mac: `hmac-sha256:${key.id}:${hmac.digest('hex')}`, bytes }
}

/** Opens the key in a folder; the first call makes it (mode 0600). */
export function openMacKey (folder: string): MacKey {
  const file = join(folder, 'mac.key')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  try {
    writeFileSync(file, randomBytes(32).toString('hex') + '\n', { mode: 0o600, flag: 'wx' })
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST')) throw thrown
  }
  return readMacKey(file)
}

/** Reads a key file. Throws where it is not 32 bytes in hex. */
export function readMacKey (file: string): MacKey {
  const text = readFileSync(file, 'utf8').trim()
  if (!/^[0-9a-f]{64}$/.test(text)) throw new Error('the MAC key is not 32 bytes in hex')
  const secret = Buffer.from(text, 'hex')
  return { id: createHash('sha256').update(secret).digest('hex').slice(0, 8), secret: createSecretKey(secret) }
}
