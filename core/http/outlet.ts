/** Where an answer leaves that is sent as it comes: head, bytes under the caller's back-pressure, end. */
import type { FastifyReply } from 'fastify'

export class Outlet {
  readonly #reply: FastifyReply
  #hasBegun = false

  constructor (reply: FastifyReply) {
    this.#reply = reply
  }

  /** True once the head was sent: from then on no other status can be. */
  get hasBegun (): boolean {
    return this.#hasBegun
  }

  /** Sends the head. Fastify has no more part in the answer. */
  begin (status: number, headers: Readonly<Record<string, string>>): void {
    this.#hasBegun = true
    this.#reply.hijack()
    this.#reply.raw.writeHead(status, headers)
    this.#reply.raw.flushHeaders()
  }

  /** @returns a promise where the caller is slow: wait for it before more is written. It resolves when the caller is gone, too. */
  write (bytes: Uint8Array): Promise<void> | undefined {
    const { raw } = this.#reply
    if (raw.destroyed || raw.write(bytes)) return undefined
    return new Promise(resolve => {
      const go = (): void => {
        raw.off('drain', go)
        raw.off('close', go)
        resolve()
      }
      raw.once('drain', go)
      raw.once('close', go)
    })
  }

  /** @param trailers sent where the answer goes out in chunks */
  end (bytes: Uint8Array, trailers: Readonly<Record<string, string>> | null = null): void {
    const { raw } = this.#reply
    if (raw.destroyed) return
    if (trailers !== null) raw.addTrailers(trailers)
    raw.end(bytes)
  }
}
