/**
 * The facts: every typed datum that may cross a plugin boundary. A plugin declares which it reads and which it
 * provides; the validator proves the order from these names and the view holds nothing else.
 */
import type { GatewayErrorCode } from '../errors.ts'
import type { Decision } from '../enforce/decision.ts'
import type { Permit } from '../enforce/permit.ts'
import type { Issued } from '../enforce/pseudonyms.ts'
import type { Receipt } from '../audit/receipt.ts'

/** What the caller presented, unverified. Only the identity phase may read it. */
export interface Credential {
  /** Every `Authorization` header, in the order sent. */
  readonly authorization: readonly string[]
  /** Values of `x-api-key` and `api-key`. */
  readonly apiKeys: readonly string[]
  /** Values of `DPoP` (RFC 9449). */
  readonly proofs: readonly string[]
  /** Values of `Txn-Token`, `Workload-Identity-Token` and `Workload-Proof-Token` (drafts of OAuth and WIMSE). */
  readonly workload: WorkloadTokens
  /** The verified certificate chain of the caller as DER, leaf first; empty where none was presented. */
  readonly certificates: readonly Uint8Array[]
  /** True for a certificate that does not verify, and for one handed on by a peer that may not do so: always refused. */
  readonly certificateRefused: boolean
  /** True where the query carries a token (`access_token`, `api_key`, ...): always refused. */
  readonly tokenInQuery: boolean
  /** HTTP method, upper case. */
  readonly method: string
  /** Path as sent, without the query. */
  readonly path: string
  /** `public_url` + path, what the caller called; null where `public_url` is not configured. */
  readonly url: string | null
  /** The role asked for (`sallyport-role`); narrows, never widens. */
  readonly role: string | null
}

/** Tokens that travel in headers of their own, every value in the order sent. */
export interface WorkloadTokens {
  readonly transaction: readonly string[]
  readonly identity: readonly string[]
  readonly proof: readonly string[]
}

export interface Party { readonly issuer: string, readonly id: string }

/** The verified caller: for whom (subject), who acts (actors), tenant and roles. */
export interface Principal {
  readonly type: 'user' | 'service' | 'agent'
  readonly issuer: string
  readonly subject: string
  readonly tenant: string | null
  /** All roles held, sorted. */
  readonly roles: readonly string[]
  /** The role in effect. */
  readonly role: string | null
  readonly groups: readonly string[]
  /** How it was proven: `jwt`, `mtls`, `api_key`, ... */
  readonly method: string
  readonly assurance: string | null
  readonly expiresMs: number | null
  /** Who acts, nearest first (RFC 8693 `act`). */
  readonly actors: readonly Party[]
  /** The key the credential was bound to and proven with (`jkt:...`, `x5t#S256:...`), or null. */
  readonly confirmation: string | null
  /** The transaction that the request is part of, as its issuer names it (`txn`, RFC 8417); left out or null: none is known. */
  readonly transaction?: string | null
  /** Roles that may count whoever adds them; left out or null: all. The core cuts by it and then drops it. */
  readonly rolesAllowed?: readonly string[] | null
}

/** Where a leaf stands: in the body, or in the path, the query or a forwarded header of an http route. */
export type LeafPlace = 'body' | 'path' | 'query' | 'header'

/** One piece of content: a string, a number literal or an object key. */
export interface Leaf {
  /** Keys and indexes from the root; the last one names the leaf. */
  readonly path: readonly string[]
  /** The path as policies see it: keys known to the protocol, others as `*`. */
  readonly pattern: string
  readonly place: LeafPlace
  readonly kind: 'string' | 'number' | 'key'
  /** `base64` where the literal holds a document so encoded, and `text` is that document's. */
  readonly form?: 'base64'
  /** Decoded text; a number as its literal. */
  readonly text: string
  /** The literal's place in the body, in bytes, quotes included; [0, 0) where `place` is not `body`. */
  readonly start: number
  readonly end: number
}

export interface Prompt { readonly leaves: readonly Leaf[] }

export type UnscannedKind = 'image' | 'audio' | 'file' | 'token_array' | 'remote' | 'state' | 'encrypted' | 'binary' | 'opaque'

/** Content that no detector could read. */
export interface Unscanned { readonly kind: UnscannedKind, readonly path: string, readonly bytes: number }

export type Workload = 'chat' | 'embedding' | 'tool_use' | 'structured_output' | 'long_context' | 'batch'

