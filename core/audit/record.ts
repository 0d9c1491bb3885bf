/** The records of the audit log, in wire form (CONTRACT 6). */

export interface RecordEnvelope<B extends RecordBody = RecordBody> {
  readonly v: 1
  /** Origin of the log. */
  readonly log: string
  readonly index: number
  /** Microseconds since the epoch, by the writer's clock; never goes back. */
  readonly time_us: number
  readonly body: B
  /** Base64; where the log signs each record by itself too. */
  readonly signature?: string
}

export interface MacRecord { readonly mac: string, readonly bytes: number }
export interface SkippedStage { readonly stage: string, readonly code: string }

export interface DecisionBody {
  readonly kind: 'decision'
  readonly id: string
  readonly request: { readonly route: string, readonly protocol: string, readonly method: string, readonly model: string | null, readonly bytes: number, readonly trace: string | null }
  readonly principal: {
    readonly type: string
    readonly issuer: string
    readonly subject: string
    readonly tenant: string | null
    readonly roles: readonly string[]
    readonly role: string | null
    readonly groups: readonly string[]
    readonly method: string
    readonly actors: ReadonlyArray<{ readonly issuer: string, readonly id: string }>
    readonly confirmation: string | null
    /** The transaction that the request was part of (`txn`, RFC 8417); left out where none is known. */
    readonly transaction?: string | undefined
  } | null
  readonly classification: {
    readonly tag: string
    readonly labels: Readonly<Record<string, number>>
    readonly complete: boolean
    readonly taxonomy: string
    readonly detectors: string
    readonly external: readonly string[]
  } | null
  readonly policy: { readonly version: string, readonly digest: string, readonly input_digest: string } | null
  readonly input: Readonly<Record<string, unknown>> | null
  readonly replayable: boolean
  /** Digest of the pipeline's proof, and of the configuration. */
  readonly pipeline: string
  readonly configuration: string
  readonly decision: 'permit' | 'redact' | 'deny'
  readonly reasons: readonly string[]
  readonly endpoints: readonly string[]
  readonly obligations: ReadonlyArray<Readonly<Record<string, unknown>>>
  readonly redactions: ReadonlyArray<{ readonly labels: readonly string[], readonly operator: string }>
  readonly received: MacRecord | null
  readonly dispatched: MacRecord | null
  readonly skipped: readonly SkippedStage[]
}

export type OutcomeEnd = 'ok' | 'upstream_error' | 'client_gone' | 'blocked' | 'timeout' | 'not_dialled' | 'crash_unknown'

export interface OutcomeBody {
  readonly kind: 'outcome'
  readonly decision_id: string
  readonly decision_index: number
  /** Leaf hash of the decision, hex. */
  readonly decision_hash: string
  readonly endpoint: string | null
  readonly attempts: ReadonlyArray<{
    readonly endpoint: string
    readonly model: string | null
    readonly mac: string | null
    readonly bytes: number
    readonly status: number | null
    readonly error: string | null
    readonly milliseconds: number
    readonly reason: string
  }>
  readonly status: number | null
  readonly usage: { readonly input_tokens: number, readonly output_tokens: number, readonly estimated: boolean } | null
  readonly response: {
    readonly mac: string
    readonly bytes: number
    readonly decision: 'permit' | 'redact' | 'block'
    readonly reasons: readonly string[]
    readonly redactions: number
    readonly marked: readonly string[]
    readonly unscanned: readonly string[]
    readonly hold_overflow: boolean
    readonly classification: string
    readonly mode: 'incremental' | 'buffer' | 'observe'
  } | null
  readonly skipped: readonly SkippedStage[]
  readonly end: OutcomeEnd
}

export interface SystemBody {
  readonly kind: 'system'
  readonly event: 'start' | 'stop' | 'recover' | 'policy_load' | 'policy_shadow' | 'configuration' | 'refused' | 'rotate_key' | 'clock' | 'seal' | 'prune' | 'hold' | 'gap'
  readonly [field: string]: unknown
}

export type RecordBody = DecisionBody | OutcomeBody | SystemBody

/** A record is at most this many bytes. */
export const maxRecordBytes = 32 * 1024
