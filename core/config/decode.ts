/** From the document to the configuration: defaults filled in, references resolved, paths absolute, frozen. */
import { createHash } from 'node:crypto'
import { dirname, isAbsolute, resolve } from 'node:path'
import { durationMs } from './duration.ts'
import type { AdminDocument, ConfigurationDocument, EndpointDocument, EntryDocument, ListenDocument, PrincipalsDocument, RouteDocument, StageDocument, StoreDocument, TlsDocument } from './document.ts'
import { healthOf, modelOf, workloadOf } from './decode-routing.ts'
import { rateOf, sizeBytes } from './quantities.ts'
import type { Secrets } from './secrets.ts'
import type { AdminConfig, Configuration, EndpointAuth, EndpointConfig, ListenConfig, Path, PipelineConfig, PipelineEntry, PrincipalsConfig, RedisConfig, RouteConfig, StageEntry, TlsConfig } from './types.ts'

const defaultTaxonomy = ['public', 'internal', 'confidential', 'restricted']

/** `document` has passed the schema. */
export function decode (document: ConfigurationDocument, file: string, secrets: Secrets, placeOf: Configuration['placeOf']): Configuration {
  const folder = dirname(file)
  const bodyLimitBytes = sizeBytes(document.body_limit ?? '10MiB')
  return deepFreeze({
    file,
    folder,
    listen: listenOf(document.listen, folder, secrets),
    admin: document.admin === undefined ? null : adminOf(document.admin, secrets),
    publicUrl: document.public_url ?? null,
    data: resolve(folder, document.data ?? './var'),
    region: document.region ?? null,
    principals: document.principals === undefined ? null : principalsOf(document.principals, folder, secrets),
    log: { level: document.log?.level ?? 'info', file: fileIn(folder, document.log?.file ?? null) },
    workers: document.workers ?? 1,
    store: document.store === undefined ? null : { redis: redisOf(document.store.redis, secrets) },
    plugins: (document.plugins ?? []).map(name => name.startsWith('.') || isAbsolute(name) ? resolve(folder, name) : name),
    bodyLimitBytes,
    unidentified: { perPeer: rateOf(document.unidentified?.per_peer ?? '20/s'), total: rateOf(document.unidentified?.total ?? '200/s') },
    taxonomy: document.taxonomy ?? defaultTaxonomy,
    reasons: document.reasons ?? [],
    endpoints: mapOf(document.endpoints, (endpoint, id) => endpointOf(endpoint, id, secrets)),
    models: mapOf(document.models ?? {}, (model, name) => modelOf(model, name, document.endpoints)),
    workloads: (document.workloads ?? []).map(workloadOf),
    tenants: document.tenants === undefined ? null : mapOf(document.tenants, ({ endpoints }) => ({ endpoints })),
    pipelines: mapOf(document.pipelines, pipelineOf),
    routes: document.routes.map((route, index) => routeOf(route, ['routes', index], bodyLimitBytes)),
    digest: digestOfDocument(document),
    placeOf
  })
}

function mapOf<T, U> (record: Readonly<Record<string, T>>, make: (value: T, name: string) => U): Map<string, U> {
  return new Map(Object.entries(record).map(([name, value]) => [name, make(value, name)]))
}

function fileIn (folder: string, file: string | null): string | null {
  return file === null ? null : resolve(folder, file)
}

/** `host:port`, the host without the brackets of an IPv6 address. */
export function splitAddress (address: string): { host: string, port: number } {
  const colon = address.lastIndexOf(':')
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) }
}

function listenOf (listen: string | ListenDocument, folder: string, secrets: Secrets): ListenConfig {
  if (typeof listen === 'string') return { ...splitAddress(listen), unix: null, tls: null, ...peersOf({}) }
  const tls = listen.tls === undefined ? null : tlsOf(listen.tls, 'listen', secrets)
  if (listen.unix !== undefined) return { host: null, port: null, unix: resolve(folder, listen.unix), tls, ...peersOf(listen) }
  return { ...splitAddress(listen.address ?? ''), unix: null, tls, ...peersOf(listen) }
}

function peersOf ({ trusted_peers: peers = [], client_certificate_header: header }: ListenDocument): Pick<ListenConfig, 'trustedPeers' | 'clientCertificateHeader'> {
  const fingerprints = peers.filter(peer => typeof peer === 'string').map(peer => peer.replace(/^sha256:/i, '').replaceAll(':', '').toLowerCase())
  return { trustedPeers: { users: peers.filter(peer => typeof peer === 'number'), fingerprints }, clientCertificateHeader: header?.toLowerCase() ?? null }
}

