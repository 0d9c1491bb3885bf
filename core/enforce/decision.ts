/**
 * The decision authority: decodes what the PDP answered, strictly, and alone mints decisions and permits. Whatever is
 * malformed, unknown or missing becomes an error that denies.
 */
import type { Permit } from './permit.ts'
import type { UnscannedKind } from '../pipeline/facts.ts'

/** What the PEP must do for the decision to hold. Fields beside id and type are its parameters. */
export interface Obligation {
  readonly id: string
  readonly type: 'mark' | 'response_mode' | 'latency_budget' | 'cost_budget' | 'max_output_tokens' | 'require_reason'
  readonly parameters: Readonly<Record<string, unknown>>
}

export type RedactionOperator = 'replace' | 'mask' | 'remove' | 'hash' | 'generalise' | 'pseudonym' | 'encrypt' | 'drop_part'

/** Redact findings whose label matches one of the globs. */
export interface Redaction { readonly labels: readonly string[], readonly operator: RedactionOperator }

export interface PolicyVersion {
  /** `<revision>@sha256:<12 hex>`. */
  readonly version: string
  /** `sha256:<hex>` over the whole bundle. */
  readonly digest: string
}

/** The policy input of a response, beside the decision's own input (CONTRACT 4). Wire form. */
export type ResponseInput = Readonly<Record<string, unknown>>

/** What the response policy answered. */
export interface ResponseJudgement {
  readonly effect: 'permit' | 'redact' | 'block'
  readonly reasons: readonly string[]
  readonly redactions: readonly Redaction[]
  readonly obligations: readonly Obligation[]
}

/** Judges answers with the very policy version that made the decision. */
export type ResponseJudge = (response: ResponseInput, signal: AbortSignal) => Promise<ResponseJudgement>

/** The judge of a policy without response rules: what its library would answer. Whoever has it need not ask. */
export const noObjection: ResponseJudge = async (_response, signal) => {
  signal.throwIfAborted()
  return { effect: 'permit', reasons: [], redactions: [], obligations: [] }
}

export interface Decision {
  /** UUIDv7: `body.id` of the record. */
  readonly id: string
  readonly effect: 'permit' | 'redact' | 'deny'
  readonly tag: string
  readonly endpoints: readonly string[]
  readonly reasons: readonly string[]
  readonly obligations: readonly Obligation[]
  readonly redactions: readonly Redaction[]
  readonly policy: PolicyVersion | null
  /** The policy input as it was evaluated, wire form; null where policy was not reached. */
  readonly input: Readonly<Record<string, unknown>> | null
  /** `sha256:<hex>` over the input bytes. */
  readonly inputDigest: string | null
  /** Unscanned kinds that the matched permits name, for answers. */
  readonly unscanned: readonly UnscannedKind[]
  /** Judges answers; null on a denial. */
  readonly judge: ResponseJudge | null
}

/** What a policy plugin hands over: the parsed answer of the PDP and where it came from. */
export interface PolicyAnswer {
  /** The decision document as parsed from the PDP's text: checked here, field by field. */
  readonly document: unknown
  readonly policy: PolicyVersion
  readonly input: Readonly<Record<string, unknown>>
  readonly inputDigest: string
  readonly judge: ResponseJudge
}

/** What the authority made of it: a decision with its permit, or a denial (`permit` null). */
export interface Authorized { readonly decision: Decision, readonly permit: Permit | null }

export interface DecisionAuthority {
  /** Throws GatewayError (`GW_POLICY_*`) for whatever is malformed: the caller halts with it. */
  decide (answer: PolicyAnswer): Authorized
}
