/** Tokens of one kind: each is verified once, and remembered for as long as that counts. */
import type { Verified } from '../claims/principal.ts'
import { VerifiedCredentials, type Remembered } from './cache.ts'
import { silent, type Trace } from './trace.ts'

/** A verified token and how long that may be remembered. */
export interface ReadToken extends Remembered { readonly verified: Verified }

export interface TokenReader<T extends ReadToken = ReadToken> {
  /** Verifies a token. Throws GatewayError. */
  read (text: string, trace: Trace): Promise<T>
}

export class TokenMemory<T extends ReadToken = ReadToken> {
  readonly #known: VerifiedCredentials<T>
  readonly #reader: TokenReader<T>
  readonly #nowMs: () => number

  /** @param most tokens remembered */
  constructor (reader: TokenReader<T>, nowMs: () => number, most?: number) {
    this.#known = new VerifiedCredentials(most)
    this.#reader = reader
    this.#nowMs = nowMs
  }

  /** What is remembered under a name, which holds the whole token; or null. */
  get (name: string): T | null {
    return this.#known.get(name, this.#nowMs())
  }

  /** Verifies what is not remembered; what is explained is always verified. Throws GatewayError. */
  async read (name: string, text: string, trace: Trace): Promise<T> {
    const before = trace === silent ? this.get(name) : null
    if (before !== null) return before
    const read = await this.#reader.read(text, trace)
    this.#known.set(name, read)
    return read
  }

  forget (): void {
    this.#known.clear()
  }
}
