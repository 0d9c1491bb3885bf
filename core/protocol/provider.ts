/**
 * The provider contract: how an endpoint is addressed. A provider lists the protocols it speaks and turns endpoint and
 * request into URL, headers and credential.
 */
import type { EndpointConfig } from '../config/types.ts'

export interface UpstreamCall {
  readonly protocol: string
  /** Upper case. */
  readonly method: string
  /** The protocol's target: path (with leading slash) and query (without `?`). */
  readonly path: string
  readonly query: string
}

export interface Address {
  readonly url: URL
  /** Headers the provider itself needs (a version, ...), lower-case names; the credential included. */
  readonly headers: Readonly<Record<string, string>>
}

export interface Provider {
  /** As endpoints name it: `openai`. */
  readonly name: string
  readonly version: string
  /** Names of the protocols an endpoint of this provider speaks. */
  readonly protocols: readonly string[]
  address (endpoint: EndpointConfig, call: UpstreamCall): Address
}
