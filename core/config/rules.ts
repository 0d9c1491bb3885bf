/** What the schema cannot say: names that must exist, settings that exclude each other. Works on malformed documents too. */
import { at, entriesAt, isObject } from './document.ts'
import { carrierNames } from '../http/presented.ts'
import { nearest, type Faults } from './faults.ts'
import { splitAddress } from './decode.ts'
import type { Path } from './types.ts'

/** Adds a fault for everything in the document that cannot be so. */
export function checkRules (document: unknown, faults: Faults): void {
  checkNames(document, faults)
  checkEndpoints(document, faults)
  checkRoutes(document, faults)
  checkListeners(document, faults)
}

function checkNames (document: unknown, faults: Faults): void {
  const endpoints = entriesAt(document, ['endpoints']).map(([id]) => id)
  const pipelines = entriesAt(document, ['pipelines']).map(([name]) => name)
  for (const section of ['models', 'tenants']) {
    for (const [name] of entriesAt(document, [section])) {
      for (const [index, id] of listAt(document, [section, name, 'endpoints']).entries()) checkName('endpoint', id, endpoints, [section, name, 'endpoints', index], faults)
    }
  }
  for (const [index, route] of listAt(document, ['routes']).entries()) {
    if (!isObject(route)) continue
    checkName('pipeline', route['pipeline'], pipelines, ['routes', index, 'pipeline'], faults)
    checkName('endpoint', route['endpoint'], endpoints, ['routes', index, 'endpoint'], faults)
  }
}

/** A fault where a text names nothing of the `known`. Anything but a text is the schema's to refuse. */
export function checkName (kind: string, name: unknown, known: readonly string[], path: Path, faults: Faults): boolean {
  if (typeof name !== 'string' || known.includes(name)) return true
  const near = nearest(name, known)
  faults.add('GW_CONFIG_DANGLING_NAME', path, `there is no ${kind} ${name}`, near === null ? `configure it, or name one of: ${known.join(', ')}` : `did you mean ${near}?`)
  return false
}

function listAt (document: unknown, path: Path): readonly unknown[] {
  const list = at(document, path)
  return Array.isArray(list) ? list : []
}

function checkEndpoints (document: unknown, faults: Faults): void {
  for (const [id, endpoint] of entriesAt(document, ['endpoints'])) {
    const url: unknown = at(endpoint, ['url'])
    if (typeof url === 'string') checkUrl(url, at(endpoint, ['allow_plaintext']) === true, ['endpoints', id, 'url'], faults)
    for (const [index, name] of listAt(endpoint, ['forward_headers']).entries()) {
      if (isOfTheCaller(name, document)) faults.add('GW_CONFIG_UNSAFE', ['endpoints', id, 'forward_headers', index], 'this header may carry a credential of the caller, or what only the gateway may say', 'remove it: the endpoint gets the credential that auth: names')
    }
  }
  const principals = at(document, ['principals', 'url'])
  if (typeof principals === 'string') checkUrl(principals, at(document, ['principals', 'allow_plaintext']) === true, ['principals', 'url'], faults)
  const publicUrl = at(document, ['public_url'])
  if (typeof publicUrl === 'string' && !URL.canParse(publicUrl)) faults.add('GW_CONFIG_INVALID', ['public_url'], 'public_url is no URL', 'write it as https://host')
}

const credentialHeaders: readonly string[] = [
  ...carrierNames, 'proxy-authorization', 'cookie', 'client-cert', 'client-cert-chain', 'forwarded', 'host', 'connection', 'upgrade', 'te', 'transfer-encoding', 'content-length', 'expect'
]

/** Credentials never reach an endpoint, nor what a proxy or the gateway alone may say of a request. */
function isOfTheCaller (name: unknown, document: unknown): boolean {
  if (typeof name !== 'string') return false
  const own = String(at(document, ['listen', 'client_certificate_header'])).toLowerCase()
  return credentialHeaders.includes(name) || [own, `${own}-chain`].includes(name) || /^(sallyport-|x-forwarded-)/.test(name)
}

function checkUrl (text: string, allowPlaintext: boolean, path: Path, faults: Faults): void {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return faults.add('GW_CONFIG_INVALID', path, 'url is no http(s) URL', 'write it as https://host/path')
  if (url.username !== '' || url.password !== '') faults.add('GW_CONFIG_UNSAFE', path, 'url carries a credential', 'use auth: with a reference')
  if (url.search !== '' || url.hash !== '') faults.add('GW_CONFIG_INVALID', path, 'url carries a query or a fragment', 'leave them out: the protocol appends path and query')
  if (url.protocol === 'http:' && !isLoopbackName(url.hostname) && !allowPlaintext) {
    faults.add('GW_CONFIG_PLAINTEXT', path, 'plain http beyond loopback', 'use https, or say allow_plaintext: true beside it')
  }
}