function principalsOf (document: PrincipalsDocument, folder: string, secrets: Secrets): PrincipalsConfig {
  const { file, url = '', authorities, token } = document
  return {
    source: file === undefined
      ? { url, token: token === undefined ? null : secrets.textAt(['principals', 'token']), authorities: fileIn(folder, authorities ?? null) }
      : { file: resolve(folder, file) },
    subject: document.subject ?? 'userName',
    issuer: document.issuer ?? null,
    tenant: document.tenant ?? null,
    maxAgeMs: durationMs(document.max_age ?? '1h'),
    refreshMs: durationMs(document.refresh ?? '30s')
  }
}

function adminOf (admin: string | AdminDocument, secrets: Secrets): AdminConfig {
  if (typeof admin === 'string') return { ...splitAddress(admin), tls: null, token: null }
  return {
    ...splitAddress(admin.address),
    tls: admin.tls === undefined ? null : tlsOf(admin.tls, 'admin', secrets),
    token: admin.token === undefined ? null : secrets.textAt(['admin', 'token'])
  }
}

function redisOf ({ cluster, prefix, timeout }: StoreDocument['redis'], secrets: Secrets): RedisConfig {
  return {
    urls: secrets.textAt(['store', 'redis', 'url']).split(',').map(url => url.trim()),
    cluster: cluster ?? false,
    prefix: prefix ?? 'sallyport',
    timeoutMs: durationMs(timeout ?? '250ms')
  }
}

function tlsOf (tls: TlsDocument, listener: 'listen' | 'admin', secrets: Secrets): TlsConfig {
  return {
    certificate: secrets.textAt([listener, 'tls', 'certificate']),
    key: secrets.textAt([listener, 'tls', 'key']),
    clientAuthorities: tls.client_authorities === undefined ? null : secrets.textAt([listener, 'tls', 'client_authorities']),
    clientCertificate: tls.client_certificate ?? 'none'
  }
}

function endpointOf (endpoint: EndpointDocument, id: string, secrets: Secrets): EndpointConfig {
  const { limit = {}, timeout = {} } = endpoint
  return {
    id,
    provider: endpoint.provider,
    url: endpoint.url,
    model: endpoint.model ?? null,
    auth: authOf(endpoint.auth, ['endpoints', id, 'auth'], secrets),
    labels: endpoint.labels ?? {},
    price: endpoint.price ?? null,
    context: endpoint.context ?? null,
    limit: { requestsPerMinute: limit.requests_per_minute ?? null, tokensPerMinute: limit.tokens_per_minute ?? null, concurrent: limit.concurrent ?? null },
    timeout: {
      connectMs: durationMs(timeout.connect ?? '2s'),
      firstTokenMs: durationMs(timeout.first_token ?? '20s'),
      idleMs: durationMs(timeout.idle ?? '15s'),
      totalMs: durationMs(timeout.total ?? '10m')
    },
    health: healthOf(endpoint.health ?? {}),
    features: endpoint.features ?? [],
    forwardHeaders: endpoint.forward_headers ?? []
  }
}

function authOf (auth: EndpointDocument['auth'], path: Path, secrets: Secrets): EndpointAuth | null {
  if (auth?.bearer !== undefined) return { type: 'bearer', value: secrets.textAt([...path, 'bearer']) }
  if (auth?.header !== undefined) return { type: 'header', name: auth.header.name, value: secrets.textAt([...path, 'header', 'value']) }
  if (auth?.basic !== undefined) return { type: 'basic', user: auth.basic.user, password: secrets.textAt([...path, 'basic', 'password']) }
  return null
}

function pipelineOf (entries: readonly EntryDocument[], name: string): PipelineConfig {
  const path: Path = ['pipelines', name]
  return { name, path, entries: entries.map((entry, index) => entryOf(entry, [...path, index])) }
}

function entryOf (entry: EntryDocument, path: Path): PipelineEntry {
  if (!('any' in entry)) return stageOf(entry, path)
  return { any: entry.any.map((stage, index) => stageOf(stage, [...path, 'any', index])), path }
}

function stageOf ({ plugin, config, optional }: StageDocument, path: Path): StageEntry {
  return { plugin, config: config ?? {}, optional: optional ?? false, path }
}

function routeOf (route: RouteDocument, origin: Path, bodyLimitBytes: number): RouteConfig {
  return {
    path: route.path,
    protocol: route.protocol,
    pipeline: route.pipeline,
    endpoint: route.endpoint ?? null,
    stripPrefix: route.strip_prefix ?? false,
    bodyLimitBytes: route.body_limit === undefined ? bodyLimitBytes : sizeBytes(route.body_limit),
    origin
  }
}

/** Over what was configured, in sorted keys: references stand in it, the secrets they name do not. */
function digestOfDocument (document: ConfigurationDocument): string {
  return `sha256:${createHash('sha256').update(sortedJson(document)).digest('hex')}`
}

function sortedJson (value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => a < b ? -1 : 1))
  })
}

/** Maps cannot be frozen; their values are. */
function deepFreeze<T> (value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const inner of value instanceof Map ? value.values() : Object.values(value)) deepFreeze(inner)
  return Object.freeze(value)
}
