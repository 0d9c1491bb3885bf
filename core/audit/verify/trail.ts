/** Judges what the records say of each other: one outcome for each permit, inside what was permitted. */
import type { DecisionBody, OutcomeBody } from '../record.ts'
import type { RecordView } from './view.ts'

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
  /** Ids of obligations whose meeting an outcome tells. */
  readonly marks: readonly string[]
}

export class Trail {
  readonly violations: Violation[] = []
  readonly #open = new Map<string, OpenPermit>()
  readonly #decisions = new Set<string>()
  readonly #from: number

  /** @param from the first record that can be seen: what outcomes say of decisions before it is not judged */
  constructor (from = 0) {
    this.#from = from
  }

  /** Ids of permits without an outcome, oldest first. */
  get open (): string[] { return [...this.#open.keys()] }

  see (record: RecordView, hash: Buffer): void {
    if (record.kind === 'decision') this.#seeDecision(record, hash)
    if (record.kind === 'outcome') this.#seeOutcome(record)
  }

  #seeDecision (record: RecordView, hash: Buffer): void {
    const id = read<DecisionBody, 'id'>(record, 'id')
    if (this.#decisions.has(id)) this.#violated(`decision ${id} is recorded twice`, record.index)
    this.#decisions.add(id)
    if (read<DecisionBody, 'decision'>(record, 'decision') === 'deny') return
    this.#open.set(id, {
      index: record.index,
      hash: hash.toString('hex'),
      endpoints: read<DecisionBody, 'endpoints'>(record, 'endpoints'),
      dispatched: read<DecisionBody, 'dispatched'>(record, 'dispatched')?.mac ?? null,
      marks: read<DecisionBody, 'obligations'>(record, 'obligations').filter(({ type }) => type === 'mark').map(({ id }) => String(id))
    })
  }

  #seeOutcome (record: RecordView): void {
    const id = read<OutcomeBody, 'decision_id'>(record, 'decision_id')
    const index = read<OutcomeBody, 'decision_index'>(record, 'decision_index')
    const permit = this.#open.get(id)
    if (permit === undefined) return index < this.#from ? undefined : this.#violated(this.#outcomeWithout(id), record.index)
    if (permit.index !== index || permit.hash !== read<OutcomeBody, 'decision_hash'>(record, 'decision_hash')) return this.#violated(`decision ${id}: the outcome names another decision record`, record.index)
    for (const what of breaches(record, permit)) this.#violated(`decision ${id}: ${what}`, record.index)
    this.#open.delete(id)
  }

  #outcomeWithout (id: string): string {
    return this.#decisions.has(id) ? `decision ${id} has a second outcome, or was a denial` : `an outcome of ${id}, which no record before it decided`
  }

  #violated (what: string, index: number): void {
    this.violations.push({ what, index })
  }
}

/** A member of a body whose keys are those of its schema; what a writer put there against the schema is judged as what it is. */
function read<B, K extends keyof B & string> (record: RecordView, name: K): B[K] {
  return record.field(name) as B[K]
}

/** What was done beyond the permit, or left undone. */
function breaches (outcome: RecordView, permit: OpenPermit): string[] {
  const response = read<OutcomeBody, 'response'>(outcome, 'response')
  const released = read<OutcomeBody, 'end'>(outcome, 'end') === 'ok' && response !== null && response.decision !== 'block'
  return [
    ...read<OutcomeBody, 'attempts'>(outcome, 'attempts').flatMap(({ endpoint, mac }) => [
      ...(permit.endpoints.includes(endpoint) ? [] : [`endpoint ${endpoint} was dialled, which was not permitted`]),
      ...(mac === null || permit.dispatched === null || mac === permit.dispatched ? [] : [`endpoint ${endpoint} was sent another body than the one decided on`])
    ]),
    ...(released ? permit.marks.filter(id => !response.marked.includes(id)).map(id => `obligation ${id} was not met`) : [])
  ]
}