/** Loopback by name or address; a URL's IPv6 host stands in brackets. */
export function isLoopbackName (host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '')
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127(?:\.\d{1,3}){3}$/.test(name)
}

function checkRoutes (document: unknown, faults: Faults): void {
  const seen = new Set<string>()
  for (const [index, route] of listAt(document, ['routes']).entries()) {
    const path = at(route, ['path'])
    if (typeof path !== 'string') continue
    if (seen.has(path)) faults.add('GW_CONFIG_DUPLICATE', ['routes', index, 'path'], `${path} is routed twice`, 'remove one of the two')
    seen.add(path)
  }
}

function checkListeners (document: unknown, faults: Faults): void {
  const listen = at(document, ['listen'])
  const admin = addressOf(at(document, ['admin']))
  if (isObject(listen)) {
    const has = ['address', 'unix'].filter(key => listen[key] !== undefined)
    if (has.length !== 1) faults.add('GW_CONFIG_INVALID', ['listen'], 'listen takes one of address and unix', 'give one of the two')
    const wants = at(listen, ['tls', 'client_certificate'])
    if (wants !== undefined && wants !== 'none' && at(listen, ['tls', 'client_authorities']) === undefined) {
      faults.add('GW_CONFIG_MISSING_KEY', ['listen', 'tls'], 'client certificates need client_authorities', 'name the file of their authorities')
    }
    checkTrustedPeers(listen, faults)
  }
  if (isObject(listen) && listen['unix'] !== undefined && Number(at(document, ['workers']) ?? 1) > 1) {
    faults.add('GW_CONFIG_UNSAFE', ['workers'], 'several workers cannot share a Unix socket', 'listen on an address, or serve with one worker')
  }
  const callers = addressOf(listen)
  if (callers !== null && callers === admin && splitAddress(callers).port !== 0) {
    faults.add('GW_CONFIG_UNSAFE', ['admin'], 'admin and callers share a listener', 'give admin a port of its own, best on loopback')
  }
  for (const [key, address] of [['listen', callers], ['admin', admin]] as const) {
    if (address !== null && splitAddress(address).port > 65_535) faults.add('GW_CONFIG_INVALID', [key], `${key} has no such port`, 'use a port up to 65535')
  }
}

/** Who may speak for others must be known by more than what he says: by the socket's file, or by a pinned certificate. */
function checkTrustedPeers (listen: Readonly<Record<string, unknown>>, faults: Faults): void {
  const peers = listAt(listen, ['trusted_peers'])
  const users = peers.filter(peer => typeof peer === 'number')
  const path: Path = ['listen', 'trusted_peers']
  const header = listen['client_certificate_header']
  if (header !== undefined && peers.length === 0) {
    faults.add('GW_CONFIG_UNSAFE', ['listen', 'client_certificate_header'], 'anybody could send this header', 'name the proxies that may in trusted_peers')
  }
  if (typeof header === 'string' && header.toLowerCase() !== 'client-cert' && credentialHeaders.includes(header.toLowerCase())) {
    faults.add('GW_CONFIG_UNSAFE', ['listen', 'client_certificate_header'], 'this header carries something else', 'let the proxy use Client-Cert')
  }
  if (listen['unix'] !== undefined) {
    if (users.length < peers.length) faults.add('GW_CONFIG_INVALID', path, 'the peer of a Unix socket has no certificate', 'name its user id')
    if (users.length > 1) faults.add('GW_CONFIG_INVALID', path, 'a Unix socket belongs to one user', 'name one user id')
  } else if (users.length > 0) {
    faults.add('GW_CONFIG_INVALID', path, 'a user id is known of the peers of a Unix socket alone', 'listen on unix, or name the fingerprint of the proxy\'s certificate')
  } else if (peers.length > 0 && [undefined, 'none'].includes(at(listen, ['tls', 'client_certificate']) as string | undefined)) {
    faults.add('GW_CONFIG_UNSAFE', path, 'a fingerprint pins a certificate, and this listener asks for none', 'add tls with client_authorities and client_certificate')
  }
}

function addressOf (listener: unknown): string | null {
  const address = typeof listener === 'string' ? listener : at(listener, ['address'])
  return typeof address === 'string' ? address : null
}
