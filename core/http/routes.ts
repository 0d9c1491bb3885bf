/** The route table: exact paths first, then the longest prefix. Paths are compared as sent, so nothing is decoded twice. */
import type { Route } from '../runtime.ts'

export type RouteMatch =
  | { readonly kind: 'route', readonly route: Route }
  | { readonly kind: 'wrong_method', readonly allow: readonly string[] }
  | { readonly kind: 'none' }

export function matchRoute (routes: readonly Route[], method: string, path: string): RouteMatch {
  const route = routes.find(({ config }) => config.path === path) ?? longestPrefix(routes, path)
  if (route === undefined) return { kind: 'none' }
  if (!route.protocol.methods.includes(method)) return { kind: 'wrong_method', allow: route.protocol.methods }
  return { kind: 'route', route }
}

function longestPrefix (routes: readonly Route[], path: string): Route | undefined {
  return routes
    .filter(({ config }) => config.path.endsWith('/*') && (path + '/').startsWith(config.path.slice(0, -1)))
    .sort((a, b) => b.config.path.length - a.config.path.length)[0]
}

/** Path and query of a request line as sent; an absolute form (RFC 9112 3.2.2) loses its origin. */
export function targetOf (url: string): { path: string, query: string } {
  const origin = /^[a-z]+:\/\/[^/?#]*/i.exec(url)
  const rest = origin === null ? url : url.slice(origin[0].length)
  const mark = rest.indexOf('?')
  const path = mark === -1 ? rest : rest.slice(0, mark)
  return { path: path === '' ? '/' : path, query: mark === -1 ? '' : rest.slice(mark + 1) }
}
