/** Loads an issuer's key set from where it is configured to be. */
import { readFile } from 'node:fs/promises'
import type { JWK } from 'jose'
import { ensureDevelopmentKey } from './development.ts'
import type { KeyOrigin } from './config.ts'
import { fetchJson } from './fetch.ts'

const mostKeys = 100

/** Throws Error where the keys cannot be had, or are no key set. */
export type LoadKeys = () => Promise<readonly JWK[]>

type Learned = KeyOrigin & { kind: 'discovery' }
type Origin = Exclude<KeyOrigin, { kind: 'secret' }>

/** @param closing ends fetches under way */
export function keySource (origin: Origin, closing: AbortSignal): LoadKeys {
  switch (origin.kind) {
    case 'file': return async () => readKeySet(JSON.parse(await readFile(origin.path, 'utf8')))
    case 'url': return async () => readKeySet((await fetchJson(origin.url, { allowInside: true, authorities: await authoritiesOf(origin), signal: closing })).document)
    case 'discovery': return async () => readKeySet(await discover(origin, closing))
    case 'development': return async () => [(await ensureDevelopmentKey(origin.data, origin.issuer)).publicKey]
  }
}

async function authoritiesOf ({ authorities }: { readonly authorities: string | null }): Promise<string | null> {
  return authorities === null ? null : await readFile(authorities, 'utf8')
}

/** OpenID Connect Discovery 1.0: the document must be the issuer's own, and may lead only to hosts that are known. */
async function discover (origin: Learned, closing: AbortSignal): Promise<unknown> {
  const authorities = await authoritiesOf(origin)
  const { document, inside } = await fetchJson(origin.url, { allowInside: true, authorities, signal: closing })
  if (!isObject(document) || document['issuer'] !== origin.issuer) throw new Error('the discovery document names another issuer')
  const url = URL.canParse(String(document['jwks_uri'])) ? new URL(String(document['jwks_uri'])) : null
  if (url === null || !mayLead(origin, url)) throw new Error('the discovery document leads to a URL that is not allowed')
  return (await fetchJson(url, { allowInside: inside, authorities, signal: closing })).document
}

/** https on the issuer's host or one of `key_hosts`; plain http only on the very origin that was configured so. */
function mayLead ({ url: configured, hosts }: Learned, learned: URL): boolean {
  const isKnownHost = learned.hostname === configured.hostname || hosts.includes(learned.hostname)
  return learned.origin === configured.origin || (learned.protocol === 'https:' && isKnownHost)
}

/** RFC 7517 section 5. Members that are no objects are passed over, as are shared secrets. */
function readKeySet (document: unknown): readonly JWK[] {
  if (!isObject(document) || !Array.isArray(document['keys'])) throw new Error('no key set')
  if (document['keys'].length > mostKeys) throw new Error('the key set is too large')
  return document['keys'].filter((key): key is JWK & { kty: string } => isObject(key) && ['EC', 'RSA', 'OKP'].includes(String(key['kty'])))
}

function isObject (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
