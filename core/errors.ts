/**
 * The one table of errors. Every code that a caller, an operator or a record can meet stands here once;
 * docs/errors.md is generated from it and the type {@link GatewayErrorCode} is its keys.
 */

/** What one code means to the outside. */
export interface ErrorEntry {
  /** HTTP status of the answer; 0 for codes that never reach a caller (a refused start). */
  readonly status: number
  /** The fixed text callers read: never an address, a claim, a matched value or a stack. */
  readonly message: string
}

export const errorTable = {
  GW_AUDIT_DEADLINE: { status: 503, message: 'The decision could not be recorded in time.' },
  GW_AUDIT_OVERSIZE: { status: 403, message: 'The record of this request would be too large.' },
  GW_AUDIT_PUSHBACK: { status: 503, message: 'Too many decisions wait to be recorded.' },
  GW_AUDIT_UNAVAILABLE: { status: 503, message: 'The decision could not be recorded.' },
  GW_CLASSIFY_DUPLICATE_KEY: { status: 400, message: 'The body repeats a key within one object.' },
  GW_CLASSIFY_EXTERNAL: { status: 503, message: 'A detector outside the gateway gave no answer.' },
  GW_CLASSIFY_FAILED: { status: 503, message: 'The content could not be classified.' },
  GW_CLASSIFY_MEDIA_TYPE: { status: 415, message: 'This route does not read that content type or encoding.' },
  GW_CLASSIFY_TOO_DEEP: { status: 400, message: 'The body is nested too deeply.' },
  GW_CLASSIFY_TOO_LARGE: { status: 413, message: 'The body is larger than this route accepts.' },
  GW_CLASSIFY_UNREADABLE: { status: 400, message: 'The body could not be read.' },
  GW_CONFIG_DANGLING_NAME: { status: 0, message: 'A name refers to something that is not configured.' },
  GW_CONFIG_DUPLICATE: { status: 0, message: 'Something is configured twice.' },
  GW_CONFIG_INVALID: { status: 0, message: 'A value is not what its key takes.' },
  GW_CONFIG_MISSING_KEY: { status: 0, message: 'A required key is missing.' },
  GW_CONFIG_MODEL_UNSERVED: { status: 0, message: 'No route can serve this model.' },
  GW_CONFIG_PLAINTEXT: { status: 0, message: 'A plain http URL beyond loopback needs allow_plaintext.' },
  GW_CONFIG_POLICY: { status: 0, message: 'The policy does not compile or is refused by its check.' },
  GW_CONFIG_SECRET: { status: 0, message: 'A secret reference cannot be resolved.' },
  GW_CONFIG_SYNTAX: { status: 0, message: 'The file is not well-formed YAML or JSON.' },
  GW_CONFIG_UNKNOWN_KEY: { status: 0, message: 'A key is not known here.' },
  GW_CONFIG_UNKNOWN_PLUGIN: { status: 0, message: 'No plugin has this name.' },
  GW_CONFIG_UNREADABLE: { status: 0, message: 'The file cannot be read.' },
  GW_CONFIG_UNSAFE: { status: 0, message: 'This setting is not allowed in this combination.' },
  GW_IDENTITY_CONFLICT: { status: 401, message: 'The request carries credentials that contradict each other.' },
  GW_IDENTITY_EXPIRED: { status: 401, message: 'The credential has expired.' },
  GW_IDENTITY_INVALID: { status: 401, message: 'The credential is not valid.' },
  GW_IDENTITY_ISSUER_UNAVAILABLE: { status: 503, message: 'The issuer that vouches for this credential cannot be asked.' },
  GW_IDENTITY_KEYS_UNAVAILABLE: { status: 503, message: 'The keys that verify this credential cannot be had.' },
  GW_IDENTITY_MISSING: { status: 401, message: 'A credential is required.' },
  GW_IDENTITY_NONCE_REQUIRED: { status: 401, message: 'The proof of possession needs a nonce of this gateway.' },
  GW_IDENTITY_PRINCIPALS_UNAVAILABLE: { status: 503, message: 'The roles of the caller cannot be had.' },
  GW_IDENTITY_PROOF_INVALID: { status: 401, message: 'The proof of possession is not valid.' },
  GW_IDENTITY_PROOF_MISSING: { status: 401, message: 'The credential is bound to a key whose proof is missing.' },
  GW_IDENTITY_REVOKED: { status: 401, message: 'The credential was revoked.' },
  GW_IDENTITY_STORE_UNAVAILABLE: { status: 503, message: 'Whether a proof was used before cannot be known.' },
  GW_IDENTITY_TENANT: { status: 401, message: 'The credential does not belong to a tenant accepted from its issuer.' },
  GW_IDENTITY_UNTRUSTED_ISSUER: { status: 401, message: 'The issuer of the credential is not trusted here.' },
  GW_INTERNAL: { status: 500, message: 'The gateway failed.' },
  GW_LIMIT_CONCURRENCY: { status: 429, message: 'Too many requests at once.' },
  GW_LIMIT_EXCEEDED: { status: 429, message: 'A quota is used up.' },
  GW_LIMIT_STORE_UNAVAILABLE: { status: 503, message: 'The quota cannot be counted.' },
  GW_LIMIT_UNIDENTIFIED: { status: 429, message: 'Too many requests without an accepted credential.' },
  GW_OVERLOADED: { status: 503, message: 'The gateway is overloaded or shutting down.' },
  GW_PIPELINE_ABOVE_CEILING: { status: 0, message: 'A plugin reads or provides a fact that its phase may not.' },
  GW_PIPELINE_ANY_INCOMPLETE: { status: 0, message: 'The branches of a choice do not provide the same.' },
  GW_PIPELINE_BELOW_FLOOR: { status: 0, message: 'A plugin does not read a fact that its phase must.' },
  GW_PIPELINE_CLOSED: { status: 0, message: 'A stage joins a fact after the decision has closed it.' },
  GW_PIPELINE_DOUBLE_PROVIDER: { status: 0, message: 'A fact has two providers.' },
  GW_PIPELINE_EXTERNAL_FIRST: { status: 0, message: 'Text would leave the gateway before one of its own detectors has looked at it.' },
  GW_PIPELINE_INCOMPLETE: { status: 0, message: 'The pipeline ends without a fact that dispatch or the answer needs.' },
  GW_PIPELINE_OPTIONAL_PROVIDER: { status: 0, message: 'An optional stage cannot provide a fact that others need.' },
  GW_PIPELINE_READ_BEFORE_PROVIDED: { status: 0, message: 'A stage reads a fact before any stage provides it.' },
  GW_PLUGIN_CONTRACT_BROKEN: { status: 500, message: 'A stage broke its contract.' },
  GW_POLICY_CONFLICT: { status: 503, message: 'The policy contradicts itself.' },
  GW_POLICY_DENIED: { status: 403, message: 'The policy denies this request.' },
  GW_POLICY_ERROR: { status: 503, message: 'The policy could not be evaluated.' },
  GW_POLICY_INVALID: { status: 503, message: 'The policy gave no valid decision.' },
  GW_POLICY_OBLIGATION: { status: 403, message: 'A condition of the decision cannot be met for this request.' },
  GW_POLICY_REASON_REQUIRED: { status: 403, message: 'The policy asks for a reason (header sallyport-reason).' },
  GW_POLICY_REDACTION: { status: 403, message: 'The redaction that the policy asks for cannot be made in this request.' },
  GW_POLICY_ROLE_NOT_HELD: { status: 403, message: 'The role asked for is not held.' },
  GW_POLICY_TIMEOUT: { status: 503, message: 'The policy did not decide in time.' },
  GW_POLICY_UNAVAILABLE: { status: 503, message: 'No policy is loaded.' },
  GW_POLICY_UNDEFINED: { status: 503, message: 'The policy left the decision undefined.' },
  GW_REQUEST_ABORTED: { status: 400, message: 'The request was not sent to its end.' },
  GW_REQUEST_INVALID: { status: 400, message: 'The request is not valid.' },
  GW_REQUEST_METHOD: { status: 405, message: 'This route does not take that method.' },
  GW_REQUEST_MODEL_MISSING: { status: 400, message: 'The request names no model.' },
  GW_REQUEST_NOT_FOUND: { status: 404, message: 'There is no such route.' },
  GW_REQUEST_PATH: { status: 400, message: 'The path is not in a form this route accepts.' },
  GW_REQUEST_UPGRADE: { status: 400, message: 'Protocol upgrades are not served.' },
  GW_RESPONSE_BLOCKED: { status: 403, message: 'The policy blocks this answer.' },
  GW_RESPONSE_FAILED: { status: 502, message: 'The answer could not be judged.' },
  GW_RESPONSE_UNSCANNED: { status: 403, message: 'The answer holds content that was not scanned.' },
  GW_ROUTE_BUDGET: { status: 503, message: 'No permitted endpoint meets the budget.' },
  GW_ROUTE_CONTEXT_TOO_LONG: { status: 400, message: 'The prompt fits no permitted endpoint.' },
  GW_ROUTE_MODEL_UNKNOWN: { status: 404, message: 'There is no such model on this route.' },
  GW_ROUTE_NO_ENDPOINT_HEALTHY: { status: 503, message: 'No permitted endpoint can be reached.' },
  GW_UPSTREAM_ABANDONED: { status: 502, message: 'Another endpoint answered first.' },
  GW_UPSTREAM_BAD_RESPONSE: { status: 502, message: 'The endpoint gave no answer that can be read.' },
  GW_UPSTREAM_CONTENT_FILTER: { status: 502, message: 'The endpoint\'s own content filter refused the request.' },
  GW_UPSTREAM_FAILED: { status: 502, message: 'The endpoint failed.' },
  GW_UPSTREAM_RATE_LIMITED: { status: 429, message: 'The endpoint takes no more requests for now.' },
  GW_UPSTREAM_REFUSED: { status: 502, message: 'The endpoint refused the gateway.' },
  GW_UPSTREAM_TIMEOUT: { status: 504, message: 'The endpoint did not answer in time.' }
} as const satisfies Record<string, ErrorEntry>

