/** How endpoints are addressed: joining URLs and writing credentials, the same for every provider. */
import type { EndpointAuth } from '../config/types.ts'

/** The URL of an endpoint with a path (leading slash) and a query (without `?`) appended. */
export function joinUrl (base: string, path: string, query = ''): URL {
  const url = new URL(base)
  const joined = url.pathname.replace(/\/$/, '') + path
  return new URL(url.origin + joined + (query === '' ? '' : `?${query}`))
}

/** True where the URL names a host and no path. */
export function isBareHost (base: string): boolean {
  return new URL(base).pathname === '/'
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
