/** The keyed MAC that stands for a body in records (CONTRACT 6). The key never leaves `data/keys`. */
import { createHmac, type Hmac } from 'node:crypto'
import { join } from 'node:path'
import { hmacSha256 } from './hmac.ts'
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
  const pieces: Uint8Array[] = []
  let bytes = 0
  for (const part of parts) {
    pieces.push(lengthOf(part), part)
    bytes += part.length
  }
  return { mac: `hmac-sha256:${key.id}:${hmacSha256(key.secret, pieces)}`, bytes }
}

/** A stream's MAC is over parts of this many bytes each, the last one shorter: whoever has the whole can compute it. */
export const streamPartBytes = 4096

/** The MAC of bytes that are sent before their number is known (docs/adr/0006). */
export class StreamMac {
  readonly #key: MacKey
  readonly #hmac: Hmac
  readonly #part = Buffer.allocUnsafe(streamPartBytes)
  #filled = 0
  #bytes = 0

  constructor (key: MacKey) {
    this.#key = key
    this.#hmac = createHmac('sha256', key.secret)
  }

  update (bytes: Uint8Array): void {
    this.#bytes += bytes.length
    for (let at = 0; at < bytes.length;) {
      const taken = Math.min(streamPartBytes - this.#filled, bytes.length - at)
      this.#part.set(bytes.subarray(at, at + taken), this.#filled)
      this.#filled += taken
      at += taken
      if (this.#filled === streamPartBytes) this.#flush()
    }
  }

  /** Called once, last. */
  finish (): Mac {
    if (this.#filled > 0) this.#flush()
    return { mac: `hmac-sha256:${this.#key.id}:${this.#hmac.digest('hex')}`, bytes: this.#bytes }
  }

  #flush (): void {
    const part = this.#part.subarray(0, this.#filled)
    this.#hmac.update(lengthOf(part)).update(part)
    this.#filled = 0
  }
}

const wordRange = 2 ** 32

function lengthOf ({ length }: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(8)
  bytes.writeUInt32BE(Math.floor(length / wordRange), 0)
  bytes.writeUInt32BE(length % wordRange, 4)
  return bytes
}

/** Opens the key in a folder; the first call makes it (mode 0600). */
export function openMacKey (folder: string): MacKey {
  return openKeyFile(join(folder, 'mac.key'))
}

/** Reads a key file. Throws where it is not 32 bytes in hex. */
export function readMacKey (file: string): MacKey {
  return readKeyFile(file)
}
