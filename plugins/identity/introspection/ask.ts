/** Asks an issuer what a token is worth (RFC 7662): one question a token at a time, and a bounded number of them. */
import { GatewayError } from '../../../core/errors.ts'
import { Names } from '../../../core/transient.ts'
import { invalid } from '../claims/refusal.ts'
import type { IssuerClient } from '../issuer/client.ts'
import { VerifiedCredentials, type Remembered } from '../token/cache.ts'
import { readStrictObject, type JsonObject } from '../token/json.ts'
import { longestToken } from '../token/read.ts'
import type { Client } from './client.ts'

/** Questions under way at most: beyond it the answer is that the issuer cannot be asked. */
const mostQuestions = 256
/** For so long a token that is not active is not asked for again. */
const refusedMs = 5000

export interface AskOptions {
  readonly endpoint: URL
  readonly client: Client
  readonly connection: IssuerClient
  /** Ends questions under way. */
  readonly closing: AbortSignal
  readonly failed: (thrown: unknown) => void
  nowMs (): number
}

export class Introspector {
  readonly #options: AskOptions
  readonly #asked = new Names<Promise<JsonObject>>()
  readonly #refused = new VerifiedCredentials<Remembered>()

  constructor (options: AskOptions) {
    this.#options = options
  }

  /** The claims of an active token. Throws GW_IDENTITY_INVALID, or GW_IDENTITY_ISSUER_UNAVAILABLE where no answer can be had. */
  async ask (token: string): Promise<JsonObject> {
    if (token.length > longestToken) throw invalid('the token is too long')
    const nowMs = this.#options.nowMs()
    if (this.#refused.get(token, nowMs) !== null) throw inactive()
    const claims = await this.#once(token)
    if (claims['active'] === true) return claims
    this.#refused.set(token, { untilMs: nowMs + refusedMs, isCurrent: () => true })
    throw inactive()
  }

  async #once (token: string): Promise<JsonObject> {
    const before = this.#asked.get(token)
    if (before !== undefined) return await before
    if (this.#asked.size >= mostQuestions) throw unavailable(new Error('too many questions are under way'))
    const asking = this.#send(token).finally(() => { this.#asked.delete(token) })
    this.#asked.set(token, asking)
    return await asking
  }

  async #send (token: string): Promise<JsonObject> {
    const { endpoint, client, connection, closing, failed } = this.#options
    try {
      const { headers, form } = await client.prove()
      const answer = await connection.ask(endpoint, { method: 'POST', headers, form: new URLSearchParams({ token, token_type_hint: 'access_token', ...form }), signal: closing })
      const claims = answer.status === 200 ? readStrictObject(answer.body) : null
      if (claims === null || typeof claims['active'] !== 'boolean') throw new Error(`the issuer answered ${answer.status}, or no answer of RFC 7662`)
      return claims
    } catch (thrown) {
      failed(thrown)
      throw unavailable(thrown)
    }
  }
}

function inactive (): Error {
  return invalid('the issuer says that the token is not active')
}

function unavailable (cause: unknown): Error {
  return new GatewayError('GW_IDENTITY_ISSUER_UNAVAILABLE', { cause, detail: 'the introspection endpoint gave no answer that counts' })
}
