/** One generation of the configuration, set up: what a request holds on to from its first byte to its outcome. */
import type { Configuration, EndpointConfig, ModelConfig, RouteConfig } from './config/types.ts'
import type { Taxonomy } from './enforce/classification.ts'
import type { ReadyEntry, ReadyStage } from './pipeline/run.ts'
import type { PrincipalsData } from './principals/data.ts'
import type { Encoding } from './tokens/encoding.ts'
import type { TokenTerms } from './pipeline/plugin.ts'
import type { Protocol } from './protocol/contract.ts'
import type { Provider } from './protocol/provider.ts'
import type { Dispatcher } from 'undici'

/** A pipeline set up: the request leg up to the receipt, the router, the response leg. */
export interface Pipeline {
  readonly name: string
  /** `sha256:<hex>` of its proof. */
  readonly digest: string
  /** What its identity stages say of the tokens that they take. */
  readonly tokens: readonly TokenTerms[]
  readonly request: readonly ReadyEntry[]
  readonly audit: ReadyStage
  /** Null where the pipeline has none: only protocols that answer themselves can use it. */
  readonly route: ReadyStage | null
  readonly response: readonly ReadyStage[]
}

export interface Endpoint {
  readonly config: EndpointConfig
  readonly provider: Provider
  readonly dispatcher: Dispatcher
}

/** What a name stands for that callers may ask for: a model, or a family of models. */
export interface ModelEntry {
  /** The configured name: what callers said may be an alias of it. */
  readonly name: string
  readonly family: string | null
  /** The models that it stands for, the best first. */
  readonly members: readonly ModelConfig[]
  /** That of its tokens; null where there is none. */
  readonly encoding: Encoding | null
  /** Endpoint ids in fallback order. */
  readonly endpoints: readonly string[]
  /** The name of the model that an endpoint serves here, where the endpoint has none of its own for it. */
  nameAt (endpoint: string): string
}

export interface Route {
  readonly config: RouteConfig
  readonly protocol: Protocol
  readonly pipeline: Pipeline
  /** Header names that http routes read and send on, sorted. */
  readonly forwardHeaders: readonly string[]
  /** The longest that any endpoint which speaks the route's protocol may take for a whole answer. */
  readonly totalMs: number
}

export interface Runtime {
  readonly configuration: Configuration
  readonly routes: readonly Route[]
  readonly endpoints: ReadonlyMap<string, Endpoint>
  readonly models: ReadonlyMap<string, ModelEntry>
  readonly taxonomy: Taxonomy
  readonly pipelines: ReadonlyMap<string, Pipeline>
  /** Roles and groups from outside; null where none are configured. */
  readonly principals: PrincipalsData | null
  /** The proofs of all pipelines by name, as the admin port shows them. */
  readonly proofs: unknown
  /** Settings that an operator should know of, for readiness. */
  readonly notes: readonly string[]
  /** What keeps it from serving by now, for readiness. */
  unready (): readonly string[]
  /** Called once, when it begins to serve: its endpoints' settings hold from then on, and its probes begin. */
  activate (): void
  /** Aborted when it closes: what goes on beside the exchanges ends with it. */
  readonly closing: AbortSignal
  close (): Promise<void>
}
