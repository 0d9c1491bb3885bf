/** What is known of endpoints while they serve: requests under way, and failures in a row. Shared over reloads. */
import type { EndpointState } from '../pipeline/plugin.ts'

interface Counters { active: number, failures: number, retryAtMs: number }

const failuresToEject = 3
const coolDownMs = 10_000

export class EndpointStates {
  readonly #counters = new Map<string, Counters>()
  readonly #nowMs: () => number

  constructor (nowMs: () => number) {
    this.#nowMs = nowMs
  }

  begin (id: string): void {
    this.#of(id).active++
  }

  /** Three failures in a row mark an endpoint unhealthy for ten seconds; one success clears it. */
  end (id: string, ok: boolean): void {
    const counters = this.#of(id)
    counters.active--
    counters.failures = ok ? 0 : counters.failures + 1
    if (counters.failures >= failuresToEject) counters.retryAtMs = this.#nowMs() + coolDownMs
  }

  state (id: string): EndpointState {
    const { active, failures, retryAtMs } = this.#of(id)
    return { id, healthy: failures < failuresToEject || this.#nowMs() >= retryAtMs, active }
  }

  #of (id: string): Counters {
    let counters = this.#counters.get(id)
    if (counters === undefined) {
      counters = { active: 0, failures: 0, retryAtMs: 0 }
      this.#counters.set(id, counters)
    }
    return counters
  }
}
