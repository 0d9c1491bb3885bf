/** What becomes of the policies of a gateway: on the audit log, in the metrics, and for readiness. */
import type { AuditLog } from '../audit/client.ts'
import type { Metrics } from '../http/metrics.ts'
import type { PolicyVersion } from './decision.ts'

/** A policy was put in force, or refused. */
export interface PolicyLoad {
  readonly accepted: boolean
  /** Null for one that was refused before it had a version. */
  readonly policy: PolicyVersion | null
  /** The version that it replaces, or would have replaced. */
  readonly replaces: string | null
  /** Where it came from, as the configuration names it. */
  readonly source: string
  /** True for a candidate that decides beside the policy in force. */
  readonly shadow: boolean
  /** Why it was refused; empty for one that was accepted. */
  readonly reason: string
}

/** How a candidate's decisions compared, over some time. */
export interface ShadowReport {
  readonly live: string
  readonly candidate: string
  readonly since_us: number
  /** Decisions by how they differ. */
  readonly counts: Readonly<Record<string, number>>
  /** Some of those that differ. */
  readonly decisions: ReadonlyArray<{ readonly id: string, readonly difference: string }>
}

/** What a policy plugin tells of itself. */
export interface PolicyEvents {
  /** Rejects where it cannot be put on record: what was loaded must then not be put in force. */
  loaded (load: PolicyLoad): Promise<void>
  /** Whether a policy is in force: the gateway is not ready without one. */
  stands (isInForce: boolean): void
  compared (difference: string): void
  reported (report: ShadowReport): Promise<void>
}

const deadlineMs = 10_000
/** Reasons may be long lists of faults; a record is bounded. */
const maxReason = 2000

/** The standing of every policy of one generation. */
export class PolicyStandings {
  readonly #audit: AuditLog
  readonly #metrics: Metrics
  readonly #missing = new Set<object>()

  constructor (audit: AuditLog, metrics: Metrics) {
    this.#audit = audit
    this.#metrics = metrics
  }

  /** True while a stage has no policy. */
  isMissing (): boolean {
    return this.#missing.size > 0
  }

  /** For one stage. */
  open (): PolicyEvents {
    const stage = {}
    return {
      loaded: async ({ accepted, policy, replaces, source, shadow, reason }) => {
        this.#metrics.policyLoaded(accepted)
        await this.#audit.append({
          kind: 'system', event: 'policy_load', accepted, version: policy?.version ?? null, digest: policy?.digest ?? null, replaces, source, shadow, reason: reason.slice(0, maxReason)
        }, { deadlineMs })
      },
      stands: isInForce => {
        if (isInForce) this.#missing.delete(stage)
        else this.#missing.add(stage)
      },
      compared: difference => { this.#metrics.policyCompared(difference) },
      reported: async report => { await this.#audit.append({ kind: 'system', event: 'policy_shadow', ...report }, { deadlineMs }) }
    }
  }
}