/** Request metadata without content: all that routing learns of the request. */
export interface Shape {
  /** The model asked for where it is configured, else null. */
  readonly model: string | null
  readonly family: string | null
  readonly protocol: string
  readonly stream: boolean
  readonly tokenEstimate: number
  /** Output tokens asked for, or null. */
  readonly maxOutputTokens: number | null
  /** Millionths of a US dollar at the dearest endpoint of the model, or null without prices. */
  readonly priceBoundMicros: number | null
  readonly toolCount: number
  readonly outputFormat: 'text' | 'json_object' | 'json_schema' | null
  readonly workload: Workload
  /** Opaque HMAC of tenant and subject, for sticky choices. */
  readonly affinity: string | null
}

/** Facts about the request for policies, in the wire form of the policy input. */
export interface RequestFacts {
  readonly id: string
  readonly route: string
  readonly protocol: string
  readonly model: string | null
  readonly stream: boolean
  readonly tools: readonly string[]
  readonly toolCount: number
  readonly messageCount: number
  readonly contentBytes: number
  readonly tokenEstimate: number
  readonly maxOutputTokens: number | null
  readonly outputFormat: Shape['outputFormat']
  readonly workload: Workload
  readonly serverSide: readonly string[]
  readonly unscanned: readonly Unscanned[]
  readonly receivedMs: number
  /** The value of `sallyport-reason`, a code; recorded, never a grant. */
  readonly reason: string | null
  readonly action: string
  readonly resource: { readonly type: string, readonly id: string, readonly family: string | null }
  /** The endpoints of the model or the route asked for, sorted: the widest that a permit may name. */
  readonly candidates: readonly string[]
  readonly region: string | null
  /** W3C trace id where sent. */
  readonly trace: string | null
}

/** A span of one leaf that a detector recognised. Never carries the value. */
export interface Finding {
  readonly label: string
  readonly detector: string
  /** 0-1000. */
  readonly confidence: number
  /** Index into `prompt.leaves`. */
  readonly leaf: number
  /** UTF-16 units of the leaf's decoded text. */
  readonly start: number
  readonly end: number
}

/** What one classify stage adds; the core joins all of them. */
export interface ClassificationPart {
  readonly findings: readonly Finding[]
  /** The level this stage's rules give, a member of the taxonomy. */
  readonly tag: string
  /** Digest over the detectors' definitions, `sha256:<hex>`. */
  readonly detectors: string
  /** True where something was left out, which makes the classification incomplete. */
  readonly incomplete?: boolean
  /** Names of external detectors that received text. */
  readonly external?: readonly string[]
  /** Why the stage could not judge, where `tag` stands for what it could not: it is on record as skipped. */
  readonly failed?: GatewayErrorCode
}

export interface LabelSummary { readonly count: number, readonly distinct: number, readonly maxConfidence: number }

/** The joined classification. */
export interface Classification {
  readonly tag: string
  readonly rank: number
  readonly complete: boolean
  /** By label name, sorted. */
  readonly labels: Readonly<Record<string, LabelSummary>>
  /** Where findings stand, by label and path pattern, sorted. */
  readonly findings: ReadonlyArray<{ readonly label: string, readonly path: string, readonly count: number }>
  readonly unscanned: readonly Unscanned[]
  /** Digests: of the taxonomy, and of all detectors that ran. */
  readonly taxonomy: string
  readonly detectors: string
  readonly external: readonly string[]
}

/** One quota as it stood when it was asked. */
export interface QuotaEntry {
  /** Names it to callers in the `RateLimit` fields, of its configuration alone: `tenant.requests_per_minute`. Without it they are not told. */
  readonly name?: string
  /** Length of its window, where that is fixed. */
  readonly windowSeconds?: number
  readonly per: readonly string[]
  readonly unit: 'requests' | 'tokens' | 'dollars' | 'concurrent'
  readonly limit: number
  readonly used: number
  readonly remaining: number
  /** Until all that counts now counts no more. */
  readonly resetMs: number
}

/** The stricter of header and obligation; null = none. */
export interface Budget { readonly latencyMs: number | null, readonly costMicros: number | null }

export type AttemptReason = 'primary' | 'fallback' | 'health' | 'retry' | 'hedge' | 'mirror'

