/** The keyed MAC that stands for a body in records (CONTRACT 6). The key never leaves `data/keys`. */
import { createHmac } from 'node:crypto'
import { join } from 'node:path'
import { openKeyFile, readKeyFile, type SecretKey } from './key-file.ts'

export type MacKey = SecretKey

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
  return openKeyFile(join(folder, 'mac.key'))
}

/** Reads a key file. Throws where it is not 32 bytes in hex. */
export function readMacKey (file: string): MacKey {
  return readKeyFile(file)
}
