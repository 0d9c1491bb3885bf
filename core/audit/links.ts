/** What the log's records come to so far: which decisions wait for their outcome, and whether a legal hold is set. */
import type { BodyFacts } from './facts.ts'
import type { OutcomeBody } from './record.ts'

export interface OpenDecision {
  readonly index: number
  /** Leaf hash, hex. */
  readonly hash: string
  /** The gateway's process that committed it. */
  readonly boot: string
}

export class Links {
  readonly open = new Map<string, OpenDecision>()
  /** While it is set, nothing is pruned. */
  held = false

  /** Null where a body may be recorded now, otherwise why not. */
  refuse (facts: BodyFacts): string | null {
    if (facts.kind === 'decision') return this.open.has(facts.id) ? 'a decision with this id is open' : null
    if (facts.kind === 'system') return null
    const decision = this.open.get(facts.id)
    if (decision === undefined) return 'no decision with this id waits for an outcome'
    return decision.index === facts.index && decision.hash === facts.hash ? null : 'the outcome names another decision record'
  }

  /** A body is in the log, at this place. */
  recorded (facts: BodyFacts, index: number, hash: string, boot: string): void {
    if (facts.kind === 'decision' && !facts.isDenial) this.open.set(facts.id, { index, hash, boot })
    if (facts.kind === 'outcome') this.open.delete(facts.id)
    if (facts.kind === 'system' && facts.held !== null) this.held = facts.held
  }
}

/** The outcome of a decision of which nothing more is known than how it ended. */
export function bareOutcome (id: string, decision: Pick<OpenDecision, 'index' | 'hash'>, end: 'crash_unknown' | 'not_dialled'): OutcomeBody {
  return {
    attempts: [],
    decision_hash: decision.hash,
    decision_id: id,
    decision_index: decision.index,
    end,
    endpoint: null,
    kind: 'outcome',
    response: null,
    skipped: [],
    status: null,
    usage: null
  }
}