/** Why a dial was no answer for the caller. */
export type AttemptCause =
  /** No connection. */
  | 'connect'
  /** The connection ended before an answer, or within one. */
  | 'reset'
  | 'timeout'
  | 'rate_limited'
  | 'server_error'
  /** It refused the gateway's own credential. */
  | 'refused'
  | 'bad_response'
  | 'context_length'
  | 'content_filter'
  /** Another endpoint answered first. */
  | 'abandoned'
  /** The caller left, or the time for the whole request was over. */
  | 'aborted'

/** One dial that was made, as the router sees it. */
export interface Attempt {
  readonly endpoint: string
  readonly reason: AttemptReason
  /** Status of the endpoint's answer, or null where none came. */
  readonly status: number | null
  /** An error code where the attempt failed. */
  readonly error: string | null
  readonly cause?: AttemptCause | null
  readonly milliseconds: number
  /** Milliseconds to the head of its answer, or null. */
  readonly firstByteMs?: number | null
  /** True while it goes on: a hedge is asked for. */
  readonly underWay?: boolean
}

/** What the router chose for one attempt. Mirrors are endpoint ids too, each inside the permit. */
export interface EndpointChoice {
  readonly id: string
  readonly reason: AttemptReason
  readonly mirrors?: readonly string[]
  /** Milliseconds to wait before it is dialled. */
  readonly afterMs?: number
  /** The router is asked for a second endpoint where this one has said nothing for so many milliseconds. */
  readonly hedgeAfterMs?: number
}

/** A lane is one run of text in an answer (a choice's content, a tool call's arguments, ...). */
export interface Lane {
  readonly name: string
  readonly kind: 'text' | 'refusal' | 'reasoning' | 'tool_arguments' | 'transcript' | 'field'
  /** The lane's key path, as context for detectors. */
  readonly path: readonly string[]
  readonly text: string
}

export interface AnswerTool { readonly name: string, readonly lane: number | null }

export interface Usage { readonly inputTokens: number, readonly outputTokens: number, readonly estimated: boolean }

/** An answer of an endpoint, split into lanes. */
export interface Answer {
  readonly status: number
  readonly lanes: readonly Lane[]
  readonly finish: string | null
  readonly tools: readonly AnswerTool[]
  readonly unscanned: readonly Unscanned[]
  readonly bytes: number
  /** True where a stream was asked for. */
  readonly stream: boolean
  /** Source text of the JSON Schema that the request asked its texts to hold to. Left out: none. */
  readonly schema?: string
}

/** Replace `[start, end)` (UTF-16 units) of a lane's text. */
export interface LaneEdit { readonly lane: number, readonly start: number, readonly end: number, readonly replacement: string }

/** What the response phase decided about an answer. */
export interface ResponseDecision {
  readonly decision: 'permit' | 'redact' | 'block'
  readonly reasons: readonly string[]
  readonly edits: readonly LaneEdit[]
  /** How many of the edits take something out; the others add to the answer, or put pseudonyms back. */
  readonly redactions: number
  /** Headers to set, as the obligations ask (lower-case names). */
  readonly headers: Readonly<Record<string, string>>
  /** Members to add to a JSON object, as the obligations ask. Left out: none. */
  readonly members?: Readonly<Record<string, unknown>>
  /** Ids of the `mark` obligations discharged. */
  readonly marked: readonly string[]
  readonly unscanned: readonly UnscannedKind[]
  /** The tag of the answer. */
  readonly classification: string
  /** `buffer`: judged whole before any of it left; `incremental`: as it came; `observe`: judged, and let pass. */
  readonly mode: 'incremental' | 'buffer' | 'observe'
}

export type { Issued }

/** All facts, as they are read. */
export interface Facts {
  readonly credential: Credential
  readonly principal: Principal
  readonly prompt: Prompt
  readonly shape: Shape
  readonly request: RequestFacts
  readonly classification: Classification
  readonly quota: readonly QuotaEntry[]
  readonly decision: Decision
  readonly permit: Permit
  readonly receipt: Receipt
  readonly budget: Budget
  readonly attempts: readonly Attempt[]
  readonly endpoint: EndpointChoice
  /** Pseudonyms of this request; wiped when it has settled. */
  readonly issued: Issued
  readonly answer: Answer
  readonly response: ResponseDecision
}

export type FactName = keyof Facts

/** All facts, as they are provided: two of them are parts that the core joins. */
export interface ProvidedFacts extends Omit<Facts, 'classification' | 'quota'> {
  readonly classification: ClassificationPart
  readonly quota: readonly QuotaEntry[]
}
