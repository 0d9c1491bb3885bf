/** Asks an issuer over HTTP: no redirect, five seconds, one mebibyte, and only where the request may lead. */
import { lookup as resolveName, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { Agent, request } from 'undici'
import { bareHost, isInside } from './address.ts'

const deadlineMs = 5000
const limitBytes = 1024 * 1024

export interface ClientOptions {
  /** False: an address inside (loopback, private, link-local) is refused after resolution. */
  readonly allowInside: boolean
  /** PEM authorities by which the issuer's own certificate is verified; null = the system's. */
  readonly authorities: string | null
  /** The client's own certificate and key, PEM; null = none. */
  readonly identity: { readonly certificate: string, readonly key: string } | null
  /** Connections kept open at most. */
  readonly connections: number
}

export interface Question {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  /** A form (`application/x-www-form-urlencoded`). */
  readonly form?: URLSearchParams
  /** Ends it early. */
  readonly signal: AbortSignal
}

export interface Response {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

/** One or a few connections to an issuer. */
export class IssuerClient {
  readonly #agent: Agent
  readonly #options: ClientOptions
  /** True once a host resolved to an address inside. */
  inside = false

  constructor (options: ClientOptions) {
    this.#options = options
    const { authorities, identity, connections } = options
    const tls = { ...(authorities === null ? {} : { ca: authorities }), ...(identity === null ? {} : { cert: identity.certificate, key: identity.key }) }
    this.#agent = new Agent({ connect: { lookup: this.#guardedLookup(), timeout: deadlineMs, ...tls }, connections, pipelining: 1 })
  }

  /** Throws Error where no answer within the limits comes. */
  async ask (url: URL, { method, headers, form, signal }: Question): Promise<Response> {
    const host = bareHost(url.hostname)
    if (isIP(host) !== 0) this.#note([host]) // a literal address is never resolved: the guard on resolution would not meet it
    const until = AbortSignal.any([AbortSignal.timeout(deadlineMs), signal])
    const sent = form === undefined ? {} : { body: form.toString() }
    const type = form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await request(url, { dispatcher: this.#agent, method, signal: until, headers: { accept: 'application/json', ...type, ...headers }, ...sent })
    return { status: answer.statusCode, headers: answer.headers, body: await readAll(answer.body) }
  }

  /** Whatever is left of the connections may fail as it likes. */
  close (): void {
    this.#agent.destroy().catch(() => {})
  }

  /** Resolves as the system does, then looks at every address before one of them is dialled. */
  #guardedLookup (): LookupFunction {
    return (hostname, options, callback) => {
      resolveName(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
        if (error !== null) { callback(error, ''); return }
        try {
          this.#note(addresses.map(({ address }) => address))
        } catch (refused) {
          callback(refused as NodeJS.ErrnoException, '')
          return
        }
        const [first] = addresses
        if (options.all === true) callback(null, addresses)
        else callback(null, first?.address ?? '', first?.family)
      })
    }
  }

  #note (addresses: readonly string[]): void {
    if (!addresses.some(isInside)) return
    this.inside = true
    if (!this.#options.allowInside) throw new Error('a learned URL leads inside')
  }
}

async function readAll (body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > limitBytes) throw new Error('the issuer\'s answer is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}
