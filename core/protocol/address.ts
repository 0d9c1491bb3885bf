/** How endpoints are addressed: joining URLs and writing credentials, the same for every provider. */
import type { EndpointAuth, EndpointConfig } from '../config/types.ts'
import type { Address, UpstreamCall } from './provider.ts'

/** The URL of an endpoint with a path (leading slash) and a query (without `?`) appended. */
export function joinUrl (base: string, path: string, query = ''): URL {
  const url = new URL(base)
  const joined = url.pathname.replace(/\/$/, '') + path
  return new URL(url.origin + joined + (query === '' ? '' : `?${query}`))
}

/** True where the URL names a host and no path. */
function isBareHost (base: string): boolean {
  return new URL(base).pathname === '/'
}

/** The URL without a final `/v1`: what dialects stand under that name their version, or none, in their own paths. */
export function rootOf (base: string): string {
  return base.replace(/\/v1\/?$/, '')
}

/** How endpoints are addressed that keep OpenAI's dialects under `/v1`, whether their URL says so or names the bare host alone, and others beside it. */
export function addressUnderV1 ({ url, auth }: EndpointConfig, { path, query }: UpstreamCall): Address {
  const isWhole = /^\/(?:v1|api)\//.test(path)
  const base = isWhole ? rootOf(url) : url
  return { url: joinUrl(base, !isWhole && isBareHost(url) ? `/v1${path}` : path, query), headers: credentialHeaders(auth) }
}

/** The header that carries an endpoint's credential; none without one. */
export function credentialHeaders (auth: EndpointAuth | null): Record<string, string> {
  switch (auth?.type) {
    case undefined: return {}
    case 'bearer': return { authorization: `Bearer ${auth.value}` }
    case 'header': return { [auth.name.toLowerCase()]: auth.value }
    case 'basic': return { authorization: `Basic ${Buffer.from(`${auth.user}:${auth.password}`).toString('base64')}` }
  }
}