/** Every code there is. A closed union, so that a switch over it is checked. */
export type GatewayErrorCode = keyof typeof errorTable

export interface GatewayErrorOptions {
  /** What went wrong underneath: for the operational log, never for the caller. */
  readonly cause?: unknown
  /** Machine reasons of a denial, as they stand in the record. Default: the code in the record's form. */
  readonly reasons?: readonly string[]
  /** A static text that a policy author wrote for the caller, in place of the table's. */
  readonly callerMessage?: string
  /** Seconds after which another try makes sense (`Retry-After`). */
  readonly retryAfterSeconds?: number
  /** Which rule was not met, a text of our own: for the operational log and for commands, never for the caller. */
  readonly detail?: string
  /** Headers of the caller's answer that belong to this error (lower-case names). */
  readonly headers?: Readonly<Record<string, string>>
}

/** The error that ends a request, a start or a stage. `message` is the table's fixed text: safe to show. */
export class GatewayError extends Error {
  readonly code: GatewayErrorCode
  /** HTTP status of the answer. */
  readonly status: number
  readonly reasons: readonly string[]
  readonly callerMessage: string
  readonly retryAfterSeconds: number | null
  readonly detail: string | null
  readonly headers: Readonly<Record<string, string>>

  constructor (code: GatewayErrorCode, options: GatewayErrorOptions = {}) {
    const entry: ErrorEntry = errorTable[code]
    super(entry.message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'GatewayError'
    this.code = code
    this.status = entry.status
    this.reasons = options.reasons ?? [reasonOf(code)]
    this.callerMessage = options.callerMessage ?? entry.message
    this.retryAfterSeconds = options.retryAfterSeconds ?? null
    this.detail = options.detail ?? null
    this.headers = options.headers ?? {}
  }
}

/** The reason that stands in a record for a code: `GW_POLICY_TIMEOUT` is `policy.timeout`. */
export function reasonOf (code: GatewayErrorCode): string {
  const [, family = '', ...rest] = code.toLowerCase().split('_')
  return rest.length === 0 ? family : `${family}.${rest.join('_')}`
}

/** What was thrown as a GatewayError: itself, or `fallback` with the thrown thing as its cause. */
export function toGatewayError (thrown: unknown, fallback: GatewayErrorCode): GatewayError {
  return thrown instanceof GatewayError ? thrown : new GatewayError(fallback, { cause: thrown })
}
