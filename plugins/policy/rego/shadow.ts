/** A candidate beside the policy in force: asked the same, after the decision was made, and never followed. */
import type { PolicyEvents } from '../../../core/enforce/policy-standing.ts'
import { compareDecisions, type ComparedDecision, type Difference } from '../../../rego/compare.ts'
import type { LivePolicy } from './live.ts'

/** One decision that was made. */
export interface Made {
  readonly id: string
  readonly version: string
  readonly tenant: string | null
  readonly inputText: string
  readonly decision: ComparedDecision
}

export interface Shadow {
  /** Compares later, off the path of the request; under load some are left out, and counted. */
  observe (made: Made): void
  close (): Promise<void>
}

/** The candidate's decision on an input, or null where it has none. Rejects where it could not be asked. */
export type AskCandidate = (version: NonNullable<ReturnType<LivePolicy['current']>>, made: Made) => Promise<ComparedDecision | null>

/** Comparisons that may be under way: the candidate has one worker, and no claim on the machine. */
const maxUnderWay = 64
const reportMs = 1000
const maxDecisions = 20

export function openShadow (candidate: LivePolicy, ask: AskCandidate, events: PolicyEvents): Shadow {
  let underWay = 0
  let report = new Report()
  const flush = async (): Promise<void> => {
    const done = report
    report = new Report()
    if (done.differs()) await events.reported(done.record()).catch(() => {}) // counted all the same
  }
  const timer = setInterval(() => { flush().catch(() => {}) }, reportMs).unref()
  const compare = async (made: Made): Promise<void> => {
    const version = candidate.current()
    if (version === null) return
    underWay++
    version.hold()
    try {
      const difference = compareDecisions(made.decision, await ask(version, made))
      events.compared(difference)
      report.add(made, version.version.version, difference)
    } catch {
      events.compared('not_compared')
      report.add(made, version.version.version, 'not_compared')
    } finally {
      underWay--
      version.letGo()
    }
  }
  return {
    observe: made => {
      if (underWay >= maxUnderWay) {
        events.compared('not_compared')
        report.add(made, candidate.current()?.version.version ?? '', 'not_compared')
      } else setImmediate(() => { compare(made).catch(() => {}) })
    },
    close: async () => {
      clearInterval(timer)
      await candidate.close()
      await flush()
    }
  }
}

/** What was compared since the last record of it. */
class Report {
  readonly #sinceUs = Date.now() * 1000
  readonly #counts = new Map<string, number>()
  readonly #decisions: Array<{ readonly id: string, readonly difference: string }> = []
  #live = ''
  #candidate = ''

  add ({ id, version }: Made, candidate: string, difference: Difference | 'not_compared'): void {
    this.#live = version
    this.#candidate = candidate
    this.#counts.set(difference, (this.#counts.get(difference) ?? 0) + 1)
    if (difference !== 'same' && difference !== 'not_compared' && this.#decisions.length < maxDecisions) this.#decisions.push({ id, difference })
  }

  differs (): boolean {
    return [...this.#counts.keys()].some(name => name !== 'same')
  }

  record (): { readonly live: string, readonly candidate: string, readonly since_us: number, readonly counts: Readonly<Record<string, number>>, readonly decisions: ReadonlyArray<{ readonly id: string, readonly difference: string }> } {
    return { live: this.#live, candidate: this.#candidate, since_us: this.#sinceUs, counts: Object.fromEntries([...this.#counts].sort(([a], [b]) => a < b ? -1 : 1)), decisions: this.#decisions }
  }
}
