/** Judges what the records say of each other: one outcome for each permit, inside what was permitted. */
import type { DecisionBody, OutcomeBody, RecordEnvelope } from './record.ts'

/** The log holds together, but records a breach of the rules. */
export interface Violation {
  readonly what: string
  /** Index of the record that shows it. */
  readonly index: number
}

interface OpenPermit {
  readonly index: number
  /** Leaf hash, hex. */
  readonly hash: string
  readonly endpoints: readonly string[]
  /** MAC of the body that may be sent. */
  readonly dispatched: string | null
}

export class Trail {
  readonly violations: Violation[] = []
  readonly #open = new Map<string, OpenPermit>()
  readonly #decisions = new Set<string>()

  /** Ids of permits without an outcome, oldest first. */
  get open (): string[] { return [...this.#open.keys()] }

  see ({ body, index }: RecordEnvelope, hash: Buffer): void {
    if (body.kind === 'decision') this.#seeDecision(body, index, hash.toString('hex'))
    if (body.kind === 'outcome') this.#seeOutcome(body, index)
  }

  #seeDecision (body: DecisionBody, index: number, hash: string): void {
    if (this.#decisions.has(body.id)) this.#violated(`decision ${body.id} is recorded twice`, index)
    this.#decisions.add(body.id)
    if (body.decision !== 'deny') this.#open.set(body.id, { index, hash, endpoints: body.endpoints, dispatched: body.dispatched?.mac ?? null })
  }

  #seeOutcome (body: OutcomeBody, index: number): void {
    const permit = this.#open.get(body.decision_id)
    if (permit === undefined) return this.#violated(this.#outcomeWithout(body.decision_id), index)
    if (permit.index !== body.decision_index || permit.hash !== body.decision_hash) return this.#violated(`decision ${body.decision_id}: the outcome names another decision record`, index)
    for (const what of breaches(body, permit)) this.#violated(`decision ${body.decision_id}: ${what}`, index)
    this.#open.delete(body.decision_id)
  }

  #outcomeWithout (id: string): string {
    return this.#decisions.has(id) ? `decision ${id} has a second outcome, or was a denial` : `an outcome of ${id}, which no record before it decided`
  }

  #violated (what: string, index: number): void {
    this.violations.push({ what, index })
  }
}

/** What was done beyond the permit. */
function breaches (outcome: OutcomeBody, permit: OpenPermit): string[] {
  return outcome.attempts.flatMap(({ endpoint, mac }) => [
    ...(permit.endpoints.includes(endpoint) ? [] : [`endpoint ${endpoint} was dialled, which was not permitted`]),
    ...(mac === null || permit.dispatched === null || mac === permit.dispatched ? [] : [`endpoint ${endpoint} was sent another body than the one decided on`])
  ])
}
