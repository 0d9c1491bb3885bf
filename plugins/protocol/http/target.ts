/**
 * Path and query in the one form that is accepted: what is judged must be what the endpoint takes it for. Servers differ over
 * dot segments, encoded slashes, doubled slashes, `;` parameters and needless escapes, so none of them passes (RFC 3986).
 */
import { GatewayError } from '../../../core/errors.ts'

const plainPath = /^\/[A-Za-z0-9\-._~!$&'()*+,=:@%/]*$/
const plainQuery = /^[A-Za-z0-9\-._~!$&'()*+,;=:@%/?[\]|]*$/
/** Letters, digits, `-`, `.` and `_` need no escape: one would only hide them. */
const needlessEscape = /%(?:4[1-9A-F]|5[0-9A]|6[1-9A-F]|7[0-9A]|3[0-9]|2[DE]|5F)/i
const control = /\p{Cc}/u
const escape = /%[0-9a-f]{2}/i

/** The decoded segments of a path, the first empty one left out. Throws GW_REQUEST_PATH. */
export function readSegments (path: string): string[] {
  if (!plainPath.test(path) || path.includes('//') || needlessEscape.test(path)) throw refused()
  return path.slice(1).split('/').map(segment => {
    const decoded = decode(segment)
    if (!isPlainSegment(decoded) || !isPlainSegment(decoded.normalize('NFKC'))) throw refused()
    return decoded
  })
}

function isPlainSegment (segment: string): boolean {
  return segment !== '.' && segment !== '..' && !/[/\\;]/.test(segment) && !control.test(segment) && !escape.test(segment)
}

export interface QueryPair { readonly name: string, readonly value: string }

/** The decoded names and values of a query. Throws GW_REQUEST_PATH. */
export function readQuery (query: string): QueryPair[] {
  if (!plainQuery.test(query)) throw refused()
  return query.split('&').filter(pair => pair !== '').map(pair => {
    const mark = pair.indexOf('=')
    return { name: decodeForm(mark === -1 ? pair : pair.slice(0, mark)), value: decodeForm(mark === -1 ? '' : pair.slice(mark + 1)) }
  })
}

/** Line breaks and tabs are text; other control characters are not. */
function decodeForm (text: string): string {
  const decoded = decode(text.replaceAll('+', ' '))
  if (escape.test(decoded) || control.test(decoded.replace(/[\t\r\n]/g, ' '))) throw refused()
  return decoded
}

function decode (text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (thrown) {
    throw refused(thrown)
  }
}

/** The path in the one spelling of RFC 3986 that policies compare: escapes in upper case. */
export function normalPath (path: string): string {
  return path.replace(/%[0-9a-f]{2}/gi, escaped => escaped.toUpperCase())
}

/** What is appended to the endpoint's URL. */
export function targetPath (path: string, route: string, stripPrefix: boolean): string {
  if (!stripPrefix) return path
  const prefix = route.endsWith('/*') ? route.slice(0, -2) : route
  const rest = path.startsWith(prefix) ? path.slice(prefix.length) : path
  return rest === '' ? '/' : rest
}

function refused (cause?: unknown): GatewayError {
  return new GatewayError('GW_REQUEST_PATH', { cause })
}
