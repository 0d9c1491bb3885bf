/** The decoded configuration: every default filled in, every reference resolved, frozen. */
import type { Workload } from '../pipeline/facts.ts'
import type { Encoding } from '../tokens/encoding.ts'

/** `count` in a window of `perMs` milliseconds. */
export interface Rate { readonly count: number, readonly perMs: number }

/** PEM texts of a TLS listener. */
export interface TlsConfig {
  readonly certificate: string
  readonly key: string
  readonly clientAuthorities: string | null
  readonly clientCertificate: 'none' | 'optional' | 'required'
}

export interface ListenConfig {
  /** Null with `unix`. */
  readonly host: string | null
  readonly port: number | null
  readonly unix: string | null
  readonly tls: TlsConfig | null
  /** Proxies that may hand the caller's certificate on: users of the Unix socket, or SHA-256 fingerprints (hex) of their own certificates. */
  readonly trustedPeers: { readonly users: readonly number[], readonly fingerprints: readonly string[] }
  /** The header in which they do (lower case); null = none. */
  readonly clientCertificateHeader: string | null
}

export interface AdminConfig {
  readonly host: string
  readonly port: number
  readonly tls: TlsConfig | null
  readonly token: string | null
}

export type EndpointAuth =
  | { readonly type: 'bearer', readonly value: string }
  | { readonly type: 'header', readonly name: string, readonly value: string }
  | { readonly type: 'basic', readonly user: string, readonly password: string }

/** How the state of an endpoint is found out. */
export interface HealthConfig {
  readonly consecutiveFailures: number
  /** 0 to 1, over a window in which there were at least so many requests. */
  readonly failureRate: number
  readonly windowMs: number
  readonly leastRequests: number
  /** A head that comes later counts as a failure; null = none is too slow. */
  readonly slowMs: number | null
  readonly coolDownMs: number
  readonly longestCoolDownMs: number
  /** Retries for each request, 0 to 1. */
  readonly retryBudget: number
  readonly probe: { readonly path: string, readonly intervalMs: number, readonly timeoutMs: number } | null
}

export interface EndpointConfig {
  readonly id: string
  readonly provider: string
  readonly url: string
  /** The name this endpoint knows the model by; null = the caller's. */
  readonly model: string | null
  readonly auth: EndpointAuth | null
  readonly labels: Readonly<Record<string, string | number | boolean>>
  /** US dollars per million tokens. */
  readonly price: { readonly input: number, readonly output: number } | null
  /** Tokens. */
  readonly context: number | null
  readonly limit: { readonly requestsPerMinute: number | null, readonly tokensPerMinute: number | null, readonly concurrent: number | null }
  readonly timeout: { readonly connectMs: number, readonly firstTokenMs: number, readonly idleMs: number, readonly totalMs: number }
  readonly health: HealthConfig
  /** Values of beta headers that may pass. */
  readonly features: readonly string[]
  /** Lower-case header names that http routes send on. */
  readonly forwardHeaders: readonly string[]
}

export type Strategy = 'ordered' | 'weighted' | 'lowest_latency' | 'lowest_cost' | 'least_busy' | 'sticky'

/** Causes for which another endpoint is tried. */
export type FallbackCause = 'unreachable' | 'timeout' | 'rate_limited' | 'server_error' | 'refused' | 'bad_response' | 'context_length' | 'content_filter'

export interface ModelConfig {
  readonly name: string
  readonly family: string | null
  /** Other names that callers may use for it. */
  readonly aliases: readonly string[]
  readonly endpoints: readonly string[]
  /** That of its tokens; null where there is none. */
  readonly tokenizer: Encoding | null
  readonly strategy: Strategy
  /** By endpoint; what is not named weighs 1. */
  readonly weights: ReadonlyMap<string, number>
  /** An endpoint that is first for a share of decisions and last for the others. */
  readonly canary: { readonly endpoint: string, readonly percent: number } | null
  /** Endpoints that get a copy of a share of requests; their answers are thrown away. */
  readonly mirror: { readonly endpoints: readonly string[], readonly percent: number } | null
  /** A second endpoint is asked too where the first has said nothing for so long. */
  readonly hedgeAfterMs: number | null
  /** How often an endpoint that did not answer may be dialled again for one request. */
  readonly retries: number
  readonly fallbackOn: readonly FallbackCause[]
  /** Share of the endpoints that may count as failing at once, 0 to 1. */
  readonly mostEjected: number
  /** Another order, and another strategy, for classes of requests. */
  readonly workloads: ReadonlyMap<Workload, { readonly endpoints: readonly string[], readonly strategy: Strategy }>
}

