/** What a route plugin may know of endpoints: names, state, terms and what is configured of the choice; no address, no credential. */
import type { FallbackCause, Strategy } from '../config/types.ts'
import type { PermitContent } from '../enforce/permit.ts'
import type { GatewayErrorCode } from '../errors.ts'
import type { Attempt, Budget, Shape, Workload } from '../pipeline/facts.ts'

/** Read when it is asked: it changes while requests run. */
export interface EndpointState {
  readonly id: string
  /** False while its circuit is open, or half open with a trial under way. */
  readonly healthy: boolean
  /** Milliseconds until an open circuit lets a trial through; 0 where it is not open. */
  readonly openMs: number
  /** Milliseconds for which it asked to be left alone; 0 where it may be asked. */
  readonly heldMs: number
  /** True while its retry budget lasts. */
  readonly mayRetry: boolean
  /** Requests under way. */
  readonly active: number
}

/** What is configured of an endpoint and bears on the choice. Null = unknown. */
export interface EndpointTerms {
  /** US dollars per million tokens. */
  readonly price: { readonly input: number, readonly output: number } | null
  /** Tokens. */
  readonly context: number | null
}

export interface Candidate {
  readonly id: string
  /** Index of its group: a model, or one model of a family. */
  readonly group: number
  /** Index among the plan's candidates. */
  readonly position: number
  /** Its share under `weighted`. */
  readonly weight: number
}

/** What is configured of one model; a family has one group for each of its models, the best first. */
export interface PlanGroup {
  readonly strategy: Strategy
  readonly canary: { readonly endpoint: string, readonly percent: number } | null
  readonly mirror: { readonly endpoints: readonly string[], readonly percent: number } | null
  readonly hedgeAfterMs: number | null
  readonly retries: number
  readonly fallbackOn: ReadonlySet<FallbackCause>
  readonly mostEjected: number
}

/** The choice as configured for one name, protocol and class of requests. */
export interface RoutePlan {
  readonly groups: readonly PlanGroup[]
  /** Every endpoint that may serve it, in fallback order. */
  readonly candidates: readonly Candidate[]
  /** Index among the candidates, or -1. */
  positionOf (id: string): number
}

export interface EndpointHealth {
  state (id: string): EndpointState
  terms (id: string): EndpointTerms
  /** `model` null: all endpoints that speak the protocol. */
  plan (model: string | null, protocol: string, workload: Workload): RoutePlan
}

/** Permission to send one request to an endpoint. */
export type EndpointGrant =
  /** `settle` once, with the tokens used or null where nothing was answered. */
  | { readonly admitted: true, settle (tokens: number | null): Promise<void> | void }
  /** Milliseconds after which it may be asked again. */
  | { readonly admitted: false, readonly retryAfterMs: number }

/** The limits configured for endpoints, counted over all instances. */
export interface EndpointLimits {
  /** False where none is configured: then there is nothing to take. */
  has (id: string): boolean
  take (id: string, tokens: number): Promise<EndpointGrant> | EndpointGrant
}

/** A choice that nobody asked for: what a route stage explains. */
export interface ChoiceQuestion {
  readonly permit: PermitContent
  readonly shape: Shape
  readonly budget: Budget
  readonly attempts: readonly Attempt[]
}

/** Why an endpoint would be chosen and the others not. */
export interface Explanation {
  readonly endpoints: readonly Explained[]
  /** What a caller would be told where none is; null where one is chosen. */
  readonly refused: GatewayErrorCode | null
}

/** One endpoint of an explanation. */
export interface Explained {
  readonly endpoint: string
  /** 1 = it would be dialled first; null = not at all. */
  readonly rank: number | null
  /** The reason of its attempt, or what keeps it from one. */
  readonly because: string
  readonly healthy: boolean
  readonly heldMs: number
  readonly active: number
  readonly latencyMs: number | null
  readonly costMicros: number | null
}
