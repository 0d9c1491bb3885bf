/** Fetches one small JSON document from an issuer. */
import { IssuerClient } from './client.ts'

export interface FetchOptions {
  /** False: an address inside (loopback, private, link-local) is refused after resolution. */
  readonly allowInside: boolean
  /** PEM; null = the system's authorities. */
  readonly authorities: string | null
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
export async function fetchJson (url: URL, { allowInside, authorities, signal }: FetchOptions): Promise<Fetched> {
  const client = new IssuerClient({ allowInside, authorities, identity: null, connections: 1 })
  try {
    const { status, body } = await client.ask(url, { method: 'GET', headers: {}, signal })
    if (status !== 200) throw new Error(`the issuer answered ${status}`)
    return { document: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)), inside: client.inside }
  } finally {
    client.close()
  }
}