/** Which requests are of a class: all that is given must hold. The first rule that does decides. */
export interface WorkloadRule {
  readonly workload: Workload
  readonly model: string | null
  readonly route: string | null
  readonly stream: boolean | null
  readonly tools: boolean | null
  readonly outputFormat: 'text' | 'json_object' | 'json_schema' | null
  readonly leastTokens: number | null
  readonly mostTokens: number | null
}

/** Keys and indexes from the root of the configuration. */
export type Path = ReadonlyArray<string | number>

/** Where something stands in the configuration file, for faults found later. Lines and columns from 1. */
export interface Place { readonly file: string, readonly line: number, readonly column: number }

/** One stage as configured. `config` is checked against the plugin's schema by the registry. */
export interface StageEntry {
  readonly plugin: string
  readonly config: Readonly<Record<string, unknown>>
  readonly optional: boolean
  readonly path: Path
}

/** A stage, or a choice of identity stages. */
export type PipelineEntry = StageEntry | { readonly any: readonly StageEntry[], readonly path: Path }

export interface PipelineConfig { readonly name: string, readonly entries: readonly PipelineEntry[], readonly path: Path }

export interface RouteConfig {
  /** `/v1/chat/completions`, or `/api/*`. */
  readonly path: string
  readonly protocol: string
  readonly pipeline: string
  /** http routes: the endpoint. */
  readonly endpoint: string | null
  readonly stripPrefix: boolean
  readonly bodyLimitBytes: number
  readonly origin: Path
}

export interface RedisConfig {
  /** One node, or the seed nodes of a cluster; credentials in the URL. */
  readonly urls: readonly string[]
  readonly cluster: boolean
  /** Begins every key. */
  readonly prefix: string
  /** For one answer. */
  readonly timeoutMs: number
}

export interface StoreConfig { readonly redis: RedisConfig }

/** Where roles and groups of verified subjects come from beside their credentials. */
export interface PrincipalsConfig {
  readonly source: { readonly file: string } | { readonly url: string, readonly token: string | null, readonly authorities: string | null }
  /** Which SCIM attribute is the subject of the credentials. */
  readonly subject: 'userName' | 'externalId' | 'id'
  /** The issuer of entries that name none; null = each must. */
  readonly issuer: string | null
  /** The tenant of entries that name none; null = they belong to none. */
  readonly tenant: string | null
  /** How old the data may be at most. */
  readonly maxAgeMs: number
  /** How often the source is asked. */
  readonly refreshMs: number
}

export interface Configuration {
  /** The file it came from, and its folder: relative paths start there. */
  readonly file: string
  readonly folder: string
  readonly listen: ListenConfig
  readonly admin: AdminConfig | null
  readonly publicUrl: string | null
  /** Absolute. */
  readonly data: string
  readonly region: string | null
  /** Null = credentials alone say. */
  readonly principals: PrincipalsConfig | null
  readonly log: { readonly level: string, readonly file: string | null }
  /** Processes that serve callers. */
  readonly workers: number
  /** What instances share; null = this one counts alone. */
  readonly store: StoreConfig | null
  /** Plugins beside the shipped ones: absolute paths or package names. */
  readonly plugins: readonly string[]
  readonly bodyLimitBytes: number
  readonly unidentified: { readonly perPeer: Rate, readonly total: Rate }
  readonly taxonomy: readonly string[]
  /** Codes that `sallyport-reason` may carry. */
  readonly reasons: readonly string[]
  readonly endpoints: ReadonlyMap<string, EndpointConfig>
  readonly models: ReadonlyMap<string, ModelConfig>
  readonly workloads: readonly WorkloadRule[]
  /** Null = no restriction. */
  readonly tenants: ReadonlyMap<string, { readonly endpoints: readonly string[] }> | null
  readonly pipelines: ReadonlyMap<string, PipelineConfig>
  readonly routes: readonly RouteConfig[]
  /** `sha256:<hex>` over the canonical form of what was configured, secrets left out. */
  readonly digest: string
  /** Where something stands in the file, for faults found later. */
  readonly placeOf: (path: Path, part?: 'key' | 'value') => Place
}

/** One fault of a configuration. */
export interface Fault {
  readonly code: string
  readonly file: string
  readonly line: number
  readonly column: number
  readonly message: string
  /** What would cure it. */
  readonly fix: string
}
