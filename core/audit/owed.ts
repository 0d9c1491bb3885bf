/** What the gateway's process owes the log: an outcome for each of its decisions on record. */
import { bareOutcome } from './links.ts'
import type { OutcomeBody, RecordBody } from './record.ts'
import { Names } from '../transient.ts'

export class OwedOutcomes {
  /** Decisions on record whose outcome is not. */
  readonly #open = new Names<{ readonly index: number, readonly hash: string }>()
  /** Outcomes that could not be recorded when they came about. */
  readonly #owed = new Map<string, OutcomeBody>()

  /** Ids of the decisions that are open. */
  get claims (): string[] { return this.#open.keys() }

  /** A body is on record. */
  recorded (body: RecordBody, index: number, hash: string): void {
    if (body.kind === 'decision' && body.decision !== 'deny') this.#open.set(body.id, { index, hash })
    if (body.kind === 'outcome') this.#open.delete(body.decision_id)
  }

  /** Nothing is known of this decision but how it ended. */
  owe (id: string, end: 'crash_unknown' | 'not_dialled'): void {
    const decision = this.#open.get(id)
    if (decision !== undefined) this.#owed.set(id, bareOutcome(id, decision, end))
  }

  /** The answer of an outcome that was lost is cut: what was dialled still goes on record, how it ended is not known. */
  lost (body: RecordBody): void {
    if (body.kind === 'outcome') this.#owed.set(body.decision_id, { ...body, end: body.end === 'not_dialled' ? body.end : 'crash_unknown' })
  }

  /** An outcome that is too large for the log is recorded without what makes it so. */
  shorten (body: RecordBody): void {
    if (body.kind === 'outcome') this.owe(body.decision_id, 'crash_unknown')
  }

  /** A writer tells which decisions it found open: the others have their outcome. */
  agree (open: readonly string[]): void {
    const found = new Set(open)
    for (const id of this.#open.keys()) if (!found.has(id)) this.#open.delete(id)
  }

  /** Takes what can be recorded now. */
  take (): OutcomeBody[] {
    const owed = [...this.#owed.values()].filter(({ decision_id: id }) => this.#open.get(id) !== undefined)
    this.#owed.clear()
    return owed
  }
}
