/** Judges what the records say of each other: one outcome for each permit, inside what was permitted. */
import { Links, type OpenDecision } from './links.ts'
import type { DecisionBody, OutcomeBody, RecordEnvelope } from './record.ts'

/** The log holds together, but records a breach of the rules. */
export interface Violation {
  readonly what: string
  /** Index of the record that shows it. */
  readonly index: number
}

export class Trail {
  readonly violations: Violation[] = []
  readonly #links = new Links()
  readonly #decisions = new Set<string>()
  #boot = ''

  /** Ids of permits without an outcome, oldest first. */
  get open (): string[] { return [...this.#links.open.keys()] }

  see ({ body, index }: RecordEnvelope, hash: Buffer): void {
    if (body.kind === 'system' && body.event === 'start') this.#boot = String(body['boot'])
    if (body.kind === 'decision') this.#seeDecision(body, index, hash.toString('hex'))
    if (body.kind === 'outcome') this.#seeOutcome(body, index)
  }

  #seeDecision (body: DecisionBody, index: number, hash: string): void {
    if (this.#decisions.has(body.id)) this.#violated(`decision ${body.id} is recorded twice`, index)
    this.#decisions.add(body.id)
    this.#links.decided(body, index, hash, this.#boot)
  }

  #seeOutcome (body: OutcomeBody, index: number): void {
    const decision = this.#links.open.get(body.decision_id)
    if (decision === undefined) return this.#violated(this.#outcomeWithout(body.decision_id), index)
    const why = this.#links.refuseOutcome(body)
    if (why !== null) return this.#violated(`decision ${body.decision_id}: ${why}`, index)
    for (const what of breaches(body, decision)) this.#violated(`decision ${body.decision_id}: ${what}`, index)
    this.#links.ended(body)
  }

  #outcomeWithout (id: string): string {
    return this.#decisions.has(id) ? `decision ${id} has a second outcome, or was a denial` : `an outcome of ${id}, which no record before it decided`
  }

  #violated (what: string, index: number): void {
    this.violations.push({ what, index })
  }
}

/** What was done beyond the permit. */
function breaches (outcome: OutcomeBody, decision: OpenDecision): string[] {
  return outcome.attempts.flatMap(({ endpoint, mac }) => [
    ...(decision.endpoints.includes(endpoint) ? [] : [`endpoint ${endpoint} was dialled, which was not permitted`]),
    ...(mac === null || decision.dispatched === null || mac === decision.dispatched ? [] : [`endpoint ${endpoint} was sent another body than the one decided on`])
  ])
}
