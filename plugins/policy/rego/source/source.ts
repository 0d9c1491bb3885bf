/** Where a policy comes from, and comes again. */
import type { BuiltPolicy } from '../../../../rego/policy.ts'

export interface PolicySource {
  /** How it is named on record and in logs. */
  readonly name: string
  /**
   * The policy as it stands there now; null where it is what was loaded last. Throws {@link PolicyRefused} for one that may
   * not be put in force, Error where it cannot be had.
   */
  load (): Promise<BuiltPolicy | null>
  /** Tells of changes until the signal is aborted, where the source does. */
  follow (signal: AbortSignal, changed: () => void): void
  /** Hears that what was loaded last is in force: what it replaced does not come back by itself. */
  inForce? (): void
}

/** A policy may not be put in force. The message lists why, for the operator. */
export class PolicyRefused extends Error {}
