/**
 * The protocol contract: a wire format that callers speak. A protocol reads a request into shape and leaves, makes the
 * edited body of a redaction, names the model's span, shapes errors, and splits answers into lanes with their way back.
 * Nothing is translated: what was not edited stays byte-exact.
 */
import type { ErrorEntry, GatewayErrorCode } from '../errors.ts'
import type { Answer, LaneEdit, Leaf, Shape, Unscanned, Usage } from '../pipeline/facts.ts'
import type { AnswerEvent, EventWriter, StreamEnd } from '../pipeline/stream.ts'

/** A request as it came in, after the route matched. Header names are lower case. */
export interface RawRequest {
  /** Upper case. */
  readonly method: string
  /** Path as sent, without the query. */
  readonly path: string
  /** The query as sent, without `?`; empty where there is none. */
  readonly query: string
  /** The route's configured path. */
  readonly route: string
  readonly stripPrefix: boolean
  readonly contentType: string | null
  readonly contentEncoding: string | null
  /** The `accept` header, for shape only. */
  readonly accept: string | null
  /** Headers the endpoint's `forward_headers` name, sorted by name: they are scanned and sent. */
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly body: Uint8Array
}

/** A place in the body: bytes `[start, end)`. */
export interface ByteSpan { readonly start: number, readonly end: number }

/** What a protocol read of a request. */
export interface RequestReading {
  readonly action: string
  /** The model's name and the span of its JSON value, quotes included; null where the protocol names none. */
  readonly model: { readonly name: string, readonly span: ByteSpan } | null
  readonly shape: Pick<Shape, 'stream' | 'tokenEstimate' | 'maxOutputTokens' | 'outputFormat' | 'workload' | 'toolCount'>
  readonly tools: readonly string[]
  readonly messageCount: number
  readonly leaves: readonly Leaf[]
  /** Indexes of leaves that no edit may touch: the model's name, what an endpoint signed. */
  readonly fixed: ReadonlySet<number>
  readonly unscanned: readonly Unscanned[]
  readonly serverSide: readonly string[]
  /** Policy resource of a route without a model (`http`): id and family; null elsewhere. */
  readonly resource: { readonly type: string, readonly id: string, readonly family: string | null } | null
  /** What the upstream's URL gets appended: the dialect's path, and the query without `?`. */
  readonly target: { readonly path: string, readonly query: string }
  /** Parts over which the MAC of CONTRACT 6 runs, for a given body. */
  macParts (body: Uint8Array): readonly Uint8Array[]
  /** Answers the request itself, from the models that the permit reaches: nothing is routed, nothing is sent. Left out: an endpoint answers. */
  answer? (models: readonly ReachableModel[]): OwnAnswer
}

/** A configured model that has an endpoint in the permit. */
export interface ReachableModel { readonly name: string, readonly family: string | null }

/** What a protocol answers itself. */
export interface OwnAnswer { readonly status: number, readonly contentType: string, readonly body: string }

/** What is needed of a reading once its decision is on record: kept until the request ends, while the leaves go. */
export type SendableReading = Pick<RequestReading, 'model' | 'target' | 'macParts' | 'answer'>

/** Replace `[start, end)` (UTF-16 units) of a leaf's text, or the whole part around it (`drop`). */
export interface LeafEdit { readonly leaf: number, readonly start: number, readonly end: number, readonly replacement: string }

/** An answer fully read: lanes, and the ways to write it out again. */
export interface AnswerReading {
  readonly answer: Answer
  readonly usage: Usage | null
  /** The bytes to release with these edits; the very bytes received where there are none. */
  rewrite (edits: readonly LaneEdit[]): Uint8Array
  /** The end of a blocked answer in the protocol's own way, or null where a plain error answer says it. */
  blocked (code: GatewayErrorCode, entry: ErrorEntry): Uint8Array | null
}

/** The head of an answer, as far as it says how to read it. */
export interface AnswerHead {
  readonly status: number
  readonly contentType: string | null
  /** True where the caller asked for a stream. */
  readonly stream: boolean
}

/**
 * Reads one answer that comes piece by piece, and writes what a stream needs beside what the endpoint sent. Holds no more
 * than one event that is not whole, within a bound of its own. docs/streams.md says how to write one.
 */
export interface AnswerStream extends EventWriter {
  /** Bytes as they arrive, cut anywhere; the events that are whole by now. Throws GW_UPSTREAM_BAD_RESPONSE. */
  push (bytes: Uint8Array): readonly AnswerEvent[]
  /** The endpoint has closed its answer. Throws GW_UPSTREAM_BAD_RESPONSE where the stream had no proper end. */
  end (): readonly AnswerEvent[]
  /** Bytes that keep a connection alive and say nothing, between two events; null where the format has none. */
  keepAlive (): Uint8Array | null
  /** A note that no client shows, between two events: a comment; null where the format has none. */
  note (text: string): Uint8Array | null
  /** The whole of a stream that ends before its first event. */
  ending (end: StreamEnd): Uint8Array
}

/** What a caller is told of an error. */
export interface ErrorFacts { readonly code: GatewayErrorCode, readonly message: string, readonly status: number }

export interface Envelope { readonly contentType: string, readonly body: string }

export interface Protocol {
  /** As routes name it: `openai.chat`. */
  readonly name: string
  readonly version: string
  /** HTTP methods this protocol answers, upper case. */
  readonly methods: readonly string[]
  /** True where callers name a model and endpoints come from it; false where the route names its endpoint. */
  readonly hasModels: boolean
  /** Throws GatewayError (`GW_CLASSIFY_*`, `GW_REQUEST_*`) for what cannot be read. */
  read (request: RawRequest): RequestReading
  /** The body with these edits; bytes outside the edited spans are kept. Throws GW_POLICY_REDACTION where an edit cannot be made. */
  edit (request: RawRequest, reading: RequestReading, edits: readonly LeafEdit[]): Uint8Array
  /** Begins to read an answer that comes piece by piece; null where this one is no stream, and is read whole. */
  openAnswer? (head: AnswerHead): AnswerStream | null
  /** Reads a whole answer. Throws GW_UPSTREAM_BAD_RESPONSE for what cannot be read. */
  readAnswer (answer: { readonly status: number, readonly contentType: string | null, readonly body: Uint8Array, readonly stream: boolean }): AnswerReading
  /** Source text of the JSON Schema that this request, which was read before, asks its answer to hold to; null where it asks for none. */
  outputSchema? (request: RawRequest): string | null
  /** Why an endpoint's answer refuses the request itself, where another endpoint may not: for its length, or by a content filter. Null for anything else. */
  refusal? (answer: { readonly status: number, readonly body: Uint8Array }): 'context_length' | 'content_filter' | null
  error (facts: ErrorFacts): Envelope
}
