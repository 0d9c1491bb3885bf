/** What the audit phase may do: commit the decision of this request, and its outcome. Core fills in the record. */
import type { Receipt } from '../audit/receipt.ts'
import type { Facts } from '../pipeline/facts.ts'
import type { SettleResult } from '../pipeline/plugin.ts'

export interface CommitOptions {
  /** Milliseconds until the request is refused. */
  readonly deadlineMs: number
  /** Whether the last byte of an answer waits for the record of its outcome. */
  readonly release: 'after_commit' | 'before_commit'
  /** Subjects in clear, or their keyed pseudonyms. */
  readonly identity: 'clear' | 'pseudonym'
}

/** The view of the audit phase, as far as the request got. */
export type AuditView = Partial<Pick<Facts, 'principal' | 'classification' | 'permit' | 'shape'>> & Pick<Facts, 'decision'>

export interface AuditCommit {
  /** Resolves when the record is durable and signed. Throws `GW_AUDIT_*`. */
  decision (view: AuditView, options: CommitOptions): Promise<Receipt>
  /** Resolves when the outcome of that decision is durable. */
  outcome (view: AuditView, result: SettleResult, options: CommitOptions): Promise<void>
}
