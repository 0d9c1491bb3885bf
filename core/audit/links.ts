/** Which decisions wait for their outcome, and what contradicts the rule of one outcome for each. */
import type { DecisionBody, OutcomeBody } from './record.ts'

export interface OpenDecision {
  readonly index: number
  /** Leaf hash, hex. */
  readonly hash: string
  /** The gateway's process that committed it. */
  readonly boot: string
  readonly endpoints: readonly string[]
  /** MAC of the body that may be sent. */
  readonly dispatched: string | null
}

export class Links {
  readonly open = new Map<string, OpenDecision>()

  /** Null where the decision may be recorded, otherwise why not. */
  refuseDecision (body: DecisionBody): string | null {
    return this.open.has(body.id) ? 'a decision with this id is open' : null
  }

  /** Null where the outcome is that of an open decision, otherwise why not. */
  refuseOutcome (body: OutcomeBody): string | null {
    const decision = this.open.get(body.decision_id)
    if (decision === undefined) return 'no decision with this id waits for an outcome'
    return decision.index === body.decision_index && decision.hash === body.decision_hash ? null : 'the outcome names another decision record'
  }

  decided (body: DecisionBody, index: number, hash: string, boot: string): void {
    if (body.decision === 'deny') return
    this.open.set(body.id, { index, hash, boot, endpoints: body.endpoints, dispatched: body.dispatched?.mac ?? null })
  }

  ended (body: OutcomeBody): void {
    this.open.delete(body.decision_id)
  }
}

/** The outcome of a decision of which nothing more is known than how it ended. */
export function bareOutcome (id: string, decision: Pick<OpenDecision, 'index' | 'hash'>, end: 'crash_unknown' | 'not_dialled'): OutcomeBody {
  return {
    kind: 'outcome',
    decision_id: id,
    decision_index: decision.index,
    decision_hash: decision.hash,
    endpoint: null,
    attempts: [],
    status: null,
    usage: null,
    response: null,
    skipped: [],
    end
  }
}
