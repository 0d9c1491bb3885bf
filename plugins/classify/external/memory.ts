/** Remembers what was found in texts, by keyed digests of them: neither text nor value is kept. */
import { createSecretKey, randomBytes } from 'node:crypto'
import { hmacSha256 } from '../../../core/enforce/hmac.ts'
import type { TextSpan } from './detector.ts'

/** Two tables that take turns: when the younger is full the elder is forgotten whole, which costs the collector least. */
export class Memory {
  readonly #key = createSecretKey(randomBytes(32))
  readonly #half: number
  #younger = new Map<string, readonly TextSpan[]>()
  #elder = new Map<string, readonly TextSpan[]>()

  /** @param most texts, about */
  constructor (most: number) {
    this.#half = Math.ceil(most / 2)
  }

  digest (text: string): string {
    return hmacSha256(this.#key, [Buffer.from(text)])
  }

  get (digest: string): readonly TextSpan[] | undefined {
    const known = this.#younger.get(digest) ?? this.#elder.get(digest)
    if (known !== undefined) this.put(digest, known)
    return known
  }

  put (digest: string, spans: readonly TextSpan[]): void {
    if (this.#half === 0) return
    if (this.#younger.size >= this.#half && !this.#younger.has(digest)) {
      this.#elder = this.#younger
      this.#younger = new Map()
    }
    this.#younger.set(digest, spans)
  }

  forget (): void {
    this.#younger = new Map()
    this.#elder = new Map()
  }
}
