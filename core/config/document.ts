/** The configuration document as the schema accepts it, before defaults and references. */
import type { Workload } from '../pipeline/facts.ts'
import type { Encoding } from '../tokens/encoding.ts'
import type { FallbackCause, Strategy } from './types.ts'

export interface Reference { readonly env?: string, readonly file?: string }
export type PemDocument = string | Reference

export interface TlsDocument {
  readonly certificate: PemDocument
  readonly key: PemDocument
  readonly client_authorities?: PemDocument
  readonly client_certificate?: 'none' | 'optional' | 'required'
}

export interface ListenDocument {
  readonly address?: string
  readonly unix?: string
  readonly tls?: TlsDocument
  readonly trusted_peers?: ReadonlyArray<number | string>
  readonly client_certificate_header?: string
}
export interface AdminDocument { readonly address: string, readonly tls?: TlsDocument, readonly token?: Reference }

export interface HealthDocument {
  readonly consecutive_failures?: number
  readonly failure_rate?: number
  readonly window?: string
  readonly least_requests?: number
  readonly slow?: string | null
  readonly cool_down?: string
  readonly longest_cool_down?: string
  readonly retry_budget?: number
  readonly probe?: { readonly path: string, readonly interval?: string, readonly timeout?: string }
}

export interface EndpointDocument {
  readonly provider: string
  readonly url: string
  readonly model?: string
  readonly auth?: {
    readonly bearer?: Reference
    readonly header?: { readonly name: string, readonly value: Reference }
    readonly basic?: { readonly user: string, readonly password: Reference }
  }
  readonly labels?: Readonly<Record<string, string | number | boolean>>
  readonly price?: { readonly input: number, readonly output: number }
  readonly context?: number | null
  readonly limit?: { readonly requests_per_minute?: number | null, readonly tokens_per_minute?: number | null, readonly concurrent?: number | null }
  readonly timeout?: { readonly connect?: string, readonly first_token?: string, readonly idle?: string, readonly total?: string }
  readonly health?: HealthDocument
  readonly features?: readonly string[]
  readonly forward_headers?: readonly string[]
  readonly allow_plaintext?: boolean
}

export interface StageDocument { readonly plugin: string, readonly config?: Readonly<Record<string, unknown>>, readonly optional?: boolean }
export type EntryDocument = StageDocument | { readonly any: readonly StageDocument[] }

export interface RouteDocument {
  readonly path: string
  readonly protocol: string
  readonly pipeline: string
  readonly endpoint?: string
  readonly strip_prefix?: boolean
  readonly body_limit?: string
}

export interface ModelDocument {
  readonly family?: string
  readonly aliases?: readonly string[]
  readonly endpoints: readonly string[]
  readonly tokenizer?: Encoding | 'auto' | 'none'
  readonly strategy?: Strategy
  readonly weights?: Readonly<Record<string, number>>
  readonly canary?: { readonly endpoint: string, readonly percent: number }
  readonly mirror?: { readonly endpoints: readonly string[], readonly percent?: number }
  readonly hedge?: { readonly after: string }
  readonly retries?: number
  readonly fallback_on?: readonly FallbackCause[]
  readonly most_ejected?: number
  readonly workloads?: Readonly<Record<string, { readonly endpoints?: readonly string[], readonly strategy?: Strategy }>>
}

export interface WorkloadDocument {
  readonly workload: Workload
  readonly model?: string
  readonly route?: string
  readonly stream?: boolean
  readonly tools?: boolean
  readonly output_format?: 'text' | 'json_object' | 'json_schema'
  readonly least_tokens?: number
  readonly most_tokens?: number
}

export interface StoreDocument {
  readonly redis: { readonly url: Reference, readonly cluster?: boolean, readonly prefix?: string, readonly timeout?: string, readonly allow_plaintext?: boolean }
}

export interface PrincipalsDocument {
  readonly file?: string
  readonly url?: string
  readonly token?: Reference
  readonly authorities?: string
  readonly subject?: 'userName' | 'externalId' | 'id'
  readonly issuer?: string
  readonly tenant?: string
  readonly max_age?: string
  readonly refresh?: string
  readonly allow_plaintext?: boolean
}

type ByName<T> = Readonly<Record<string, T>>

export interface ConfigurationDocument {
  readonly listen: string | ListenDocument
  readonly admin?: string | AdminDocument
  readonly public_url?: string
  readonly data?: string
  readonly region?: string | null
  readonly principals?: PrincipalsDocument
  readonly log?: { readonly level?: string, readonly file?: string | null }
  readonly store?: StoreDocument
  readonly workers?: number
  readonly plugins?: readonly string[]
  readonly body_limit?: string
  readonly unidentified?: { readonly per_peer?: string, readonly total?: string }
  readonly taxonomy?: readonly string[]
  readonly reasons?: readonly string[]
  readonly endpoints: ByName<EndpointDocument>
  readonly models?: ByName<ModelDocument>
  readonly workloads?: readonly WorkloadDocument[]
  readonly tenants?: ByName<{ readonly endpoints: readonly string[] }>
  readonly pipelines: ByName<readonly EntryDocument[]>
  readonly routes: readonly RouteDocument[]
}

/** What stands at a path of a document that may be malformed; undefined where nothing does. */
export function at (value: unknown, path: ReadonlyArray<string | number>): unknown {
  return path.reduce<unknown>((node, step) => isObject(node) || Array.isArray(node) ? Reflect.get(node, step) as unknown : undefined, value)
}

/** The entries of an object of a document that may be malformed; none where it is something else. */
export function entriesAt (value: unknown, path: ReadonlyArray<string | number>): Array<[string, unknown]> {
  const node = at(value, path)
  return isObject(node) ? Object.entries(node) : []
}

export function isObject (value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
