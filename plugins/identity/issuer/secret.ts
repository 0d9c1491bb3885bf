/** A secret that one issuer shares with this gateway alone: the only way to HS256 and its kin. */
import { createHash, createSecretKey, type KeyObject } from 'node:crypto'
import { refusal } from '../claims/refusal.ts'
import type { FoundKeys, KeyQuery, VerifyingKeys } from './keys.ts'

/** Least bytes of a secret: as many as the digest has (RFC 7518 section 3.2). */
const leastBytes: Readonly<Record<string, number>> = { HS256: 32, HS384: 48, HS512: 64 }

export class SharedSecret implements VerifyingKeys {
  readonly #key: KeyObject
  readonly #version: string

  /** Throws Error for a secret that is too short for one of the algorithms. */
  constructor (secret: string, algorithms: readonly string[]) {
    const bytes = Buffer.from(secret, 'utf8')
    const least = Math.max(...algorithms.map(algorithm => leastBytes[algorithm] ?? Infinity))
    if (bytes.length < least) throw new Error(`the shared secret has ${bytes.length} bytes, and ${algorithms.join(', ')} need ${least}`)
    this.#key = createSecretKey(bytes)
    this.#version = createHash('sha256').update(bytes).digest('hex')
  }

  version (): string {
    return this.#version
  }

  async find ({ keyId }: KeyQuery): Promise<FoundKeys> {
    if (keyId !== null && keyId.length > 1024) throw refusal('GW_IDENTITY_INVALID', 'kid is too long')
    return { keys: [this.#key], version: this.#version }
  }

  async renew (): Promise<boolean> {
    return false
  }
}
