/** Fetches a small JSON document from an issuer: no redirect, five seconds, one mebibyte, and only where it may lead. */
import { lookup as resolveName, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { Agent, request } from 'undici'
import { bareHost, isInside } from './address.ts'

const deadlineMs = 5000
const limitBytes = 1024 * 1024

export interface FetchOptions {
  /** False: an address inside (loopback, private, link-local) is refused after resolution. */
  readonly allowInside: boolean
  /** Ends the fetch early. */
  readonly signal: AbortSignal
}

export interface Fetched {
  /** The parsed body. */
  readonly document: unknown
  /** True where the host resolved to an address inside. */
  readonly inside: boolean
}

/** Throws Error for whatever is not a 200 with a JSON body within the limits. */
export async function fetchJson (url: URL, options: FetchOptions): Promise<Fetched> {
  const met = { inside: false }
  const agent = new Agent({ connect: { lookup: guardedLookup(met, options.allowInside) }, connections: 1, pipelining: 0 })
  try {
    refuseLiteral(url, met, options.allowInside)
    const signal = AbortSignal.any([AbortSignal.timeout(deadlineMs), options.signal])
    const { statusCode, body } = await request(url, { dispatcher: agent, signal, headers: { accept: 'application/json' } })
    if (statusCode !== 200) throw new Error(`the issuer answered ${statusCode}`)
    return { document: JSON.parse(await readText(body)), inside: met.inside }
  } finally {
    agent.destroy().catch(() => {}) // whatever is left of the connection may fail as it likes
  }
}

/** A literal address is never resolved, so that the guard on resolution would not meet it. */
function refuseLiteral (url: URL, met: { inside: boolean }, allowInside: boolean): void {
  const host = bareHost(url.hostname)
  if (isIP(host) !== 0) note([host], met, allowInside)
}

/** Resolves as the system does, then looks at every address before one of them is dialled. */
function guardedLookup (met: { inside: boolean }, allowInside: boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolveName(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error !== null) { callback(error, ''); return }
      try {
        note(addresses.map(({ address }) => address), met, allowInside)
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

function note (addresses: readonly string[], met: { inside: boolean }, allowInside: boolean): void {
  if (!addresses.some(isInside)) return
  met.inside = true
  if (!allowInside) throw new Error('a learned URL leads inside')
}

async function readText (body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > limitBytes) throw new Error('the issuer\'s answer is too large')
    chunks.push(chunk)
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks, length))
}
